"""What the history costs: bytes that a day writes to the disk, and processor time for each entry.

python -m bench.history FOLDER          # FOLDER on the disk that is meant; tmpfs writes nothing
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices.board.clock import Moment
from devices.device import Reading
from hub.bus import Backlog, Entry
from hub.history.store import Counters, Store
from hub.lab import Broker, DeviceEntry, Lab, Node, Web

SERIES = 20
MINUTES = 1440
BACKLOG = 72_000
BATCH = 500
COMMIT = 5_000
START = datetime(2026, 3, 1, tzinfo=UTC)
LAB = Lab("alco", Broker(), Web(), {"garden": Node()}, {"bed": DeviceEntry("bed", "garden", "garden", None)}, "")


def written_bytes() -> int:
    """What this process has caused to be written to disks, in whole blocks (proc(5))."""
    found = re.search(r"^write_bytes: (\d+)", Path("/proc/self/io").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def entry(number: int, at: timedelta) -> Entry:
    reading = Reading(f"channel-{number % SERIES}", 20.0 + number % 977 / 100, "°C", Moment(START + at))
    return Entry("bed", reading, "garden.1", number + 1, local=False)


def a_day(*, together: bool) -> Iterator[Sequence[Entry]]:
    """The commits of a day of one reading a minute and series: all in one, or each alone (2 s and more apart)."""
    for minute in range(MINUTES):
        numbers = range(minute * SERIES, (minute + 1) * SERIES)
        entries = [entry(number, timedelta(minutes=minute, seconds=3 * (number % SERIES))) for number in numbers]
        yield from [entries] if together else [[one] for one in entries]


def measure_day(folder: Path, *, together: bool) -> float:
    """Megabytes of a day, merged each hour."""
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        Store.open(Path(name, "history.db"), LAB, Counters()) as store,
    ):
        before, hour = written_bytes(), 60 if together else 60 * SERIES
        for commits, entries in enumerate(a_day(together=together), 1):
            store.take(entries)
            if commits % hour == 0:
                store.merge()
        return (written_bytes() - before) / 1e6


def measure_backlog(folder: Path) -> tuple[float, float]:
    """Seconds, and microseconds of processor time for each entry, merging included."""
    entries = [entry(number, timedelta(milliseconds=50 * number)) for number in range(BACKLOG)]
    batches = [Backlog("garden", "garden.1", entries[at : at + BATCH], 1) for at in range(0, BACKLOG, BATCH)]
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        Store.open(Path(name, "history.db"), LAB, Counters()) as store,
    ):
        started, used = time.monotonic(), time.process_time()
        for at in range(0, len(batches), COMMIT // BATCH):
            store.take(batches[at : at + COMMIT // BATCH])
            if store.merge_due:
                store.merge()
        return time.monotonic() - started, (time.process_time() - used) / BACKLOG * 1e6


def main(folder: Path) -> None:
    print(f"{SERIES} series a minute, in one commit:      {measure_day(folder, together=True):6.1f} MB a day")
    print(f"{SERIES} series a minute, each in its own:    {measure_day(folder, together=False):6.1f} MB a day")
    seconds, microseconds = measure_backlog(folder)
    print(f"a backlog of {BACKLOG}: {seconds:.2f} s, {microseconds:.1f} µs of processor time for each entry")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
