"""What the policy says of a door itself: whether it is open to all, how many may be inside, and how old all that is."""

from datetime import datetime, timedelta

from devices.board.clock import Moment, rfc3339
from devices.device import Json, Port
from devices.opening_hours import Week, local_zone
from devices.policy.policy import Policy
from devices.policy.rules import DoorRules

A_DAY = timedelta(days=1)
AGE_STEP_S = 600
"""How exactly the policy's age is told: each change is a message."""


class Rights:
    """Of one door. `oldest_s`: how old a policy may be there; None: any age. Asked each second, it reckons rarely."""

    def __init__(self, port: Port, oldest_s: float | None) -> None:
        self._port = port
        self._oldest_s = oldest_s
        self._reckoned: tuple[Policy, datetime, datetime, bool] | None = None

    @property
    def capacity(self) -> int | None:
        """How many may be inside; None: as many as come."""
        rules = self._rules(self._port.policy())
        return None if rules is None else rules.capacity

    def open_to_all(self) -> bool:
        """Whether it is now: never without a trusted clock, nor by a policy that is too old here."""
        policy, now = self._port.policy(), self._port.now()
        if policy is None or not now.trusted or self._too_old(policy, now):
            return False
        known = self._reckoned
        if known is None or known[0] is not policy or not known[1] <= now.utc < known[2]:
            known = self._reckoned = self._reckon(policy, now.utc)
        return known[3]

    def state(self) -> Json:
        """For the state `policy`. A clock that is not trusted tells no age."""
        policy, now = self._port.policy(), self._port.now()
        if policy is None:
            return {"version": None, "issued": None, "age_s": None, "too_old": True}
        age_s = max((now.utc - policy.issued).total_seconds(), 0.0)  # clocks differ a little
        return {
            "version": policy.version,
            "issued": rfc3339(policy.issued),
            "age_s": AGE_STEP_S * round(age_s / AGE_STEP_S) if now.trusted else None,
            "too_old": self._too_old(policy, now),
        }

    def _reckon(self, policy: Policy, now: datetime) -> tuple[Policy, datetime, datetime, bool]:
        """For this policy, from now until the next change."""
        rules = self._rules(policy)
        if rules is None or not rules.free:
            return policy, now, now + A_DAY, False
        week = Week(rules.free, local_zone(policy.timezone), closed=rules.closed)
        return policy, now, week.next_change(now) or now + A_DAY, week.covers(now)

    def _rules(self, policy: Policy | None) -> DoorRules | None:
        rules = None if policy is None else policy.places.get(self._port.device)
        return rules if isinstance(rules, DoorRules) else None

    def _too_old(self, policy: Policy, now: Moment) -> bool:
        if self._oldest_s is None or not now.trusted:
            return False
        return abs(now.utc - policy.issued) > timedelta(seconds=self._oldest_s)
