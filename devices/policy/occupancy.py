"""Who is inside an area, from the passages through its doors, own ones and those heard from other nodes.

Exact as far as every passage is seen: who follows another through an open door, or leaves by the exit button, is not.
So nobody counts as inside for longer than `forget_s`, the timed anti-passback of access control.
"""

from collections.abc import Mapping
from types import MappingProxyType

from devices.policy.decision import Direction

FORGET_S = 12 * 3600.0


class Occupancy:
    """Of one area. All times are seconds of one clock, such as Unix time, since other nodes' passages come late."""

    def __init__(self, entered: Mapping[str, float] | None = None, *, forget_s: float = FORGET_S) -> None:
        self._last: dict[str, tuple[float, Direction]] = {
            member: (at_s, Direction.IN) for member, at_s in (entered or {}).items()
        }
        self._forget_s = forget_s

    def passed(self, member: str, direction: Direction, at_s: float) -> None:
        """A member went in or out. Of passages that come late, only the last one counts."""
        known = self._last.get(member)
        if known is None or at_s >= known[0]:
            self._last[member] = at_s, direction

    def inside(self, now_s: float) -> frozenset[str]:
        """Who is there now."""
        self._forget(now_s)
        return frozenset(member for member, (_, direction) in self._last.items() if direction is Direction.IN)

    @property
    def entered(self) -> Mapping[str, float]:
        """When those who are inside came in: what to keep over a restart."""
        return MappingProxyType(
            {who: at_s for who, (at_s, direction) in self._last.items() if direction is Direction.IN}
        )

    def _forget(self, now_s: float) -> None:
        self._last = {who: last for who, last in self._last.items() if now_s - last[0] <= self._forget_s}
