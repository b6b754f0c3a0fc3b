"""One sensor's task: measures on time, judges what came, reports it, and tries again after a failure."""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.board.clock import Moment
from devices.device import Json, Port, Quality
from devices.errors import AlcolabError, BadFrame, NoReply
from devices.garden.calibration import in_force, interpolate
from devices.garden.grid import Grid
from devices.garden.options import Sensor as SensorOptions
from devices.garden.plausibility import Plausibility
from devices.garden.sensors.sensor import Sample, Sensor

log = logging.getLogger(__name__)

RETRY_S = 10.0
"""A sensor that failed is tried again so soon, or when it is due if that is sooner."""
SILENCE_S = 8.0
"""A measurement may take a period and so much longer: announced within two periods and ten seconds of the last one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the last measurement."""

    value: float | None
    quality: Quality
    at: Moment
    problem: str = ""


class Watch:
    """Runs one sensor until cancelled. Whatever the sensor does, it disturbs nobody else."""

    def __init__(
        self, channel: str, options: SensorOptions, sensor: Sensor, port: Port, changed: Callable[[], None]
    ) -> None:
        self.channel = channel
        self.outcome: Outcome | None = None
        """None until the first measurement has succeeded or failed."""
        self._options = options
        self._sensor = sensor
        self._port = port
        self._changed = changed
        self._plausibility = Plausibility(options.range, options.max_rate_per_min, options.every)
        self._loop = asyncio.get_running_loop()
        self._grid = Grid(f"{port.device}/{channel}", options.every, self._loop.time())
        self._asked = asyncio.Event()
        self._answers: list[asyncio.Future[Outcome]] = []
        self._reported_s = float("-inf")

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except (NoReply, TimeoutError) as error:
                self._fail(Quality.STALE, str(error) or "nothing has come for more than a period")
            except AlcolabError as error:
                self._fail(Quality.FAILED, str(error))
            except Exception as error:  # noqa: BLE001 - one sensor's worst must not reach the others
                self._fail(Quality.FAILED, f"{type(error).__name__}: {error}", unexpected=error)
            now_s = self._loop.time()
            await self._wait_until(min(self._grid.next_after(now_s), now_s + RETRY_S))

    def ask(self) -> asyncio.Future[Outcome]:
        """Measure now; the future gives the outcome, and may be cancelled."""
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        self._answers.append(answer)
        self._asked.set()
        return answer

    def as_json(self) -> Mapping[str, Json]:
        """The last outcome, as a command's reply gives it."""
        if self.outcome is None:
            return {"value": None, "unit": self._options.unit, "quality": Quality.STALE}
        said = {
            "value": self.outcome.value,
            "unit": self._options.unit,
            "quality": self.outcome.quality,
            "at": self.outcome.at.rfc3339(),
        }
        return said | {"problem": self.outcome.problem} if self.outcome.problem else said

    async def _follow(self) -> None:
        """Open the sensor and report what it measures; ends with the failure that ends it."""
        patience_s = self._options.every + SILENCE_S
        async with asyncio.timeout(patience_s) as deadline, self._sensor.opened() as measure:
            while True:
                self._take(await measure())
                due_s = self._grid.next_after(self._loop.time())
                deadline.reschedule(due_s + patience_s)
                await self._wait_until(due_s)

    async def _wait_until(self, due_s: float) -> None:
        """Wait until the sensor is due, or somebody asks for a measurement."""
        alarm = self._loop.call_at(due_s, self._asked.set)
        try:
            await self._asked.wait()
        finally:
            alarm.cancel()

    def _take(self, sample: Sample) -> None:
        value, quality = self._judged(sample)
        raw = rounded(sample.raw) if self._options.calibration else None
        if self.outcome is not None and self.outcome.problem:
            log.info("%s/%s is back", self._port.device, self.channel)
        self._report(Outcome(value, quality, sample.at), raw)

    def _judged(self, sample: Sample) -> tuple[float, Quality]:
        """The calibrated value and its quality; uncalibrated and suspect before the first calibration begins."""
        calibrations = self._options.calibration
        if not calibrations:
            value = rounded(sample.raw)
            return value, self._plausibility.judge(value, self._loop.time())
        today = sample.at.utc.astimezone().date() if sample.at.trusted else None
        if (calibration := in_force(calibrations, today)) is None:
            return rounded(sample.raw), Quality.SUSPECT
        value = rounded(interpolate(calibration.points, sample.raw))
        return value, self._plausibility.judge(value, self._loop.time())

    def _fail(self, quality: Quality, problem: str, *, unexpected: Exception | None = None) -> None:
        """Say once that the sensor is lost, and in every period that it still is."""
        before = self.outcome
        failed = Outcome(None, quality, self._port.now(), problem)
        if before is None or not before.problem:
            log.warning("%s/%s is lost: %s", self._port.device, self.channel, problem, exc_info=unexpected)
        elif before.quality is quality and self._loop.time() < self._reported_s + self._options.every:
            self._settle(failed)
            return
        self._report(failed, None)

    def _report(self, outcome: Outcome, raw: float | None) -> None:
        self._reported_s = self._loop.time()
        self._port.read(
            self.channel,
            outcome.value,
            unit=self._options.unit,
            quality=outcome.quality,
            raw=raw,
            period_s=self._options.every,
            at=outcome.at,
        )
        self._settle(outcome)

    def _settle(self, outcome: Outcome) -> None:
        before, self.outcome = self.outcome, outcome
        if before is None or before.problem != outcome.problem:
            self._changed()
        for answer in self._answers:
            if not answer.done():
                answer.set_result(outcome)
        self._answers.clear()
        self._asked.clear()


def rounded(number: float) -> float:
    """Twelve significant digits: more than any sensor has, and 25.08 rather than 25.080000000000002.

    Raises:
        BadFrame: too large to be a number.
    """
    if not math.isfinite(number):
        raise BadFrame("the sensor's number is too large: check `scale`, `offset` and `calibration`")
    return float(f"{number:.12g}")
