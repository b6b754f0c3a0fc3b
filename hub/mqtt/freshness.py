"""How old the last readings of this Pi are, by the monotonic clock: what a new connection may say again as live."""

import time
from collections.abc import Iterator
from dataclasses import replace

from devices.device import Quality, Reading
from hub.bus import Entry
from hub.mqtt.sender import EXPIRES_AFTER_PERIODS


class Freshness:
    """The last reading of each channel."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[float, Entry]] = {}

    def take(self, entry: Entry, reading: Reading) -> None:
        self._last[entry.device, reading.channel] = (time.monotonic(), entry)

    def forget(self, device: str) -> None:
        for key in [key for key in self._last if key[0] == device]:
            del self._last[key]

    def fresh(self) -> Iterator[tuple[Entry, Reading, float | None]]:
        """Readings that have not expired, and the seconds until they do (None: never)."""
        now = time.monotonic()
        for at, entry in tuple(self._last.values()):
            if isinstance(reading := entry.message, Reading):
                left_s = None if reading.period_s is None else at + EXPIRES_AFTER_PERIODS * reading.period_s - now
                if left_s is None or left_s > 0:
                    yield entry, reading, left_s

    def newly_expired(self) -> Iterator[tuple[Entry, Reading]]:
        """Readings that have expired since the last call, as they must look now: without a value."""
        now = time.monotonic()
        for key, (at, entry) in tuple(self._last.items()):
            reading = entry.message
            if not isinstance(reading, Reading) or reading.period_s is None:
                continue
            if now - at > EXPIRES_AFTER_PERIODS * reading.period_s:
                del self._last[key]
                yield entry, replace(reading, value=None, quality=Quality.STALE)
