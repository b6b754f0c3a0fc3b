"""A switch that is a shift key while it is held, and itself when it is let go without another."""

from .codes import NOTHING


class Shift:
    """The shift of one player. No press waits for it: only its own tap does, until it is let go."""

    __slots__ = ("held", "shifted", "switch", "used")

    def __init__(self, switch: int, shifted: tuple[int, ...]) -> None:
        self.switch = switch
        """NOTHING where a cabinet has no shift."""
        self.shifted = shifted
        """What each switch means while the shift is held; NOTHING: the same as without."""
        self.held = False
        self.used = False

    def press(self) -> None:
        """The shift switch goes down."""
        self.held, self.used = True, False

    def release(self) -> bool:
        """It goes up: whether that was a tap of the switch itself."""
        tapped = self.held and not self.used
        self.held = False
        return tapped

    def meaning(self, switch: int, plain: int) -> int:
        """What a switch means that goes down now, `plain` being its meaning without shift."""
        if self.held and self.shifted[switch] != NOTHING:
            return self.shifted[switch]
        return plain
