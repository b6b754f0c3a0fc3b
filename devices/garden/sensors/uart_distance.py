"""The A02YYUW ultrasonic probe: a frame of four bytes, `FF H L SUM`, three to ten times a second at 9600 8N1.

Source: DFRobot, SEN0311 data sheet, "UART output form": SUM is the low byte of FF + H + L, the distance H·256 + L mm.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from devices.board.board import Board, Serial
from devices.board.clock import Clock
from devices.device import Json
from devices.errors import BadFrame, NoReply
from devices.garden.options import MILLIMETRES_PER, UartDistanceSensor
from devices.garden.sensors.sensor import Measure, Sample, Sensor, beside, hex_bytes

HEADER = 0xFF
FRAME_BYTES = 4
NEAREST_MM, FARTHEST_MM = 30, 4500
FRAME_WITHIN_S = 5.0


class A02yyuw(Sensor):
    """Listens to the probe all the time; a measurement is the newest frame."""

    def __init__(self, options: UartDistanceSensor, board: Board) -> None:
        self._port = options.port
        self._millimetres = 1.0 if options.calibration else MILLIMETRES_PER[options.unit]
        self._board = board

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Measure]:
        async with self._board.serial(self._port, baudrate=9600) as serial:
            heard = Heard(self._board.clock)
            async with beside(heard.listen(serial), name=f"{self._port}: frames"):

                async def measure() -> Sample:
                    sample = await heard.newest()
                    return Sample(sample.raw / self._millimetres, sample.at)

                yield measure


class Heard:
    """The newest distance that the probe has sent and nobody has taken, and why there is none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._frames = FrameParser()
        self._newest: asyncio.Queue[tuple[Sample, float]] = asyncio.Queue(maxsize=1)

    async def listen(self, serial: Serial) -> None:
        while True:
            distances = self._frames.feed(await serial.read())
            if distances:
                if self._newest.full():
                    self._newest.get_nowait()
                self._newest.put_nowait((Sample(distances[-1], self._clock.now()), time.monotonic()))

    async def newest(self) -> Sample:
        """The newest sample, in millimetres; waits for one if the last is old or was taken.

        Raises:
            BadFrame: something came, but no distance.
            NoReply: nothing came.
        """
        self._frames.refused = ""
        try:
            async with asyncio.timeout(FRAME_WITHIN_S):
                while True:
                    sample, heard_s = await self._newest.get()
                    if time.monotonic() - heard_s <= FRAME_WITHIN_S:
                        return sample
        except TimeoutError:
            if self._frames.refused:
                raise BadFrame(self._frames.refused) from None
            raise NoReply(f"no frame within {FRAME_WITHIN_S:.0f} s: check the probe's supply and its TX wire") from None


class FrameParser:
    """Finds frames in a stream that may begin anywhere, and whose data may contain the header byte."""

    def __init__(self) -> None:
        self.refused = ""
        """Why the last bytes that were no frame were none."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[int]:
        """The distances that `data` completes, in millimetres. Fewer than four bytes are kept."""
        self._buffer += data
        distances = []
        while len(self._buffer) >= FRAME_BYTES:
            try:
                distances.append(millimetres(self._buffer[:FRAME_BYTES]))
                done = FRAME_BYTES
            except BadFrame as error:
                self.refused = str(error)
                following = self._buffer.find(HEADER, 1)
                done = following if following > 0 else len(self._buffer)
            del self._buffer[:done]
        return distances


def millimetres(frame: bytes | bytearray) -> int:
    """The distance in a frame of four bytes.

    Raises:
        BadFrame: no header, a wrong checksum, or a distance that the probe cannot measure.
    """
    header, high, low, check = frame
    if header != HEADER:
        raise BadFrame(f"a frame begins with ff, not {header:02x}: check that this is an A02YYUW at 9600 baud")
    if (expected := sum(frame[:3]) & 0xFF) != check:
        raise BadFrame(f"checksum {check:02x} should be {expected:02x}: check the probe's wires")
    distance_mm = high << 8 | low
    if distance_mm == 0:
        raise BadFrame("the probe hears no echo: check that nothing hangs before it and that it faces the water")
    if not NEAREST_MM <= distance_mm <= FARTHEST_MM:
        raise BadFrame(f"{distance_mm} mm is outside {NEAREST_MM} to {FARTHEST_MM} mm, what the probe can measure")
    return distance_mm


def decode(text: str) -> Mapping[str, Json]:
    """The distance in one frame, four bytes as hex: `{"value": 1953, "unit": "mm"}`.

    Raises:
        BadFrame: not four bytes, or not a measurement.
    """
    return {"value": millimetres(hex_bytes(text, FRAME_BYTES)), "unit": "mm"}
