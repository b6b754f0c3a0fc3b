"""What a machine says of itself: states when they change, events, and the log that is kept for safety."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from devices.audit_log import AuditLog, Head
from devices.board.clock import Moment, rfc3339
from devices.device import Json, Port
from devices.errors import Flooded
from devices.machines.memory import AN_HOUR_S, Memory
from devices.machines.session import Interlock, Phase
from devices.policy.policy import Policy

log = logging.getLogger(__name__)

REMAINING_EVERY_S = {Phase.RUNNING: 60, Phase.WARNING: 10, Phase.GRACE: 5}
"""How often the time that remains is said anew, beside what changes."""
POLICY_AGE_EVERY_S = 600
"""Its age is said in steps of ten minutes."""
LOGGED = frozenset({"access", "oops", "released", "maintained", "cut"})
"""How long somebody worked is nobody's business: what the log is for is who was let in, and what was wrong."""


class Reports:
    """Of one machine. An event that finds no room is in the log of the machine all the same."""

    def __init__(self, port: Port, audit: AuditLog) -> None:
        self._port = port
        self._audit = audit
        self._said: dict[str, Json] = {}
        self._problems: dict[str, str] = {}
        self._ends: tuple[float, datetime | None] = 0.0, None

    def state(self, name: str, value: Json) -> None:
        """Say it, if it is new."""
        if name not in self._said or self._said[name] != value:
            self._said[name] = value
            self._port.state(name, value)

    def event(self, kind: str, data: Mapping[str, Json], **more: Json) -> None:
        """Say it; what safety asks for is written into the log, with `more`."""
        if kind in LOGGED:
            self.log(kind, {**data, **more})
        try:
            self._port.event(kind, data)
        except Flooded as error:
            log.warning("%s: %s", self._port.device, error)

    def display(self, reason: str | None = None, language: str | None = None) -> None:
        """What to say to whoever has just shown a badge; nothing any more."""
        self.state("display", {"reason": reason, "language": language})

    def log(self, kind: str, data: Mapping[str, Json]) -> None:
        """Write it into the log alone."""
        self._audit.write(kind, data, self._port.now())

    def problem(self, part: str, text: str) -> None:
        """A part needs a technician, or with an empty text does no longer."""
        if text:
            self._problems[part] = text
        else:
            self._problems.pop(part, None)
        self.state("problems", dict(self._problems))

    def head(self, head: Head) -> None:
        """How far the log is."""
        self.state("audit", {"entries": head.entries, "head": head.hash})

    def session(self, interlock: Interlock, since: Moment | None, now_s: float) -> None:
        """Who uses it, and how long."""
        phase, session = interlock.phase(now_s), interlock.session
        ends_s = interlock.ends_s(now_s)
        ends = None if session is None or ends_s == float("inf") else self._moment_of(ends_s, now_s)
        every_s = REMAINING_EVERY_S.get(phase, 1)
        self.state(
            "session",
            {
                "phase": phase,
                "member": session.user.member if session else None,
                "since": since.rfc3339() if session and since else None,
                "ends": None if ends is None else rfc3339(ends),
                "remaining_s": None if ends is None else max(-(-round(ends_s - now_s) // every_s) * every_s, 0),
            },
        )

    def counters(self, memory: Memory, tasks: Mapping[str, float]) -> None:
        """How long it has been used, and what is due."""
        due: Json = [
            {"task": task, "every_h": every_h, "due_in_h": round(memory.due_in_h(task, every_h), 1)}
            for task, every_h in tasks.items()
        ]
        hours = round(memory.used_s / AN_HOUR_S, 1)
        self.state("counters", {"hours": hours, "sessions": memory.sessions, "maintenance": due})

    def policy(self, policy: Policy | None, oldest_s: float | None) -> None:
        """What it decides from."""
        if policy is None:
            self.state("policy", {"version": None, "issued": None, "age_s": None, "too_old": True})
            return
        now = self._port.now()
        age_s = (now.utc - policy.issued).total_seconds()
        self.state(
            "policy",
            {
                "version": policy.version,
                "issued": rfc3339(policy.issued),
                "age_s": POLICY_AGE_EVERY_S * round(age_s / POLICY_AGE_EVERY_S) if now.trusted else None,
                "too_old": oldest_s is not None and now.trusted and abs(age_s) > oldest_s,
            },
        )

    def _moment_of(self, at_s: float, now_s: float) -> datetime:
        """The wall-clock time of a monotonic one, the same until that changes."""
        known_s, known = self._ends
        if known is None or known_s != at_s:
            known = self._port.now().utc + timedelta(seconds=at_s - now_s)
            self._ends = at_s, known
        return known
