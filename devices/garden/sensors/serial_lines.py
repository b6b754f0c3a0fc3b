"""A radio gateway on a serial port, shared by the sensors of a bed: each takes one value of one node's lines."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from devices.board.board import Board
from devices.device import Json
from devices.errors import AlcolabError, DeviceOffline
from devices.garden.options import SerialLinesSensor
from devices.garden.sensors.radio_line import LineParser, RadioLine, parse
from devices.garden.sensors.sensor import Measure, Sample, Sensor, beside
from devices.garden.sensors.sequence import SequenceWatch

log = logging.getLogger(__name__)

REOPEN_S = 2.0


class Gateway:
    """Reads one port for all its sensors, and opens it again after a loss. Lines of other nodes are ignored."""

    def __init__(self, port: str, baudrate: int, board: Board) -> None:
        self.port = port
        self._baudrate = baudrate
        self._board = board
        self._parser = LineParser()
        self._sequences: dict[str, SequenceWatch] = {}
        self._values: dict[tuple[str, str], asyncio.Queue[Sample]] = {}
        self._is_lost = asyncio.Event()
        self._reason = ""

    @property
    def rejected(self) -> int:
        """Lines that were none."""
        return self._parser.rejected

    @property
    def lost(self) -> Mapping[str, int]:
        """Lines that were sent and not heard, by node."""
        return {node: sequence.lost for node, sequence in self._sequences.items()}

    def newest(self, node: str, value: str) -> asyncio.Queue[Sample]:
        """Where the newest sample of one value waits to be taken."""
        self._sequences.setdefault(node, SequenceWatch())
        return self._values.setdefault((node, value), asyncio.Queue(maxsize=1))

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except AlcolabError as error:
                self._lose(str(error))
            except Exception as error:
                log.exception("the gateway at %s failed", self.port)
                self._lose(f"{type(error).__name__}: {error}")
            await asyncio.sleep(REOPEN_S)

    async def lost_port(self) -> None:
        """Wait until the port is lost.

        Raises:
            DeviceOffline: it is, and why.
        """
        await self._is_lost.wait()
        raise DeviceOffline(self._reason)

    async def _listen(self) -> None:
        async with self._board.serial(self.port, baudrate=self._baudrate) as serial:
            self._is_lost.clear()
            while True:
                for line in self._parser.feed(await serial.read()):
                    self._hear(line)

    def _hear(self, line: RadioLine) -> None:
        sequence = self._sequences.get(line.node)
        if sequence is None or not sequence.is_new(line.sequence):
            return
        now = self._board.clock.now()
        for name, value in line.values.items():
            if (newest := self._values.get((line.node, name))) is not None:
                _replace(newest, Sample(value, now))

    def _lose(self, reason: str) -> None:
        """A sample that still waits is of the time before the loss: too old when the port is back."""
        self._reason = reason
        self._is_lost.set()
        for newest in self._values.values():
            if newest.full():
                newest.get_nowait()


def _replace(newest: asyncio.Queue[Sample], sample: Sample) -> None:
    if newest.full():
        newest.get_nowait()
    newest.put_nowait(sample)


class SerialLineValue(Sensor):
    """One value of one node, as its lines come."""

    def __init__(self, options: SerialLinesSensor, gateway: Gateway) -> None:
        self._gateway = gateway
        self._newest = gateway.newest(options.node, options.value)
        self._name = f"{gateway.port}: {options.node} {options.value}"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Measure]:
        async with beside(self._gateway.lost_port(), name=self._name):
            yield self._newest.get


def decode(text: str) -> Mapping[str, Json]:
    """One line, with its `$` and checksum: `{"node": "greenhouse", "sequence": 7, "values": {"soil": 1.9}}`.

    Raises:
        BadFrame: not such a line.
    """
    line = parse(text)
    return {"node": line.node, "sequence": line.sequence, "values": line.values}
