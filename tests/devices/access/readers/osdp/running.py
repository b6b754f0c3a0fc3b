"""OSDP readers at a pty: libosdp's own peripheral devices at its other end, and who may sit on the wire between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.access.card import Card
from devices.access.options import OsdpReader
from devices.access.readers.osdp.frame import Frame, parse
from devices.access.readers.osdp.keys import ReaderKey, ReaderKeys
from devices.access.readers.osdp.osdp_reader import OsdpCardReader
from devices.access.readers.osdp.simulated_peer import LOOK_EVERY_S, SimulatedOsdpReader
from devices.access.readers.osdp.stream import FrameFinder
from devices.access.readers.reader import Refusal
from devices.board.board import Serial
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from tests.waiting import until

PORT = "/dev/alcolab/rs485"
KEY = bytes.fromhex("a1b2c3d4e5f60718293a4b5c6d7e8f90")
ADA, BOB = Card.numbered(0x00086CED), Card.numbered(0x00086CEE)


class Bench:
    """One Pi with one RS-485 line. `meddle` gets each answer of a reader, with the command, and says what arrives."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder / "world")
        self.board = CountingBoard(self.world, folder / "state")
        self.wire = self.world.serial(PORT)
        self.readers: list[SimulatedOsdpReader] = []
        self.commands: list[Frame] = []
        self.answers: list[bytes] = []
        self.meddle: Callable[[Frame | None, bytes], bytes] = lambda _, answer: answer
        self._finder = FrameFinder()

    def install(self, address: int = 1, key: bytes | None = None, **how: Any) -> SimulatedOsdpReader:
        """Screw a reader to the wall."""
        reader = SimulatedOsdpReader(address, key, **how)
        self.readers.append(reader)
        return reader

    async def keyed(self, address: int = 1, device: str = "badges") -> SimulatedOsdpReader:
        """A reader whose key the Pi knows."""
        await ReaderKeys(self.board, device).keep(ReaderKey(KEY))
        return self.install(address, KEY)

    def reader(self, address: int = 1, device: str = "badges", **options: Any) -> OsdpCardReader:
        """The same from within."""
        how = {"port": PORT, "baudrate": 115_200, "away": 0.3, **options}
        return OsdpCardReader(OsdpReader(type="osdp", address=address, **how), self.board, device)

    def sent(self, code: int, address: int = 1) -> list[Frame]:
        """The commands of this code that have gone to a reader."""
        return [frame for frame in self.commands if (frame.code, frame.address) == (code, address)]

    async def play(self) -> None:
        while True:
            data = self.wire.received()
            heard = [parse(frame) for frame in self._finder.feed(data)]
            self.commands += heard
            for reader in self.readers:
                answer = reader.hears(data)
                self.answers += [answer] if answer else []
                if arriving := self.meddle(heard[-1] if heard else None, answer) if answer or heard else b"":
                    self.wire.send(arriving)
            await asyncio.sleep(LOOK_EVERY_S)


class CountingBoard(SimulatedBoard):
    """Counts how often the line is opened and closed."""

    opened = closed = 0

    @asynccontextmanager
    async def serial(self, port: str, *, baudrate: int = 9600) -> AsyncIterator[Serial]:
        async with super().serial(port, baudrate=baudrate) as serial:
            self.opened += 1
            try:
                yield serial
            finally:
                self.closed += 1


@dataclass
class Session:
    """A reader while it is open."""

    cards: list[Card | Refusal] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    online: bool = False
    error: Exception | None = None

    async def read(self, count: int = 1) -> list[Card | Refusal]:
        await until(lambda: len(self.cards) >= count or self.error)
        assert self.error is None
        return self.cards

    async def until_online(self) -> None:
        await until(lambda: self.online or self.error)
        assert self.error is None

    async def until_failed(self) -> Exception:
        await until(lambda: self.error)
        assert self.error is not None
        return self.error


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """A line that is played until the test leaves the context."""
    played = Bench(folder)
    task = asyncio.create_task(played.play(), name="the readers at the line")
    try:
        yield played
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def opened(reader: OsdpCardReader) -> AsyncIterator[Session]:
    """A reader that is opened once and read until it fails or the test leaves the context."""
    session = Session()

    async def read() -> None:
        try:
            async with reader.opened(session.problems.append) as cards:
                session.online = True
                async for card in cards:
                    session.cards.append(card)
        except Exception as error:  # noqa: BLE001 - the test asks for it
            session.error = error

    task = asyncio.create_task(read(), name="reader")
    try:
        yield session
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def steady(played: Bench, session: Session) -> None:
    """Wait until the reader is online and polled."""
    await session.until_online()
    count = len(played.commands)
    await until(lambda: [frame.code for frame in played.commands[count:]].count(0x60) >= 3)
