"""What the other doors to the same room tell: who went through, and who has been let in and will in a moment."""

from devices.access.door.access_point import Passage
from devices.device import Event
from devices.policy.decision import Direction

COMING_MOST_S = 60.0
"""No door is unlocked for longer than that for one badge."""


class Elsewhere:
    """Times are monotonic."""

    def __init__(self) -> None:
        self._coming: dict[tuple[str, str], float] = {}
        """Until when, by door and member."""

    def heard(self, door: str, event: Event, now_s: float) -> Passage | None:
        """Who has gone through there, if the event tells of anybody."""
        match event:
            case Event(kind="access", data={"granted": True, "member": str(member), "direction": "in"}):
                self._coming[door, member] = now_s + COMING_MOST_S
            case Event(kind="passed", data={"member": str(member), "direction": "in" | "out" as direction}):
                self._coming.pop((door, member), None)
                return Passage(member, Direction(direction))
            case Event(kind="locked"):
                self._coming = {key: until_s for key, until_s in self._coming.items() if key[0] != door}
        return None

    def coming(self, now_s: float) -> frozenset[str]:
        """Who has been let in and is not through."""
        return frozenset(member for (_, member), until_s in self._coming.items() if now_s < until_s)
