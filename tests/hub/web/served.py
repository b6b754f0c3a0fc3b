"""The pages of a small lab, really served on a free port, with a bus that the test feeds."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from devices.board.clock import Moment, SystemClock
from devices.device import Quality, Reading
from devices.garden.options import GardenOptions, IioSensor, Sensor
from hub.bus import Availability, Bus, Entry, UnkeptJournal
from hub.health import Health
from hub.lab import BoardKind, Broker, DeviceEntry, Lab, Node, ServiceName
from hub.lab import Web as Options
from hub.supervisor import Status
from hub.web.server import Web

HEALTHY = Health(node="hub", version="0.1.0", clock_trusted=True, services=(Status("web"),), broker_connected=True)


def sensor(unit: str, every: float = 60.0) -> Sensor:
    return IioSensor(type="iio", name="bme280", attribute="in_temp_input", unit=unit, every=every)


VEGETABLE_PATCH = {"air-temperature": sensor("°C"), "soil-moisture": sensor("%", 600.0), "salad-shade": sensor("lx")}
RAIN_TANK = {"level": sensor("mm")}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def small_lab(port: int | None = None, *, devices: Mapping[str, Mapping[str, Sensor]] | None = None) -> Lab:
    """Two beds at the Pi `garden`; the pages at the Pi `hub`."""
    beds = {"vegetable-patch": VEGETABLE_PATCH, "rain-tank": RAIN_TANK} if devices is None else devices
    return Lab(
        site="alco",
        broker=Broker(),
        web=Options(port=port or free_port()),
        nodes={"hub": Node(services=(ServiceName.WEB,)), "garden": Node(board=BoardKind.SIMULATED)},
        devices={
            name: DeviceEntry(name, "garden", "garden", GardenOptions(sensors=sensors))
            for name, sensors in beds.items()
        },
        fingerprint="",
    )


@dataclass(slots=True)
class Served:
    """A served lab, and the words with which a test makes things happen in it."""

    lab: Lab = field(default_factory=small_lab)
    health: Health = HEALTHY
    worlds: Mapping[str, Path] = field(default_factory=dict)
    bus: Bus = field(default_factory=lambda: Bus(UnkeptJournal()))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.lab.web.port}"

    def web(self) -> Web:
        return Web(self.bus, self.lab, lambda: self.health, self.worlds, SystemClock())

    def online(self, device: str = "vegetable-patch", *, local: bool = True) -> None:
        self.available(device, Availability(online=True, reason="", at=now()), local=local)

    def offline(self, device: str = "vegetable-patch", reason: str = "no such sensor", *, local: bool = True) -> None:
        self.available(device, Availability(online=False, reason=reason, at=now()), local=local)

    def available(self, device: str, availability: Availability, *, local: bool) -> None:
        self.bus.relay(Entry(device, availability, local=local))

    def read(
        self,
        value: float | None,
        channel: str = "air-temperature",
        device: str = "vegetable-patch",
        *,
        unit: str = "°C",
        quality: Quality = Quality.OK,
        age_s: float = 0.0,
        at: Moment | None = None,
        period_s: float | None = 60.0,
    ) -> None:
        self.bus.publish(device, Reading(channel, value, unit, at or now(-age_s), quality, None, period_s))


def now(seconds: float = 0.0) -> Moment:
    return Moment(datetime.now(UTC) + timedelta(seconds=seconds))


@asynccontextmanager
async def serving(served: Served) -> AsyncIterator[Served]:
    """`served` answers requests inside; its end must be quick."""
    web = served.web()
    running = asyncio.create_task(web.run(), name="web")
    waiting = asyncio.create_task(web.listening.wait(), name="web: listening?")
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        yield served
    finally:
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)


@asynccontextmanager
async def browsing(served: Served | None = None) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    """A served lab, and a client that asks it."""
    async with serving(served or Served()) as lab, httpx.AsyncClient(base_url=lab.url) as client:
        yield lab, client


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon; the test's own deadline ends it."""
    while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
        await asyncio.sleep(0.01)
