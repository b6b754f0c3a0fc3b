"""What time it is, and whether to believe it.

A Raspberry Pi without a battery boots with yesterday's time, or 1970. Waiting for the network would stop the
lab, so a moment carries whether the clock could be trusted when it was read.
"""

import ctypes
import os
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SYNCHRONISED_FLAG = Path("/run/systemd/timesync/synchronized")
PI_MODEL = Path("/proc/device-tree/model")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
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
    (`adjtimex(2)`) or systemd-timesyncd says that it is synchronised. Until then moments are counted from the wall
    clock at start plus CLOCK_BOOTTIME, so that one constant corrects all of them however the wall clock jumps.
    """

    CHECK_EVERY_S = 1.0

    def __init__(self) -> None:
        self.boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"
        self._anchor = time.time() - _since_boot_s()
        self._trusted = False
        self._next_check = 0.0

    def now(self) -> Moment:
        if self._is_trusted():
            return Moment(datetime.now(UTC), trusted=True)
        return Moment(datetime.fromtimestamp(self._anchor + _since_boot_s(), UTC), trusted=False)

    def correction(self) -> timedelta | None:
        if not self._is_trusted():
            return None
        return timedelta(seconds=time.time() - _since_boot_s() - self._anchor)

    def _is_trusted(self) -> bool:
        if not self._trusted and (now := time.monotonic()) >= self._next_check:
            self._next_check = now + self.CHECK_EVERY_S
            self._trusted = not PI_MODEL.exists() or SYNCHRONISED_FLAG.exists() or _kernel_synchronised()
        return self._trusted


def _since_boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _kernel_synchronised() -> bool:
    buffer = ctypes.create_string_buffer(512)
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    if state < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return state != TIME_ERROR
