"""A hub for the fault tests: stores readings from number `first` to `last`, and prints each acknowledgement.

python hub_process.py FOLDER FIRST LAST
"""

import asyncio
import sys
from pathlib import Path

from hub.bus import Stored
from hub.history import service, store
from tests.hub.history.material import LOG, backlog, event, reading, running

BATCH = 50
EVENT_EVERY = 10


async def main(folder: Path, first: int, last: int) -> None:
    service.GATHER_S = service.ACKNOWLEDGE_EVERY_S = 0.002
    store.MERGE_ROWS = 700
    done = asyncio.Event()

    def acknowledged(stored: Stored) -> None:
        print(stored.marks[LOG], flush=True)  # noqa: T201 - read by the test
        if stored.marks[LOG] == last:
            done.set()

    async with running(folder) as here:
        with here.bus.stored.heard_by(acknowledged):
            for start in range(first, last + 1, BATCH):
                numbers = range(start, min(start + BATCH, last + 1))
                entries = [event(n) if n % EVENT_EVERY == 0 else reading(n) for n in numbers]
                here.bus.backlogs.emit(backlog(entries, first=first))
                await asyncio.sleep(0.001)
            await done.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
