"""Who uses a machine, how long, and whether it has power: a pure state machine. Times are `time.monotonic()` seconds.

A session ends by badge out, when its time is over, or when somebody takes over. While a job runs, power stays for it:
a print of twelve hours is not spoilt because its owner went home. Only `oops` and a lost relay cut at once.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from devices.machines.options import SessionRules

AGAIN_S = 3.0
"""A badge that comes again so soon was held to the reader twice, not shown to leave."""


class Phase(StrEnum):
    """Where a machine stands."""

    IDLE = "idle"
    RUNNING = "running"
    WARNING = "warning"
    """The end of the session is near."""
    GRACE = "grace"
    """The session is over: power stays for so long, or until the job is done."""
    STOPPED = "stopped"
    """Somebody said oops: no power until a maintainer has released it."""


class Why(StrEnum):
    """What ended a session."""

    BADGE_OUT = "badge-out"
    TAKEN_OVER = "taken-over"
    TIME_UP = "time-up"
    JOB_LIMIT = "job-limit"
    """The job ran longer than config.yaml lets it."""
    OOPS = "oops"
    RELAY = "relay"
    """The relay went off by itself; the event `cut` says why."""
    RESTART = "restart"
    """ALCOLAB was started again, and the relay was off meanwhile."""


@dataclass(frozen=True, slots=True)
class User:
    """Who has badged in, and with which badge."""

    member: str
    credential: str


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of use. `left_s`: when its user badged out although a job ran."""

    user: User
    since_s: float
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A session began."""

    user: User


@dataclass(frozen=True, slots=True)
class Ended:
    """A session ended, after so many seconds."""

    user: User
    seconds: float
    why: Why


Change: TypeAlias = Started | Ended


class Interlock:
    """One machine. What is done returns what has changed by it, in order; a refusal is not told to it at all."""

    def __init__(self, rules: SessionRules, *, stopped: bool = False) -> None:
        self._rules = rules
        self._stopped = stopped
        self._session: Session | None = None
        self._heeded: tuple[str, float] | None = None
        """The badge that was heeded last, and when."""
        self.job = False
        """Whether a job runs, as far as can be known."""

    @property
    def session(self) -> Session | None:
        """The one that goes on."""
        return self._session

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def powered(self) -> bool:
        """Whether the relay should be on."""
        return self._session is not None

    def phase(self, now_s: float) -> Phase:
        """Where it stands."""
        if self._stopped:
            return Phase.STOPPED
        if self._session is None:
            return Phase.IDLE
        over_s = self._over_s(self._session)
        if now_s >= over_s:
            return Phase.GRACE
        return Phase.WARNING if now_s >= over_s - self._rules.warning else Phase.RUNNING

    def ends_s(self, now_s: float) -> float:
        """When the present phase of use ends at the latest: the session, then its grace. Infinite: with the job."""
        if self._session is None:
            return math.inf
        over_s = self._over_s(self._session)
        return over_s if now_s < over_s else self.limit_s

    @property
    def limit_s(self) -> float:
        """Until when there is power at most, as things stand."""
        session, rules = self._session, self._rules
        if session is None:
            return -math.inf
        over_s = self._over_s(session)
        grace_s = 0.0 if session.left_s is not None else rules.grace
        if not self.job or rules.cut_jobs:
            return over_s + grace_s
        return math.inf if rules.job_most is None else over_s + max(grace_s, rules.job_most)

    def is_again(self, credential: str, now_s: float) -> bool:
        """Whether this is a badge that was heeded just now."""
        return self._heeded is not None and self._heeded[0] == credential and now_s - self._heeded[1] < AGAIN_S

    def belongs_to(self, credential: str, member: str | None) -> bool:
        """Whether the session is this one's, who would badge out; not of one that has badged out already."""
        session = self._session
        return (
            session is not None
            and session.left_s is None
            and (session.user.credential == credential or session.user.member == member)
        )

    def enter(self, user: User, now_s: float) -> tuple[Change, ...]:
        """Somebody who may use it has badged in: begins, comes back to the own session, or takes over."""
        if self._stopped:
            return ()
        self._heeded = user.credential, now_s
        if self._session is not None and self._session.user.member == user.member:
            self._session = replace(self._session, left_s=None)
            return self.look(now_s)
        ended = self._end(Why.TAKEN_OVER, now_s)
        self._session = Session(user, now_s)
        return (*ended, Started(user))

    def leave(self, now_s: float, credential: str | None = None) -> tuple[Change, ...]:
        """Its user has badged out, or somebody did so on a page: it ends, or lets the job be done first."""
        if self._session is None:
            return ()
        if credential is not None:
            self._heeded = credential, now_s
        self._session = replace(self._session, left_s=min(now_s, self._over_s(self._session)))
        return self.look(now_s)

    def look(self, now_s: float) -> tuple[Change, ...]:
        """Time has passed, or `job` has changed."""
        session = self._session
        if session is None or now_s < self.limit_s:
            return ()
        if self.job and not self._rules.cut_jobs:
            return self._end(Why.JOB_LIMIT, now_s)
        return self._end(Why.TIME_UP if session.left_s is None else Why.BADGE_OUT, now_s)

    def oops(self, now_s: float) -> tuple[Change, ...]:
        """Stop at once, whoever said it, until `release`."""
        self._stopped = True
        return self._end(Why.OOPS, now_s)

    def release(self, now_s: float, credential: str | None = None) -> None:
        """A maintainer has found it good, by badge or on a page. It stays off until somebody badges in."""
        self._stopped = False
        if credential is not None:
            self._heeded = credential, now_s

    def cut(self, now_s: float) -> tuple[Change, ...]:
        """The relay went off by itself."""
        return self._end(Why.RELAY, now_s)

    def _over_s(self, session: Session) -> float:
        return session.since_s + self._rules.most if session.left_s is None else session.left_s

    def _end(self, why: Why, now_s: float) -> tuple[Change, ...]:
        session, self._session = self._session, None
        return () if session is None else (Ended(session.user, now_s - session.since_s, why),)
