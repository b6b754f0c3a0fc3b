"""A cabinet's switches as they are drawn: where each stands on the panel, and what it has been through."""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.arcade.buttons import DIRECTIONS, Button
from hub.web.pages.arcade.cabinet import Cabinet
from hub.web.pages.arcade.states import Switch

ROWS = (
    (Button.WEST, Button.NORTH, Button.L1, Button.L2),
    (Button.SOUTH, Button.EAST, Button.R1, Button.R2),
    (Button.L3, Button.R3),
    (Button.SELECT, Button.START, Button.MODE),
)
"""The buttons as most panels have them, from the top, beside the joystick."""

KNOWN = frozenset(Button)

BOUNCES = ("0", "1", "2", "3+")
"""How often a switch bounced when it was pressed."""


@dataclass(frozen=True, slots=True)
class Light:
    """One switch on the panel."""

    player: str
    button: str
    switch: Switch
    pressed: bool

    @property
    def shares(self) -> tuple[float, ...]:
        """Of 100 presses, how many bounced not at all, once, twice and more often."""
        counts = [self.switch.bounces.get(bounces, 0) for bounces in BOUNCES]
        return tuple(100 * count / max(1, sum(counts)) for count in counts)


@dataclass(frozen=True, slots=True)
class Panel:
    """The switches of one player."""

    player: str
    lights: dict[str, Light]

    @property
    def stick(self) -> tuple[Light, ...]:
        return tuple(light for button, light in self.lights.items() if button in DIRECTIONS)

    @property
    def rows(self) -> tuple[tuple[Light, ...], ...]:
        """The buttons, row by row; rows without any are left out."""
        rows = (tuple(self.lights[button] for button in row if button in self.lights) for row in ROWS)
        return tuple(row for row in rows if row)


def panels(cabinet: Cabinet) -> tuple[Panel, ...]:
    """What the cabinet says that it has, and otherwise nothing."""
    return tuple(
        Panel(player, {button: _light(cabinet, player, button) for button in buttons if button in KNOWN})
        for player, buttons in cabinet.controls.players.items()
    )


def worn(cabinet: Cabinet) -> Iterator[Light]:
    """The switches to change before they fail."""
    return (light for panel in panels(cabinet) for light in panel.lights.values() if light.switch.worn)


def _light(cabinet: Cabinet, player: str, button: str) -> Light:
    switch = cabinet.switches.get(player, {}).get(button, Switch())
    return Light(player, button, switch, button in cabinet.pressed.get(player, ()))
