"""What time it is, and whether to believe it.

A Raspberry Pi without a battery boots with yesterday's time, or 1970. Waiting for the network would stop the
lab, so a moment carries whether the clock could be trusted when it was read.
"""

import ctypes
import logging
import math
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

SYNCHRONISED_FLAG = Path("/run/systemd/timesync/synchronized")
PI_MODEL = Path("/proc/device-tree/model")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
BEAT_S = 1.0
"""What can wait is done on whole seconds of the monotonic clock, all of it together: waking costs more than working."""
TIME_ERROR = 5
"""`adjtimex(2)`: the kernel clock is not synchronised."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time (aware, UTC) and whether the clock that gave it was trusted."""

    utc: datetime
    trusted: bool = True

    def rfc3339(self) -> str:
        """RFC 3339 in UTC with milliseconds, as every topic and page carries it."""
        return rfc3339(self.utc)


def until_beat_s(every_s: float = BEAT_S) -> float:
    """Seconds until the next beat on which something is due that is done every `every_s`."""
    now_s = time.monotonic()
    return (math.floor(now_s / every_s) + 1) * every_s - now_s


def rfc3339(utc: datetime) -> str:
    """`2026-03-01T08:15:30.250Z`; `utc` must be aware and in UTC."""
    return utc.isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """The inverse of `rfc3339`; any offset is accepted.

    Raises:
        ValueError: not RFC 3339, or without an offset (a time that nobody can place).
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC: write it as 2026-03-01T08:15:30.000Z")
    return parsed.astimezone(UTC)


class Clock(ABC):
    """Wall-clock moments for messages; durations use `time.monotonic()` instead."""

    boot: str
    """Identifies this boot of the machine; moments of one boot share one correction."""

    @abstractmethod
    def now(self) -> Moment:
        """The present moment. While untrusted, moments of one boot keep their exact distances."""

    @abstractmethod
    def correction(self) -> timedelta | None:
        """What to add to this process's untrusted moments; None until the clock is trusted."""


class SystemClock(Clock):
    """The operating system's clock.

    A PC or virtual machine gets its time from its firmware or host. A Pi has none: it is trusted once the kernel
    (`adjtimex(2)`) or systemd-timesyncd says that it is synchronised.

    Moments are counted on CLOCK_BOOTTIME from a belief of when this machine booted, so that they keep their distances.
    The belief follows the wall clock once that is trusted, with one constant correcting all moments before, and from
    then on as it is nudged. A step of the wall clock that no time server vouches for is not believed.
    """

    CHECK_EVERY_S = 1.0
    STEP_S = 2.0

    def __init__(self) -> None:
        self.boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"
        self._booted = self._wall_booted = _booted_at()
        self._correction: timedelta | None = None
        self._next_check = 0.0

    def now(self) -> Moment:
        self._check()
        utc = datetime.fromtimestamp(self._booted + _since_boot_s(), UTC)
        return Moment(utc, trusted=self._correction is not None)

    def correction(self) -> timedelta | None:
        self._check()
        return self._correction

    def _check(self) -> None:
        if (now := time.monotonic()) < self._next_check:
            return
        self._next_check = now + self.CHECK_EVERY_S
        before, self._wall_booted = self._wall_booted, _booted_at()
        if self._correction is None:
            if not PI_MODEL.exists() or SYNCHRONISED_FLAG.exists() or _kernel_synchronised():
                self._correction = timedelta(seconds=self._wall_booted - self._booted)
                self._booted = self._wall_booted
        elif abs(self._wall_booted - self._booted) < self.STEP_S or _kernel_synchronised():
            self._booted = self._wall_booted
        elif abs(self._wall_booted - before) >= self.STEP_S:
            log.warning(
                "the clock was set %+.0f s without a time server and is not followed: if it is right, restart alcolab",
                self._wall_booted - before,
            )


def _since_boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _booted_at() -> float:
    """When this machine booted by its wall clock: Unix time, and the same number until that clock is changed."""
    return time.time() - _since_boot_s()


def _kernel_synchronised() -> bool:
    """Whether a time server keeps the kernel's clock; where the kernel does not tell, it is not known to."""
    buffer = ctypes.create_string_buffer(512)
    state: int = ctypes.CDLL(None).adjtimex(buffer)
    return state not in (-1, TIME_ERROR)
