"""How switches are understood: the profiles of config.yaml, what technicians changed on the page, and which is on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Any

from devices.arcade.buttons import DIRECTIONS, Button, Socd
from devices.arcade.options import CabinetOptions, Profile
from devices.arcade.panel.change import TURBO_LEAST_HZ, TURBO_MOST_HZ, Change, is_turbo
from devices.arcade.panel.kept_file import KeptFile, Unreadable
from devices.arcade.problems import Problems
from devices.device import Json
from devices.errors import Refused

FILE = "profiles.json"
PART = "profiles"
"""Its name among the problems."""
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Choices:
    """What technicians chose on the page."""

    name: str = DEFAULT
    """The profile where no game says another."""
    changes: Mapping[str, Change] = field(default_factory=dict)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Choices":
        """The inverse of `kept`; raises as `Change.read`."""
        return cls(str(kept["chosen"]), {str(name): Change.read(of) for name, of in kept["changes"].items()})

    def kept(self) -> Mapping[str, Json]:
        """As they stand in the file."""
        return {"chosen": self.name, "changes": {name: change.kept() for name, change in self.changes.items()}}


class Profiles:
    """Of one cabinet. What is chosen and changed here is on the disk before it is so."""

    def __init__(self, options: CabinetOptions, folder: Path, problems: Problems) -> None:
        self._options = options
        self._problems = problems
        self._file = KeptFile(folder / FILE, "what was changed of the profiles on the page")
        self._choices = Choices()
        self._game: str | None = None
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Go on with what was changed before; trouble with it is a problem, no more."""
        try:
            choices = await self._file.load(Choices.read) or Choices()
        except Unreadable as error:
            self._problems.found(PART, f"{error}; change them again")
        else:
            self._choices = self._fitting(choices)

    @property
    def name(self) -> str:
        """The profile that is on."""
        if self._game is not None:
            for name, profile in self._options.profiles.items():
                if any(_fits(self._game, pattern) for pattern in profile.games):
                    return name
        return self._choices.name

    @property
    def current(self) -> Profile:
        """The profile that is on, with what was changed of it."""
        return self._changed(self.name)

    def for_game(self, game: str | None) -> Profile:
        """The profile for this game (its file's name without the ending), from now on; None: no game runs."""
        self._game = game
        return self.current

    async def choose(self, name: str) -> Profile:
        """Take this profile where no game says another; gives the one that is on.

        Raises:
            Refused: there is no such profile.
            StorageFull: it cannot be kept, and is as before.
        """
        self._known(name)
        async with self._changing:
            return await self._keep(replace(self._choices, name=name))

    async def remap(self, profile: str, button: Button, to: Button) -> Profile:
        """Let games see a switch as another button, or as itself. As `choose`.

        Raises:
            Refused: there is no such profile or switch.
        """
        self._wired(button)
        return await self._change(profile, Change(remap={button: to}))

    async def socd(self, profile: str, socd: Socd) -> Profile:
        """What games see of opposite directions. As `choose`."""
        return await self._change(profile, Change(socd=socd))

    async def turbo(self, profile: str, button: Button, hertz: float) -> Profile:
        """Let a switch fire so often while it is held; 0: no turbo. As `choose`.

        Raises:
            Refused: there is no such profile or switch, it is a direction, or that is too slow or too fast.
        """
        self._wired(button)
        if button in DIRECTIONS:
            raise Refused(f"turbo is for buttons, not for {button}")
        if not is_turbo(hertz):
            raise Refused(f"turbo is {TURBO_LEAST_HZ:g} to {TURBO_MOST_HZ:g} times a second, or 0 for none")
        return await self._change(profile, Change(turbo={button: hertz}))

    def state(self) -> Mapping[str, Json]:
        """The state `controls`."""
        profile = self.current
        return {
            "profile": self.name,
            "profiles": tuple(self._options.profiles),
            "seen": profile.seen,
            "socd": profile.socd,
            "remap": {str(button): to for button, to in profile.remap.items()},
            "turbo": {str(button): hertz for button, hertz in profile.turbo.items()},
            "players": {str(player): tuple(wired) for player, wired in enumerate(self._options.players, start=1)},
        }

    def _changed(self, name: str) -> Profile:
        return self._choices.changes.get(name, Change()).on(self._options.profiles[name])

    async def _change(self, name: str, further: Change) -> Profile:
        self._known(name)
        async with self._changing:
            before = self._choices.changes.get(name, Change())
            change = Change(
                further.socd or before.socd, {**before.remap, **further.remap}, {**before.turbo, **further.turbo}
            ).beyond(self._options.profiles[name])
            return await self._keep(replace(self._choices, changes={**self._choices.changes, name: change}))

    async def _keep(self, choices: Choices) -> Profile:
        await self._file.save(choices.kept())
        self._choices = choices
        self._problems.over(PART)
        return self.current

    def _known(self, name: str) -> None:
        if name not in self._options.profiles:
            close = get_close_matches(name, self._options.profiles, n=1)
            known = ", ".join(self._options.profiles)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise Refused(f"there is no profile {name}; there are: {known}{hint}")

    def _wired(self, button: Button) -> None:
        if button not in (wired := self._switches()):
            raise Refused(f"no player has a switch {button}; there are: {', '.join(wired)}")

    def _switches(self) -> tuple[Button, ...]:
        return tuple(button for button in Button if any(button in wired for wired in self._options.players))

    def _fitting(self, choices: Choices) -> Choices:
        """What of it config.yaml still has a place for; the rest is said."""
        profiles, wired = self._options.profiles, self._switches()
        changes = {name: change.within(wired) for name, change in choices.changes.items() if name in profiles}
        lost = sorted(({choices.name} | choices.changes.keys()) - profiles.keys())
        cut = [name for name, change in changes.items() if change != choices.changes[name]]
        words = [f"config.yaml has no profile {name} any more" for name in lost]
        words += [f"config.yaml has no longer all the switches that were changed in {name}" for name in cut]
        if words:
            self._problems.found(PART, f"{'; '.join(words)}: what was changed there is dropped with the next change")
        return Choices(choices.name if choices.name in profiles else DEFAULT, changes)


def _fits(game: str, pattern: str) -> bool:
    """Whether a game is meant; only `*` and `?` are special, and the ending of its file may be there or not."""
    plain = pattern.casefold().replace("[", "[[]")
    return any(fnmatchcase(game.casefold(), each) for each in (plain, PurePath(plain).stem))
