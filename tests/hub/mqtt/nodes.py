"""Whole Pis for tests: bus, outbox and link as the application joins them, and an outsider who listens."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiomqtt

from devices import DeviceType
from devices.board.clock import Clock, SystemClock
from devices.device import Action, Channel, Device, NoArguments, Port
from hub import lab
from hub.bus import Bus
from hub.commands import CommandDesk
from hub.lab import Broker, DeviceEntry, Lab, ServiceName, Web
from hub.mqtt.link import Link
from hub.mqtt.outbox.outbox import Acknowledgement, Outbox
from hub.port import DevicePort
from tests.brokers import Mosquitto
from tests.waiting import until

BED = "bed"
DOOR = "door"


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    hears: tuple[str, ...] = ()


class ProbeDevice(Device[ProbeOptions]):
    """A device that does nothing by itself."""

    options = ProbeOptions
    actions = (Action("open", "Opens.", NoArguments),)

    @classmethod
    def channels(cls, _: ProbeOptions) -> Iterable[Channel]:
        return (Channel("temperature", "°C", 1.0),)

    @classmethod
    def hears(cls, config: ProbeOptions) -> Iterable[str]:
        return config.hears

    async def run(self, _: Port) -> None:
        await asyncio.Event().wait()


PROBE = DeviceType(about="For tests.", module=__name__, device="ProbeDevice", scene="")
"""The catalogue has it as `probe` during these tests (`conftest.py`)."""


def lab_of(
    broker: Broker,
    *,
    hub: Iterable[ServiceName] = (ServiceName.HISTORY,),
    at: Mapping[str, str] | None = None,
    hears: Iterable[str] = (),
    outbox: lab.Outbox | None = None,
) -> Lab:
    """`garden` with a `bed`, `entrance` with a `door`, and a `hub`; `at` adds or moves devices."""
    room = outbox or lab.Outbox()
    nodes = {
        "garden": lab.Node(outbox=room),
        "entrance": lab.Node(),
        "hub": lab.Node(services=tuple(hub)),
    }
    options = {BED: ProbeOptions(), DOOR: ProbeOptions(tuple(hears))}
    where = {BED: "garden", DOOR: "entrance", **(at or {})}
    entries = {
        name: DeviceEntry(name, "probe", node, options.get(name, ProbeOptions())) for name, node in where.items()
    }
    return Lab("test", broker, Web(), nodes, entries, "fingerprint")


def at(broker: Mosquitto) -> Broker:
    return Broker(host=broker.host, port=broker.port)


class Pi:
    """One node, running until left."""

    def __init__(self, node: str, of: Lab, folder: Path, clock: Clock | None = None) -> None:
        self.node = node
        self.clock = clock or SystemClock()
        ends = Acknowledgement.HISTORY if of.keeps_history else Acknowledgement.BROKER
        self.outbox = Outbox(folder / node, node=node, clock=self.clock, options=of.nodes[node].outbox, until=ends)
        self.bus = Bus(self.outbox)
        self.link = Link(self.bus, self.outbox, of, node, self.clock)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self.outbox.run(), name=f"{self.node}: outbox"),
            asyncio.create_task(self.link.run(), name=f"{self.node}: link"),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in reversed(self._tasks):
            task.cancel()
            await asyncio.wait([task])
        for task in self._tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def port(self, device: str) -> DevicePort:
        return DevicePort(device, self.bus, self.clock)

    def desk(self, port: DevicePort) -> CommandDesk:
        return CommandDesk(ProbeDevice.actions, port, self.clock)

    async def connected(self) -> None:
        await until(lambda: self.link.status.connected)


@dataclass(frozen=True, slots=True)
class Heard:
    topic: str
    payload: bytes
    retained: bool
    properties: Any

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Outsider:
    """Any other program at the broker: hears everything of the site and says what it likes."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.heard: list[Heard] = []

    def on(self, topic: str) -> list[Heard]:
        """What came on a topic below the site."""
        return [heard for heard in self.heard if heard.topic == f"alcolab/test/{topic}"]

    async def say(self, topic: str, payload: object, **options: Any) -> None:
        data = payload if isinstance(payload, bytes | str) else json.dumps(payload)
        await self.client.publish(f"alcolab/test/{topic}", data, qos=1, **options)

    async def hear(self, topic: str, count: int = 1) -> list[Heard]:
        await until(lambda: len(self.on(topic)) >= count)
        return self.on(topic)

    async def _listen(self) -> None:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes | bytearray)
            self.heard.append(Heard(str(message.topic), bytes(message.payload), message.retain, message.properties))


@asynccontextmanager
async def outsider(broker: Mosquitto, *topics: str) -> AsyncIterator[Outsider]:
    async with aiomqtt.Client(broker.host, broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        someone = Outsider(client)
        for topic in topics or ("alcolab/#", "homeassistant/#"):
            await client.subscribe(topic, qos=1)
        listening = asyncio.create_task(someone._listen(), name="outsider")
        try:
            yield someone
        finally:
            listening.cancel()
            await asyncio.wait([listening])
