"""What a door says: events and states for the lab, entries for its audit log. Saying waits for nothing."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from devices.access.door.access_point import (
    AccessPoint,
    Closed,
    FireAlarm,
    Forced,
    Happening,
    HeldOpen,
    Locked,
    Opened,
    Passage,
    Unlocked,
)
from devices.access.door.gatekeeper import Answer
from devices.audit_log import AuditLog, Head
from devices.device import Json, Port
from devices.errors import Flooded
from devices.policy.policy import Policy

log = logging.getLogger(__name__)

SHOWN_S = 10.0
"""How long a display says why somebody may pass, or not."""
EVENTS = "events"
EVENT_OF: Mapping[type[Happening], str] = {
    Unlocked: "unlocked",
    Locked: "locked",
    Passage: "passed",
    Opened: "opened",
    Closed: "closed",
    Forced: "forced",
    HeldOpen: "held-open",
    FireAlarm: "fire",
}
"""With a happening's fields as the event's. A warning is none: the state `door` shows it."""
AUDITED = frozenset({Unlocked, Passage, Forced, HeldOpen, FireAlarm})


class Record:
    """Of one door."""

    def __init__(self, port: Port, audit_log: AuditLog) -> None:
        self._port = port
        self._audit_log = audit_log
        self._said: dict[str, Json] = {}
        self._problems: dict[str, str] = {}
        self._shown_until_s: float | None = None
        self.say("problems", {})
        self.say("display", {"reason": None, "language": None})

    def say(self, state: str, value: Json) -> None:
        """A state, if it is news."""
        if state not in self._said or self._said[state] != value:
            self._said[state] = value
            self._port.state(state, value)

    def problem(self, part: str, problem: str) -> None:
        """What a technician should look after; an empty text: nothing any more."""
        if problem == self._problems.get(part, ""):
            return
        if problem:
            log.warning("%s: %s: %s", self._port.device, part, problem)
            self._problems[part] = problem
        else:
            log.info("%s: %s is well again", self._port.device, part)
            del self._problems[part]
        self.say("problems", dict(self._problems))

    def answer(self, answer: Answer, policy: Policy | None, now_s: float) -> None:
        """Somebody may pass, or not."""
        decision = answer.decision
        said: Mapping[str, Json] = {
            "granted": decision.granted,
            "reason": decision.reason,
            "member": decision.member,
            "language": decision.language,
            "direction": answer.swipe.direction,
            "strength": answer.swipe.presented.strength,
            "policy": None if policy is None else policy.version,
            "notes": list(decision.notes),
        }
        self.audit("access", said)
        self._event("access", said)
        self._shown_until_s = now_s + SHOWN_S
        self.say("display", {"reason": decision.reason, "language": decision.language})

    def happenings(self, happened: Iterable[Happening]) -> None:
        """What has happened to the door itself."""
        for each in happened:
            if (kind := EVENT_OF.get(type(each))) is not None:
                if type(each) in AUDITED:
                    self.audit(kind, asdict(each))
                self._event(kind, asdict(each))

    def audit(self, kind: str, data: Mapping[str, Json]) -> None:
        """What the lab need not hear as it happens, and somebody may ask about later."""
        self._audit_log.write(kind, data, self._port.now())

    def door(self, point: AccessPoint) -> None:
        """How the door is."""
        self.say(
            "door",
            {
                "locked": point.locked,
                "open": point.open,
                "mode": point.mode,
                "alarm": point.alarm,
                "warning": point.warning,
            },
        )

    def head(self, head: Head) -> None:
        """What the audit log's last entry is: known elsewhere, nobody can cut it off unseen."""
        self.say("audit", {"entries": head.entries, "head": head.hash})

    def advance(self, now_s: float) -> None:
        """A display has said for long enough why."""
        if self._shown_until_s is not None and now_s >= self._shown_until_s:
            self._shown_until_s = None
            self.say("display", {"reason": None, "language": None})

    def _event(self, kind: str, data: Mapping[str, Json]) -> None:
        try:
            self._port.event(kind, data)
        except Flooded as error:
            self.problem(EVENTS, str(error))
        else:
            self.problem(EVENTS, "")
