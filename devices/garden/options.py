"""What `config.yaml` may say of a garden bed: its sensors, and how each one's numbers become a quantity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from devices.board.board import Bias
from devices.options import DURATION, STRICT, About, ChosenBy, Name, Parsed, Within, parse_duration

Period = Annotated[float, Within(least=0.001), Parsed(parse_duration, DURATION, "10min")]
Attribute = Annotated[str, Within(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A file of the kernel's driver; without a slash, so that it never leaves the sensor's folder."""
KernelName = Annotated[str, Within(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Word = Annotated[str, Within(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
"""A node or value in a radio line."""

MILLIMETRES_PER = {"mm": 1.0, "cm": 10.0, "m": 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a sensor showed at known values, from a day on.

    Raises:
        ValueError: fewer than two points, or raw values that neither rise nor fall throughout.
    """

    __pydantic_config__ = STRICT
    since: Annotated[date, About("First day on which it applies, until a later calibration does.")]
    points: Annotated[
        tuple[tuple[float, float], ...],
        About("Pairs [raw, value], straight lines between them and beyond the ends; raw is before calibration."),
    ]

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError("a calibration needs two points or more, each [raw, value]")
        steps = [after[0] - before[0] for before, after in pairwise(self.points)]
        if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            raise ValueError("the raw values of a calibration must all rise or all fall: sort the points, no raw twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorOptions:
    """What every sensor of a bed has.

    Raises:
        ValueError: a range upside down, or two calibrations of one day.
    """

    __pydantic_config__ = STRICT
    unit: Annotated[
        str, About("Unit of the value, as people read it: °C, %, hPa, mm, L."), Within(pattern=r"^\S.{0,15}$")
    ]
    every: Annotated[Period, About("Time from one reading to the next.")] = 60.0
    range: Annotated[
        tuple[float, float] | None,
        About("Lowest and highest believable value, in `unit`; a reading outside is suspect."),
    ] = None
    max_rate_per_min: Annotated[
        Annotated[float, Within(over=0)] | None,
        About("Fastest believable change, in `unit` per minute; a faster one is suspect until confirmed."),
    ] = None
    calibration: Annotated[
        tuple[Calibration, ...],
        About(
            "Dated calibrations; the last that has begun applies, and the raw value is kept beside the calibrated one."
        ),
    ] = ()

    def __post_init__(self) -> None:
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError(f"range is [lowest, highest], but {self.range[0]:g} is not below {self.range[1]:g}")
        days = [calibration.since for calibration in self.calibration]
        if len(set(days)) < len(days):
            raise ValueError("two calibrations begin on the same day: keep one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelSensor(SensorOptions):
    """A sensor that one of the kernel's drivers reads.

    Raises:
        ValueError: a scale of 0, which would make every reading the same.
    """

    name: Annotated[KernelName, About("What the kernel calls the chip: the content of its `name` file.")]
    at: Annotated[
        KernelName | None, About("The chip's place, such as 1-0048 (I²C bus 1, address 0x48): tells twins apart.")
    ] = None
    attribute: Annotated[Attribute, About("File of the driver to read, such as in_temp_input.")]
    set: Annotated[
        Mapping[Attribute, int | float | str],
        About("Files of the driver to write first, at start and whenever the chip has been away."),
    ] = field(default_factory=dict)
    scale: Annotated[float, About("Factor from the driver's number to `unit`, or to the calibration's raw value.")] = (
        1.0
    )
    offset: Annotated[float, About("Added after `scale`, in the same unit.")] = 0.0

    def __post_init__(self) -> None:
        SensorOptions.__post_init__(self)
        if self.scale == 0:
            raise ValueError("scale 0 would make every reading the same: leave it out for 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class IioSensor(KernelSensor):
    """A sensor under /sys/bus/iio/devices: climate, light, pressure, or a probe behind an analogue converter."""

    type: Annotated[Literal["iio"], About("A sensor of the kernel's Industrial I/O drivers.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class HwmonSensor(KernelSensor):
    """A sensor under /sys/class/hwmon: mostly temperatures and voltages of boards and boxes."""

    type: Annotated[Literal["hwmon"], About("A sensor of the kernel's hardware monitoring drivers.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class W1Sensor(SensorOptions):
    """A 1-Wire thermometer under /sys/bus/w1/devices."""

    type: Annotated[Literal["w1"], About("A 1-Wire thermometer: DS18B20, DS18S20, DS1822, DS1825 or DS28EA00.")]
    id: Annotated[
        str,
        About("Its family and serial number, as /sys/bus/w1/devices lists it: 28-000005e2fdc3."),
        Within(pattern=r"^(10|22|28|3b|42)-[0-9a-f]{12}$"),
    ]
    unit: Annotated[Literal["°C"], About("Always °C.")] = "°C"


@dataclass(frozen=True, slots=True, kw_only=True)
class UartDistanceSensor(SensorOptions):
    """An A02YYUW ultrasonic probe, which says several times a second how far the water or the ground is.

    Raises:
        ValueError: a unit that is no length, without a calibration that gives it.
    """

    type: Annotated[Literal["uart-distance"], About("An A02YYUW ultrasonic probe on a serial port.")]
    port: Annotated[str, About("Its serial port, such as /dev/alcolab/tank."), Within(pattern=r"^\S+$")]
    unit: Annotated[str, About("mm, cm or m; or what the calibration makes of millimetres, such as L.")] = "mm"

    def __post_init__(self) -> None:
        SensorOptions.__post_init__(self)
        if not self.calibration and self.unit not in MILLIMETRES_PER:
            raise ValueError(
                f"a distance is in mm, cm or m; for {self.unit} add a calibration of [millimetres, {self.unit}]"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialLinesSensor(SensorOptions):
    """One value of one radio node, whose lines a gateway writes to a serial port."""

    type: Annotated[Literal["serial-lines"], About("A value in the text lines of a radio gateway.")]
    port: Annotated[
        str, About("The gateway's serial port; the sensors of one bed may share it."), Within(pattern=r"^\S+$")
    ]
    baudrate: Annotated[int, About("Speed of the port, in bit/s."), Within(least=300, most=4_000_000)] = 9600
    node: Annotated[Word, About("The radio node, the first field of its lines.")]
    value: Annotated[Word, About("The value's name in these lines.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseSensor(SensorOptions):
    """A contact that closes once for each portion: a tipping rain gauge, a water meter."""

    type: Annotated[Literal["pulse"], About("A contact or meter that gives pulses; the reading is the total so far.")]
    line: Annotated[str, About("GPIO line, as printed on the pinout: GPIO17."), Within(pattern=r"^\S+$")]
    per_pulse: Annotated[
        Annotated[float, Within(over=0)], About("What one pulse stands for, in `unit`, such as 0.2794 (mm of rain).")
    ] = 1.0
    bias: Annotated[
        Bias,
        About(
            "Resistor inside the Pi. pull-up counts when the contact closes to ground, the others when the line rises."
        ),
    ] = Bias.PULL_UP
    debounce: Annotated[
        Annotated[float, Within(least=0, most=1), Parsed(parse_duration, DURATION, "5ms")],
        About("A level must last so long to count; a contact bounces for a few milliseconds."),
    ] = 0.005


Sensor: TypeAlias = IioSensor | HwmonSensor | W1Sensor | UartDistanceSensor | SerialLinesSensor | PulseSensor


@dataclass(frozen=True, slots=True, kw_only=True)
class GardenOptions:
    """A bed, a tank or a weather station.

    Raises:
        ValueError: no sensor, or one gateway at two speeds.
    """

    __pydantic_config__ = STRICT
    sensors: Annotated[
        Mapping[Name, Annotated[Sensor, ChosenBy("type")]], About("The sensors, by the name that their readings bear.")
    ]

    def __post_init__(self) -> None:
        if not self.sensors:
            raise ValueError("a garden device needs at least one sensor")
        speeds: dict[str, tuple[str, int]] = {}
        for name, sensor in self.sensors.items():
            if isinstance(sensor, SerialLinesSensor):
                first, speed = speeds.setdefault(sensor.port, (name, sensor.baudrate))
                if sensor.baudrate != speed:
                    raise ValueError(f"{first} and {name} share {sensor.port}: give both the same baudrate")
