"""A game, as tests need one: it reads what is written to an input device, by the rules of the kernel's input core."""

from collections.abc import Mapping

from devices.arcade.input.keys import EV_ABS, EV_KEY, EV_SYN
from devices.arcade.input.tables import EVENT


class Game:
    """Sees events, and remembers what is pressed."""

    def __init__(self) -> None:
        self.pressed: set[int] = set()
        self.axes: dict[int, int] = {}
        self.seen: list[tuple[int, int]] = []
        """Each change: code and value."""

    def take(self, frames: bytes) -> None:
        for _, _, kind, code, value in EVENT.iter_unpack(frames):
            if kind == EV_KEY and bool(value) != (code in self.pressed):
                (self.pressed.add if value else self.pressed.remove)(code)
                self.seen.append((code, value))
            elif kind == EV_ABS and self.axes.get(code, 0) != value:
                self.axes[code] = value
                self.seen.append((code, value))
            else:
                assert kind in {EV_KEY, EV_ABS, EV_SYN}

    @property
    def moved(self) -> Mapping[int, int]:
        """The axes that are not at rest."""
        return {code: value for code, value in self.axes.items() if value}

    @property
    def is_quiet(self) -> bool:
        """Nothing is pressed."""
        return not self.pressed and not self.moved
