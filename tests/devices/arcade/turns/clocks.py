"""A clock that a test sets."""

from datetime import UTC, datetime, timedelta

from devices.board.clock import Clock, Moment


class SetClock(Clock):
    """Wall clock and seconds since boot, moved by hand."""

    def __init__(self, at: str = "2026-03-04T15:00:00", *, trusted: bool = True, boot: str = "one") -> None:
        self.boot = boot
        self.trusted = trusted
        self.boot_s = 100.0
        self.set(at)

    def set(self, at: str) -> None:
        self._utc = datetime.fromisoformat(at).replace(tzinfo=UTC)

    def after(self, seconds: float) -> None:
        self.boot_s += seconds
        self._utc += timedelta(seconds=seconds)

    def now(self) -> Moment:
        return Moment(self._utc, trusted=self.trusted)

    def correction(self) -> timedelta | None:
        return timedelta() if self.trusted else None
