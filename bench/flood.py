"""A node whose device reports as fast as its link takes it: Port, Bus, outbox and link as `alcolab run` joins them.

`python -m bench.flood CONFIG STATE`. What waits for the link is bounded, so that every reading goes live.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from bench.lab import BED, GARDEN
from devices.board.clock import SystemClock
from hub.bus import Bus
from hub.config import read_lab
from hub.mqtt.link import Link
from hub.mqtt.outbox.outbox import Acknowledgement, Outbox
from hub.port import DevicePort

WAITING_MOST = 400
"""Twice what the link keeps under way."""
LOOK_EVERY_S = 0.005


async def main(config: Path, state: Path) -> None:
    lab, clock = read_lab(config), SystemClock()
    outbox = Outbox(state, node=GARDEN, clock=clock, options=lab.nodes[GARDEN].outbox, until=Acknowledgement.HISTORY)
    bus = Bus(outbox)
    channels = tuple(lab.devices[BED].options.sensors)
    link = Link(bus, outbox, lab, GARDEN, clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(outbox.run(), name="outbox")
        group.create_task(link.run(), name="link")
        while not link.status.connected:  # noqa: ASYNC110 - as _flood
            await asyncio.sleep(LOOK_EVERY_S)
        group.create_task(_flood(DevicePort(BED, bus, clock), outbox, channels), name="flood")


async def _flood(port: DevicePort, outbox: Outbox, channels: tuple[str, ...]) -> None:
    port.online()
    for n, channel in zip(itertools.count(), itertools.cycle(channels)):
        port.read(channel, n / 8, unit="V", period_s=1.0)
        while len(outbox.live) >= WAITING_MOST:  # noqa: ASYNC110 - a device has no event for it, and needs none
            await asyncio.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
