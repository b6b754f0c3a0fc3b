"""Eager debouncing: a change counts at once, and what bounces within the window after it does not.

The kernel's own debouncing waits for the end of the bouncing before it says anything, which is what a game feels.
"""


class Contact:
    """The contact of one switch. `active` is what it is taken for; times are the kernel's CLOCK_MONOTONIC, in ns."""

    __slots__ = ("active", "bounces", "until_ns", "window_ns")

    def __init__(self, window_ns: int, active: bool) -> None:
        self.window_ns = window_ns
        self.active = active
        self.bounces = 0
        """How often it has opened again (or closed, if it is open) within its present or last window."""
        self.until_ns = 0
        """The end of that window; 0 when it has been closed."""

    def edge(self, active: bool, at_ns: int) -> bool:
        """Whether this edge is a change that counts."""
        if at_ns < self.until_ns:
            self.bounces += active != self.active
            return False
        return self.look(active, at_ns)

    def look(self, active: bool, at_ns: int) -> bool:
        """Whether the level, which was looked at when the window had ended or edges were lost, is a change."""
        if active == self.active:
            return False
        self.active = active
        self.until_ns = at_ns + self.window_ns
        self.bounces = 0
        return True

    def close(self) -> None:
        """The window has ended. Edges from before, which come late, count again: the level is looked at after each."""
        self.until_ns = 0
