"""What is plugged in at the outside of a simulated garden: each prop plays one sensor, or breaks it."""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from random import Random
from typing import TypeAlias

from devices.board.board import Bias
from devices.board.world import Fault, World
from devices.garden import sent
from devices.garden.options import IioSensor, KernelSensor, PulseSensor, SerialLinesSensor, UartDistanceSensor, W1Sensor
from devices.garden.sensors.radio_line import SEQUENCES, framed

DRIFT_PER_S = 0.005
"""A drifting sensor is off by so much of its value, or of 20 where that is more, after each second."""
VALUES_IN_LINE = 3
NOISE = Random(1)  # noqa: S311 - garbage, not a secret

Raw: TypeAlias = Callable[[], float]
"""What a sensor shows now, before the driver's calibration."""


class Prop(ABC):
    """Plays until the scene ends: `step` is called every `every_s`."""

    every_s: float

    @abstractmethod
    def step(self) -> None:
        """Show the present value, or the fault now played."""


class Drift:
    """How far a sensor has drifted since the fault began."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def of(self, value: float, fault: Fault | None) -> float:
        """The value, with its drift."""
        if fault is not Fault.DRIFT:
            self._since_s = None
            return value
        if self._since_s is None:
            self._since_s = time.monotonic()
        return value + max(abs(value), 20.0) * DRIFT_PER_S * (time.monotonic() - self._since_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A file that a driver shows: its text for a value, what it shows when broken, and what unplugging removes."""

    path: str
    text: Callable[[float], str]
    garbage: Sequence[str]
    plug: str
    settings: Mapping[str, str]
    """Files with what they hold when the chip is plugged in, before anybody has set them."""


class SysfsFile(Prop):
    """Plays one attribute of the kernel's tree."""

    def __init__(self, world: World, target: str, attribute: Attribute, every_s: float, raw: Raw) -> None:
        self.every_s = min(max(every_s / 4, 0.1), 2.0)
        self._world = world
        self._target = target
        self._attribute = attribute
        self._raw = raw
        self._drift = Drift()
        self._garbage = cycle(attribute.garbage)
        self._shown: str | None = None

    def step(self) -> None:
        match fault := self._world.fault(self._target):
            case Fault.UNPLUG:
                self._world.remove(self._attribute.plug)
                self._shown = None
            case Fault.HANG:
                self._world.hang(self._attribute.path)
                self._shown = ""
            case Fault.GARBAGE:
                self._show(next(self._garbage))
            case _:
                self._show(self._attribute.text(self._drift.of(self._raw(), fault)))

    def _show(self, text: str) -> None:
        if self._shown is None:
            for path, setting in self._attribute.settings.items():
                self._world.attribute(path, setting)
        if text != self._shown:
            self._world.attribute(self._attribute.path, text)
            self._shown = text


def kernel_attribute(world: World, sensor: KernelSensor) -> Attribute:
    """A driver's attribute. Unplugged, its file is gone; plugged in again, the chip has forgotten its settings."""
    chip = _chip(world, sensor)
    path = f"{chip}/{sensor.attribute}"
    return Attribute(
        path=path,
        text=partial(sent.kernel_text, sensor),
        garbage=("nan\n", "\n", "-\n", "0x12\n"),
        plug=path,
        settings={f"{chip}/{setting}": "1\n" for setting in sensor.set},
    )


def _chip(world: World, sensor: KernelSensor) -> str:
    """The folder of the chip: the one that another sensor has plugged in, or a new one with the next number."""
    listing, numbered, inside = ("class/hwmon", "hwmon", "/hwmon")
    if isinstance(sensor, IioSensor):
        listing, numbered, inside = ("bus/iio/devices", "iio:device", "")
    place = f"bus/i2c/devices/{sensor.at}{inside}"
    chips = sorted((world.sysfs / listing).glob(f"{numbered}*"))
    for chip in chips:
        is_here = sensor.at is None or (world.sysfs / place / chip.name).is_dir()
        if is_here and (chip / "name").read_text().strip() == sensor.name:
            return f"{listing}/{chip.name}"
    new = f"{numbered}{len(chips)}"
    world.attribute(f"{listing}/{new}/name", f"{sensor.name}\n")
    if sensor.at is not None:
        world.attribute(f"{place}/{new}/name", f"{sensor.name}\n")
    return f"{listing}/{new}"


def w1_attribute(sensor: W1Sensor) -> Attribute:
    """A 1-Wire slave. Garbage is what such a bus really gives: nothing, zeros, a broken checksum, 85 °C unmeasured."""
    folder = f"bus/w1/devices/{sensor.id}"
    family = sensor.id[:2]
    broken = bytes.fromhex("91 01 4b 46 7f ff 0f 10 00")
    power_on = sent.power_on_scratchpad(family)
    return Attribute(
        path=f"{folder}/w1_slave",
        text=lambda celsius: sent.w1_slave(sent.scratchpad(celsius, family)),
        garbage=("", *(sent.w1_slave(data) for data in (bytes(9), broken, power_on))),
        plug=folder,
        settings={},
    )


class Probe(Prop):
    """An A02YYUW, which sends a frame every 150 ms."""

    every_s = 0.15

    def __init__(self, world: World, target: str, sensor: UartDistanceSensor, raw: Raw) -> None:
        self._world = world
        self._target = target
        self._wire = world.serial(sensor.port)
        self._raw = raw
        self._drift = Drift()

    def step(self) -> None:
        fault = self._world.fault(self._target)
        if fault is Fault.UNPLUG:
            self._wire.unplug()
            return
        self._wire.plug()
        if fault is Fault.GARBAGE:
            self._wire.send(NOISE.randbytes(4).replace(b"\xff", b"\x55"))
        elif fault is not Fault.HANG:
            distance = round(self._drift.of(self._raw(), fault))
            self._wire.send(sent.distance_frame(min(max(distance, 30), 4500)))


class Radio(Prop):
    """A gateway and the nodes it hears; each line comes twice, as from a node that makes sure.

    Unplugged, the gateway is gone with all its nodes. A sensor that hangs is left out of its node's lines; one that
    gives garbage makes the node stammer, so that its lines arrive broken.
    """

    def __init__(
        self, world: World, port: str, sensors: Mapping[str, SerialLinesSensor], raws: Mapping[str, Raw]
    ) -> None:
        self.every_s = min(max(min(sensor.every for sensor in sensors.values()) / 2, 0.1), 5.0)
        self._world = world
        self._wire = world.serial(port)
        self._sensors = sensors
        self._raws = raws
        self._drifts = {target: Drift() for target in sensors}
        self._sequences: Counter[str] = Counter()

    def step(self) -> None:
        faults = {target: self._world.fault(target) for target in self._sensors}
        if Fault.UNPLUG in faults.values():
            self._wire.unplug()
            return
        self._wire.plug()
        for node in sorted({sensor.node for sensor in self._sensors.values()}):
            targets = [target for target, sensor in self._sensors.items() if sensor.node == node]
            for first in range(0, len(targets), VALUES_IN_LINE):
                self._send(node, {target: faults[target] for target in targets[first : first + VALUES_IN_LINE]})

    def _send(self, node: str, faults: Mapping[str, Fault | None]) -> None:
        values = {
            self._sensors[target].value: self._drifts[target].of(self._raws[target](), fault)
            for target, fault in faults.items()
            if fault is not Fault.HANG
        }
        if not values:
            return
        shown = ",".join(f"{name}={value:.2f}" for name, value in values.items())
        sequence = self._sequences[node] = (self._sequences[node] + 1) % SEQUENCES
        line = framed(f"{node},{sequence},{shown}")
        if Fault.GARBAGE in faults.values():
            line = line.replace(b"=", b"~")
        self._wire.send(line + line)


class Gauge(Prop):
    """A contact that closes once for each portion.

    Nobody can see a cut wire or a stuck contact: both read as no more pulses. Garbage is a contact that closes
    although nothing came, drift a gauge that tips half as often again.
    """

    every_s = 0.05

    def __init__(self, world: World, target: str, sensor: PulseSensor, portions: Raw) -> None:
        self._world = world
        self._target = target
        self._pin = world.pin(sensor.line)
        self._closed_level = sensor.bias is not Bias.PULL_UP
        self._portions = portions
        self._seen = portions()
        self._due = 0.0
        self._closed = False
        self._close(False)

    def step(self) -> None:
        fault = self._world.fault(self._target)
        seen = self._portions()
        self._due += (seen - self._seen) * (1.5 if fault is Fault.DRIFT else 1.0)
        self._seen = seen
        if fault is Fault.HANG:
            self._close(True)
        elif self._closed:
            self._close(False)
        elif fault is Fault.UNPLUG:
            self._due = 0.0
        elif self._due >= 1 or (fault is Fault.GARBAGE and NOISE.random() < 0.3):
            self._due = max(self._due - 1, 0.0)
            self._close(True)

    def _close(self, closed: bool) -> None:
        if closed is not self._closed or self._pin.driven is None:
            self._closed = closed
            self._pin.drive(closed is self._closed_level)
