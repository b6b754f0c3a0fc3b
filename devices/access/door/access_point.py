"""How a door behaves, whatever it is made of: IEC 60839-11-1's access point, without clock, wires or messages.

A grant releases it for a time. It is locked again when that is over, or when it was opened or closed again. Opened
without a release it is forced; open for too long it is held open; both are alarms until it is closed. While it is open
to all, or the fire alarm has let it go, nothing of that is wrong.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from devices.access.door.options import Relock
from devices.policy.decision import Direction


class Mode(StrEnum):
    NORMAL = "normal"
    FREE = "free"
    """Open to all, by the hours of the policy."""
    FIRE = "fire"
    """Let go by the fire alarm's wiring."""


class Alarm(StrEnum):
    FORCED = "forced"
    HELD_OPEN = "held-open"


class By(StrEnum):
    """What unlocked it."""

    BADGE = "badge"
    PAGE = "page"
    EXIT = "exit"
    HOURS = "hours"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody who may pass: `member` is a pseudonym."""

    member: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Unlocked:
    by: By
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    pass


@dataclass(frozen=True, slots=True)
class Opened:
    pass


@dataclass(frozen=True, slots=True)
class Closed:
    pass


@dataclass(frozen=True, slots=True)
class Forced:
    pass


@dataclass(frozen=True, slots=True)
class Warned:
    """It stands open, and will soon have done so for too long."""


@dataclass(frozen=True, slots=True)
class HeldOpen:
    seconds: float


@dataclass(frozen=True, slots=True)
class FireAlarm:
    active: bool


Happening: TypeAlias = Unlocked | Locked | Opened | Closed | Forced | Warned | HeldOpen | FireAlarm | Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Times in seconds; a `warning_s` of 0: none."""

    unlock_s: float = 5.0
    relock: Relock = Relock.CLOSED
    exit_unlocks: bool = True
    held_open_s: float = 30.0
    warning_s: float = 10.0


GRACE_S = 0.5
"""Who pulled at the last moment is seen by the contact a little after it is locked again."""
STUCK_S = 300.0
NEVER = float("-inf")


class AccessPoint:
    """Each method takes the monotonic time, which never goes back, and gives what has happened up to then, in order."""

    def __init__(self, timing: Timing) -> None:
        self.open: bool | None = None
        """None while it is not known, as without a contact."""
        self.alarm: Alarm | None = None
        self.warning = False
        self._timing = timing
        self._free = False
        self._fire = False
        self._released_until: float | None = None
        self._opened_since_release = False
        self._may_open_until = NEVER
        self._exit_known = False
        self._exit_since: float | None = None
        """Since when somebody presses it; None while nobody does."""
        self.waiting: list[Passage] = []
        """Granted, and not yet through."""
        self._open_since: float | None = None
        """Since when its being open counts; None while it does not."""

    @property
    def released(self) -> bool:
        """Whether the strike is to be unlocked. The fire alarm does that by wire, and not through us."""
        return self._free or self._released_until is not None

    @property
    def somebody_passes(self) -> bool:
        """Whether it is released for somebody, and not for all."""
        return self._released_until is not None

    @property
    def locked(self) -> bool:
        """Whether it is, by all that we know."""
        return not (self.released or self._fire)

    @property
    def mode(self) -> Mode:
        return Mode.FIRE if self._fire else Mode.FREE if self._free else Mode.NORMAL

    @property
    def due_s(self) -> float | None:
        """When `advance` will next have something to say, if nothing happens until then."""
        due = [] if self._released_until is None else [self._released_until]
        if self.waiting:
            due.append(self._may_open_until)
        if self._open_since is not None and self.alarm is None:
            due.append(self._alarm_at(self._open_since) if self.warning else self._warning_at(self._open_since))
        return min(due, default=None)

    def advance(self, now_s: float) -> tuple[Happening, ...]:
        """What time alone has brought."""
        happened: list[Happening] = []
        if self._released_until is not None and now_s >= self._released_until:
            happened += self._lock()
        if now_s >= self._may_open_until:
            self.waiting.clear()
        if self._open_since is not None and self.alarm is None:
            if not self.warning and self._timing.warning_s and now_s >= self._warning_at(self._open_since):
                self.warning = True
                happened.append(Warned())
            if now_s >= self._alarm_at(self._open_since):
                self.alarm = Alarm.HELD_OPEN
                happened.append(HeldOpen(self._timing.held_open_s))
        return tuple(happened)

    def grant(
        self, by: By, now_s: float, passage: Passage | None = None, *, member: str | None = None
    ) -> tuple[Happening, ...]:
        """Somebody may pass. A passage counts when the door opens, or at once if it is open or nobody can tell."""
        happened = [*self.advance(now_s)]
        was_locked = self.locked
        self._released_until = now_s + self._timing.unlock_s
        self._may_open_until = self._released_until + GRACE_S
        self._opened_since_release = False
        if was_locked:
            happened.append(Unlocked(by, member if passage is None else passage.member))
        if self._open_since is not None and self.alarm is None:
            self._open_since, self.warning = now_s, False
        if passage is not None and self.open is not False:
            happened.append(passage)
        elif passage is not None and passage not in self.waiting:
            self.waiting.append(passage)
        return tuple(happened)

    def contact(self, is_open: bool, now_s: float) -> tuple[Happening, ...]:
        """What the contact says. The first time it only says how things are."""
        happened = [*self.advance(now_s)]
        was_open, self.open = self.open, is_open
        if was_open is is_open:
            return tuple(happened)
        if is_open:
            if was_open is False:
                happened += self._opened(now_s)
            self._watch(now_s)
        else:
            happened += self._closed() if was_open else ()
        return tuple(happened)

    def contact_lost(self, now_s: float) -> tuple[Happening, ...]:
        """Whether it is open is not known any more, nor whether somebody is at the exit."""
        happened = self.advance(now_s)
        self.open, self._open_since = None, None
        self._exit_known, self._exit_since = False, None
        self.alarm, self.warning = None, False
        return happened

    def exit(self, pressed: bool, now_s: float) -> tuple[Happening, ...]:
        """The exit button or detector. The first time it only says how things are: a stuck one unlocks nothing."""
        happened = self.advance(now_s)
        was_known, self._exit_known = self._exit_known, True
        if pressed is (self._exit_since is not None):
            return happened
        self._exit_since = now_s if pressed else None
        if not self._timing.exit_unlocks:
            self._may_open_until = max(self._may_open_until, now_s + self._timing.unlock_s)
        elif pressed and was_known:
            happened += self.grant(By.EXIT, now_s)
        return happened

    def exit_stuck(self, now_s: float) -> bool:
        """Whether a button has been pressed for longer than anybody presses one. A detector may well see people."""
        return self._timing.exit_unlocks and self._exit_since is not None and now_s - self._exit_since >= STUCK_S

    def free(self, free: bool, now_s: float) -> tuple[Happening, ...]:
        """Whether it is open to all by its hours."""
        happened = self.advance(now_s)
        was_locked, self._free = self.locked, free
        return happened + self._mode_changed(was_locked, By.HOURS, now_s)

    def fire(self, active: bool, now_s: float) -> tuple[Happening, ...]:
        """What the fire alarm's contact says."""
        happened = self.advance(now_s)
        was_locked, was_active, self._fire = self.locked, self._fire, active
        if active is not was_active:
            happened += (FireAlarm(active),)
        return happened + self._mode_changed(was_locked, By.FIRE, now_s)

    def _opened(self, now_s: float) -> list[Happening]:
        if self.locked and not self._may_open(now_s):
            self.alarm = Alarm.FORCED
            return [Opened(), Forced()]
        happened: list[Happening] = [Opened(), *self.waiting]
        self.waiting.clear()
        self._opened_since_release = True
        if self._released_until is not None and self._timing.relock is Relock.OPENED:
            happened += self._lock()
        return happened

    def _may_open(self, now_s: float) -> bool:
        """Whether it is all right that somebody opens it although it is locked: they pulled just before, or leave."""
        seen_at_exit = not self._timing.exit_unlocks and self._exit_since is not None
        return seen_at_exit or now_s < self._may_open_until

    def _closed(self) -> list[Happening]:
        self.alarm, self.warning, self._open_since = None, False, None
        if self._released_until is not None and not self._opened_since_release:
            return [Closed()]
        self._may_open_until = NEVER
        return [Closed(), *(self._lock() if self._released_until is not None else ())]

    def _lock(self) -> list[Happening]:
        self._released_until = None
        return [Locked()] if self.locked else []

    def _mode_changed(self, was_locked: bool, by: By, now_s: float) -> tuple[Happening, ...]:
        if self.mode is not Mode.NORMAL:
            self.alarm, self.warning, self._open_since = None, False, None
        elif self.open and self._open_since is None:
            self._watch(now_s)
        if self.locked is was_locked:
            return ()
        return (Locked(),) if self.locked else (Unlocked(by),)

    def _watch(self, now_s: float) -> None:
        """From now on it stands open and should not for ever."""
        if self.mode is Mode.NORMAL and self.alarm is None:
            self._open_since = now_s

    def _warning_at(self, since_s: float) -> float:
        return since_s + self._timing.held_open_s - self._timing.warning_s

    def _alarm_at(self, since_s: float) -> float:
        return since_s + self._timing.held_open_s
