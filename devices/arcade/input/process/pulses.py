"""Presses that nobody makes, of a fixed length: what a game sees of a coin, or of a shift key that was only tapped."""

from .codes import NEVER_NS, NOTHING

PAUSE_NS = 50_000_000
"""Between two of them: three pictures of a game, which may look only once in each."""


class Pulses:
    """The pulses of one player, one after the other."""

    __slots__ = ("_waiting", "due_ns", "pressed")

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int]] = []
        self.pressed = NOTHING
        """The button that is pressed now."""
        self.due_ns = NEVER_NS
        """When to ask again."""

    def add(self, button: int, duration_ns: int) -> None:
        """Press it as soon as those before it have ended."""
        self._waiting.append((button, duration_ns))
        if self.due_ns == NEVER_NS:
            self.due_ns = 0

    def next_button(self) -> int:
        """The button that is pressed next."""
        return self._waiting[0][0] if self._waiting else NOTHING

    def postpone(self, now_ns: int) -> None:
        """The button was held and has been let go: the game must see that first."""
        self.due_ns = now_ns + PAUSE_NS

    def change(self, now_ns: int) -> tuple[int, bool]:
        """It is due: the button that goes down or up, or NOTHING."""
        if self.pressed != NOTHING:
            return self.end(now_ns), False
        if not self._waiting:
            self.due_ns = NEVER_NS
            return NOTHING, False
        self.pressed, duration_ns = self._waiting.pop(0)
        self.due_ns = now_ns + duration_ns
        return self.pressed, True

    def end(self, now_ns: int) -> int:
        """The button that is pressed goes up, before its time perhaps; NOTHING if there is none."""
        button, self.pressed = self.pressed, NOTHING
        if button != NOTHING:
            self.postpone(now_ns)
        return button
