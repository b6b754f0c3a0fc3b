"""A node without a broker, to be killed: `python -m tests.hub.mqtt.outbox.process FOLDER RATE`.

Prints `reading SEQ` when a reading is recorded and `event SEQ` when an event is durable, each with the monotonic time.
"""

import asyncio
import sys
import time
from pathlib import Path

from devices.board.clock import SystemClock
from devices.device import Event, Reading
from hub import lab
from hub.mqtt.outbox.outbox import Acknowledgement, Outbox


async def main(folder: Path, every_s: float) -> None:
    clock = SystemClock()
    outbox = Outbox(folder, node="garden", clock=clock, options=lab.Outbox(), until=Acknowledgement.HISTORY)
    running = asyncio.create_task(outbox.run(), name="outbox")
    while not running.done():
        reading, _ = outbox.record("bed", Reading("temperature", 21.5, "°C", clock.now()))
        _say("reading", reading.log, reading.seq)
        event, saved = outbox.record("bed", Event("watered", {"litres": 3}, clock.now()))
        await saved
        _say("event", event.log, event.seq)
        await asyncio.sleep(every_s)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, (*words, time.monotonic()))) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
