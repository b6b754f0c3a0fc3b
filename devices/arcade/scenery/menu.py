"""The menu in which whoever stands at the cabinet begins a game."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from random import Random

from devices.arcade.options import Profile
from devices.arcade.scenery.retroarch import PlayedRetroArch

LOOK_EVERY_S = 0.2
PRESSES = 3
"""Until a game begins."""
GAMES = (("Tobu Tobu Girl", "game_boy"), ("Nova the Squirrel", "nes"), ("2048", "2048"))
"""Free games, and what plays them."""


def games_of(profiles: Iterable[Profile]) -> Sequence[tuple[str, str]]:
    """Those above, and one for each pattern of a profile, so that profiles are seen to change."""
    patterns = [pattern for profile in profiles for pattern in profile.games]
    return [*GAMES, *((name, "arcade") for pattern in patterns if (name := pattern.replace("*", "")))]


class Menu:
    """Shown while `retroarch` plays nothing. `heard` says how many presses games have seen."""

    def __init__(
        self,
        retroarch: PlayedRetroArch,
        games: Sequence[tuple[str, str]],
        heard: Callable[[], int],
        random: Random,
    ) -> None:
        self._retroarch = retroarch
        self._games = games
        self._heard = heard
        self._random = random

    async def run(self) -> None:
        """Begin a game whenever there is none and somebody presses something, until cancelled."""
        before = self._heard()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            heard = self._heard()
            if self._retroarch.game is None and heard - before >= PRESSES:
                self._retroarch.start(*self._random.choice(self._games))
            if self._retroarch.game is not None or heard < before:
                before = heard
