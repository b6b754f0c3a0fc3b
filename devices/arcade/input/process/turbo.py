"""Buttons that fire again and again while their switch is held."""

from .codes import NEVER_NS


class Turbo:
    """The switches of one player that are held and fire. A switch is down at first, and then in turn."""

    __slots__ = ("_firing",)

    def __init__(self) -> None:
        self._firing: dict[int, tuple[bool, int, int]] = {}
        """For each switch: whether it is down, until when, and the time between changes."""

    def start(self, switch: int, half_ns: int, now_ns: int) -> None:
        """It was pressed, and is down already."""
        self._firing[switch] = (True, now_ns + half_ns, half_ns)

    def stop(self, switch: int) -> bool:
        """It was released: whether it is between two shots, and up already."""
        down, _, _ = self._firing.pop(switch, (True, 0, 0))
        return not down

    def due_ns(self) -> int:
        """When the next change is due."""
        return min((until_ns for _, until_ns, _ in self._firing.values()), default=NEVER_NS)

    def changes(self, now_ns: int) -> list[tuple[int, bool]]:
        """The switches that go down or up now. What comes late is not made up for."""
        due = [(switch, not down) for switch, (down, until_ns, _) in self._firing.items() if until_ns <= now_ns]
        for switch, down in due:
            half_ns = self._firing[switch][2]
            self._firing[switch] = (down, now_ns + half_ns, half_ns)
        return due
