"""The lives of all switches: counted on from what the input process says, and kept through restarts."""

from collections.abc import Mapping
from dataclasses import replace
from operator import sub
from pathlib import Path
from types import MappingProxyType
from typing import Any

from devices.arcade.buttons import Button
from devices.arcade.input.counters import SwitchCounters
from devices.arcade.options import CabinetOptions
from devices.arcade.panel.kept_file import KeptFile
from devices.arcade.panel.life import NONE, Life
from devices.arcade.panel.wear import Switch, neighbours
from devices.device import Json
from devices.errors import Refused

FILE = "switches.json"


class Lives:
    """Of one cabinet and, with its `counters`, of one opening of its controls."""

    def __init__(self, options: CabinetOptions, folder: Path) -> None:
        self._file = KeptFile(folder / FILE, "how often each switch was pressed")
        self._lives = {
            (player, button): Life() for player, wired in enumerate(options.players, start=1) for button in wired
        }
        self._unwired: Mapping[Switch, Life] = {}
        """Of switches that config.yaml had once, and may have again."""
        self._counted: dict[Switch, tuple[int, ...]] = {}
        """What of the counters is in the lives already."""
        self.unsaved = False
        """Whether there is something that the disk does not have."""

    @property
    def all(self) -> Mapping[Switch, Life]:
        """Of each switch that is wired."""
        return MappingProxyType(self._lives)

    async def load(self) -> None:
        """Go on with what was counted before; call it before `count`.

        Raises:
            Unreadable: counting begins anew.
        """
        known = await self._file.load(read_lives) or {}
        self._unwired = {switch: life for switch, life in known.items() if switch not in self._lives}
        self._lives.update((switch, known[switch]) for switch in self._lives if switch in known)
        for switch in self._lives.keys() - known.keys():
            self._lives[switch] = self._fitted(switch)

    async def save(self) -> None:
        """Keep it through a power cut.

        Raises:
            StorageFull: it cannot be kept.
        """
        self.unsaved = False
        try:
            await self._file.save([_kept(*each) for each in {**self._unwired, **self._lives}.items()])
        except BaseException:
            self.unsaved = True
            raise

    def count(self, counters: Mapping[Switch, SwitchCounters]) -> None:
        """What the switches have done since the controls were opened, in numbers that only grow."""
        pressed = []
        for switch, counts in counters.items():
            bounces = tuple(counts.bounces)
            further = tuple(map(sub, bounces, self._counted.get(switch, NONE)))
            if any(further):
                self._counted[switch] = bounces
                self._lives[switch] = self._lives[switch].grown(further)
                pressed.append(switch)
        for switch in pressed:
            self._lives[switch] = replace(self._lives[switch], neighbours=neighbours(switch, self._lives))
        self.unsaved |= bool(pressed)

    def renew(self, player: int, button: Button) -> None:
        """A new switch was fitted there: its life begins.

        Raises:
            Refused: no such switch is wired.
        """
        if (player, button) not in self._lives:
            there = ", ".join(near for of, near in self._lives if of == player) or "none"
            raise Refused(f"player {player} has no switch {button}; there are: {there}")
        self._lives[player, button] = self._fitted((player, button))
        self.unsaved = True

    def _fitted(self, switch: Switch) -> Life:
        return Life(neighbours=neighbours(switch, self._lives))


def read_lives(kept: Any) -> Mapping[Switch, Life]:
    """What stands in the file; raises as `Life.read`."""
    return {(int(each["player"]), Button(each["button"])): Life.read(each) for each in kept}


def _kept(switch: Switch, life: Life) -> Mapping[str, Json]:
    player, button = switch
    return {"player": player, "button": button, **life.kept()}
