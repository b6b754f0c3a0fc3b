"""A garden bed, tank or weather station: independent sensors under one name."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from devices.board.board import Board, Claim
from devices.device import Action, Channel, Device, Json, Port, StateKind
from devices.errors import Refused
from devices.garden.options import (
    GardenOptions,
    HwmonSensor,
    IioSensor,
    PulseSensor,
    SerialLinesSensor,
    UartDistanceSensor,
    W1Sensor,
)
from devices.garden.options import Sensor as SensorOptions
from devices.garden.quantities import quantity_of
from devices.garden.sensors.pulse import PulseCounter
from devices.garden.sensors.sensor import Sensor
from devices.garden.sensors.serial_lines import Gateway, SerialLineValue
from devices.garden.sensors.sysfs_value import Chip, SysfsValue
from devices.garden.sensors.uart_distance import A02yyuw
from devices.garden.sensors.w1 import W1Thermometer
from devices.garden.watch import Watch
from devices.options import STRICT, About, Name

ANSWER_WITHIN_S = 4.0
"""Asked for a measurement, a sensor that has not made one by then gives its last; a radio node cannot be asked."""
STATES_EVERY_S = 10.0
STATES_APART_S = 1.0
REASONS_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureArguments:
    """What `measure` takes."""

    __pydantic_config__ = STRICT
    sensor: Annotated[Name | None, About("The sensor to ask; all of the bed when left out.")] = None


class GardenBed(Device[GardenOptions]):
    """Online while at least one of its sensors gives values, offline when all of them have failed."""

    options = GardenOptions
    actions = (Action("measure", "Measure now, besides the schedule, and reply with the values.", MeasureArguments),)
    states = (
        StateKind("problems", "The sensors that give no value, each with the reason; empty when all is well."),
        StateKind("losses", "Since the start: radio lines lost and rejected, and pulses that the kernel dropped."),
    )

    @classmethod
    def channels(cls, config: GardenOptions) -> Iterable[Channel]:
        return [
            Channel(name, sensor.unit, sensor.every, quantity_of(name, sensor), isinstance(sensor, PulseSensor))
            for name, sensor in config.sensors.items()
        ]

    @classmethod
    def claims(cls, config: GardenOptions) -> Iterable[Claim]:
        """A gateway is claimed once, however many of the bed's sensors share it."""
        claims = []
        gateways = set()
        for sensor in config.sensors.values():
            match sensor:
                case PulseSensor(line=line):
                    claims.append(Claim("line", line))
                case UartDistanceSensor(port=port):
                    claims.append(Claim("serial", port))
                case SerialLinesSensor(port=port) if port not in gateways:
                    gateways.add(port)
                    claims.append(Claim("serial", port))
        return claims

    async def run(self, port: Port) -> None:
        await RunningBed(self.config, self.board, port).run()


class RunningBed:
    """A bed between being started and being cancelled."""

    def __init__(self, config: GardenOptions, board: Board, port: Port) -> None:
        self._board = board
        self._port = port
        self._chips: dict[tuple[str, str, str | None], Chip] = {}
        self._gateways: dict[str, Gateway] = {}
        self._counters: dict[str, PulseCounter] = {}
        self._changed = asyncio.Event()
        self._states: dict[str, Json] = {}
        self._watches = {
            channel: Watch(channel, sensor, self._sensor(channel, sensor), port, self._changed.set)
            for channel, sensor in config.sensors.items()
        }

    async def run(self) -> None:
        name = self._port.device
        self._port.serve("measure", self._measure)
        async with asyncio.TaskGroup() as group:
            for watch in self._watches.values():
                group.create_task(watch.run(), name=f"{name}/{watch.channel}")
            for gateway in self._gateways.values():
                group.create_task(gateway.run(), name=f"{name}: {gateway.port}")
            group.create_task(self._report(), name=f"{name}: states")

    def _sensor(self, channel: str, options: SensorOptions) -> Sensor:
        board = self._board
        match options:
            case IioSensor() | HwmonSensor():
                key = (options.type, options.name, options.at)
                return SysfsValue(options, self._chips.setdefault(key, Chip(*key, board)), board)
            case W1Sensor():
                return W1Thermometer(options, board)
            case UartDistanceSensor():
                return A02yyuw(options, board)
            case SerialLinesSensor(port=port, baudrate=baudrate):
                gateway = self._gateways.setdefault(port, Gateway(port, baudrate, board))
                return SerialLineValue(options, gateway)
            case PulseSensor():
                counter = self._counters[channel] = PulseCounter(options, self._port.device, channel, board)
                return counter

    async def _measure(self, arguments: MeasureArguments) -> Mapping[str, Json]:
        asked = [arguments.sensor] if arguments.sensor else list(self._watches)
        if unknown := [name for name in asked if name not in self._watches]:
            known = ", ".join(self._watches)
            raise Refused(f"{self._port.device} has no sensor {unknown[0]}; it has: {known}")
        watches = [self._watches[name] for name in asked]
        answers = [watch.ask() for watch in watches]
        _, unanswered = await asyncio.wait(answers, timeout=ANSWER_WITHIN_S)
        for answer in unanswered:
            answer.cancel()
        return {watch.channel: watch.as_json() for watch in watches}

    async def _report(self) -> None:
        """Availability and problems at once when they change, losses every ten seconds."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(STATES_EVERY_S):
                    await self._changed.wait()
            self._changed.clear()
            self._say_available()
            self._say("problems", self._problems())
            self._say("losses", self._losses())
            await asyncio.sleep(STATES_APART_S)

    def _say_available(self) -> None:
        outcomes = [watch.outcome for watch in self._watches.values()]
        if any(outcome is not None and outcome.value is not None for outcome in outcomes):
            self._port.online()
        elif None not in outcomes:
            problems = [f"{channel}: {problem}" for channel, problem in self._problems().items()]
            more = f"; and {len(problems) - REASONS_MOST} more" if len(problems) > REASONS_MOST else ""
            self._port.offline("; ".join(problems[:REASONS_MOST]) + more)

    def _problems(self) -> dict[str, str]:
        return {
            channel: watch.outcome.problem
            for channel, watch in self._watches.items()
            if watch.outcome is not None and watch.outcome.problem
        }

    def _losses(self) -> Json:
        lost = Counter[str]()
        for gateway in self._gateways.values():
            lost.update(gateway.lost)
        return {
            "lines-lost": lost,
            "lines-rejected": {port: gateway.rejected for port, gateway in self._gateways.items()},
            "pulses-missed": {channel: counter.missed for channel, counter in self._counters.items()},
        }

    def _say(self, state: str, value: Json) -> None:
        if self._states.get(state) != value:
            self._states[state] = value
            self._port.state(state, value)
