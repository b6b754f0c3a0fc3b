"""A clock that a test can set, as a time server or a technician does."""

from datetime import datetime, timedelta

from devices.board.clock import Moment, SystemClock


class MovedClock(SystemClock):
    """Goes on from `now`, or from where it is set."""

    def __init__(self, now: datetime, *, trusted: bool = True) -> None:
        super().__init__()
        self.trusted = trusted
        self.set(now)

    def set(self, now: datetime) -> None:
        self._ahead = now - super().now().utc

    def jump(self, by: timedelta) -> None:
        self._ahead += by

    def now(self) -> Moment:
        return Moment(super().now().utc + self._ahead, self.trusted)
