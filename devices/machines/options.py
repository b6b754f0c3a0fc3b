"""What `config.yaml` may say of a machine: who may use it, how it is switched, and when it is let run on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from devices.options import STRICT, About, ChosenBy, Name, Seconds, Within
from devices.policy.rules import MachineRules

LineName = Annotated[str, Within(pattern=r"^[A-Za-z0-9_.:-]{1,31}$")]
"""A GPIO line by the name on the pinout: GPIO17."""
KernelName = Annotated[str, Within(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Attribute = Annotated[str, Within(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A file of the kernel's driver; without a slash, so that it never leaves the sensor's folder."""
Hours = Annotated[float, Within(least=0.1, most=100_000)]
TASKS_MOST = 20


class Kind(StrEnum):
    """What a machine is; pages show its picture and its words."""

    PRINTER_3D = "3d-printer"
    CNC_MILL = "cnc-mill"
    VINYL_CUTTER = "vinyl-cutter"
    SCANNER_3D = "3d-scanner"
    SEWING_MACHINE = "sewing-machine"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayOptions:
    """The interlock: a relay or contactor that lets the machine run while its line is active."""

    __pydantic_config__ = STRICT
    line: Annotated[LineName, About("Its output line, with a resistor outside the Pi that holds it off.")]
    active_low: Annotated[bool, About("The machine may run while the line is low.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSensor:
    """A current sensor with a driver in the kernel: a clamp behind an analogue converter, or an INA219.

    Raises:
        ValueError: `idle` above `running`.
    """

    __pydantic_config__ = STRICT
    type: Annotated[Literal["iio", "hwmon"], About("Where the kernel lists it.")]
    name: Annotated[KernelName, About("What the kernel calls the chip: the content of its `name` file.")]
    at: Annotated[KernelName | None, About("The chip's place, such as 1-0040: tells twins apart.")] = None
    attribute: Annotated[Attribute, About("File of the driver to read, such as curr1_input.")]
    running: Annotated[float, About("A job runs when the driver's number rises to this.")]
    idle: Annotated[float, About("The job has ended when it falls to this, and stays so for `rest`.")]
    rest: Annotated[Seconds, About("A job that pauses for less goes on.")] = 20.0

    def __post_init__(self) -> None:
        if self.idle >= self.running:
            raise ValueError(f"idle ({self.idle:g}) must be below running ({self.running:g})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentLine:
    """A current switch, or the machine's own signal, on a GPIO line."""

    __pydantic_config__ = STRICT
    type: Annotated[Literal["line"], About("A contact that says whether the machine works.")]
    line: Annotated[LineName, About("Its line.")]
    active_low: Annotated[bool, About("It pulls the line to ground while the machine works.")] = True
    rest: Annotated[Seconds, About("A job that pauses for less goes on.")] = 20.0


Current: TypeAlias = CurrentSensor | CurrentLine


@dataclass(frozen=True, slots=True, kw_only=True)
class OopsOptions:
    """A button that anybody presses when something is wrong. It is no emergency stop (ISO 13850): that one is wired."""

    __pydantic_config__ = STRICT
    line: Annotated[LineName, About("Its line.")]
    active_low: Annotated[bool, About("Pressed pulls the line to ground, against the Pi's own resistor.")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long a session lasts, and how it ends.

    Raises:
        ValueError: a warning as long as the session.
    """

    __pydantic_config__ = STRICT
    most: Annotated[Seconds, About("Longest session.")] = 14400.0
    warning: Annotated[Seconds, About("The end is announced so long before.")] = 300.0
    grace: Annotated[Seconds, About("Time to finish after the longest session; then the machine is off.")] = 120.0
    cut_jobs: Annotated[bool, About("Badge out and the end of the grace switch off even while a job runs.")] = False
    job_most: Annotated[
        Seconds | None,
        About("A job may run on for so long after the session, and no longer; left out, until it is done."),
    ] = None

    def __post_init__(self) -> None:
        if self.warning >= self.most:
            raise ValueError(f"warning ({self.warning:g} s) must be shorter than most ({self.most:g} s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineOptions:
    """A machine behind an interlock.

    Raises:
        ValueError: one line for two things, or too many tasks.
    """

    __pydantic_config__ = STRICT
    kind: Annotated[Kind, About("What it is: 3d-printer, cnc-mill, vinyl-cutter, 3d-scanner, sewing-machine, other.")]
    badges: Annotated[Name, About("The badge reader beside it, on the same Pi.")]
    relay: Annotated[RelayOptions, About("The interlock relay.")]
    current: Annotated[
        Annotated[Current, ChosenBy("type")] | None,
        About("How to know that a job runs; left out, nobody knows, and a session alone decides."),
    ] = None
    oops: Annotated[OopsOptions | None, About("The button for when something is wrong.")] = None
    session: Annotated[SessionRules, About("How long, and how it ends.")] = field(default_factory=SessionRules)
    room: Annotated[
        Name | None, About("The door of its room: who passed it counts as there, for rules that need somebody there.")
    ] = None
    policy_age: Annotated[
        Seconds | None, About("How old the hub's word on who may use it may be; left out, as old as it gets.")
    ] = None
    maintenance: Annotated[
        Mapping[Name, Hours], About("Tasks, and after how many hours of use each is due: {nozzle: 200}.")
    ] = field(default_factory=dict)
    rules: Annotated[MachineRules, About("Who may use it, and when.")] = field(default_factory=MachineRules)

    def __post_init__(self) -> None:
        lines = list(self.lines())
        if twice := sorted({line for line in lines if lines.count(line) > 1}):
            raise ValueError(f"one line has one use, but {', '.join(twice)} has several")
        if len(self.maintenance) > TASKS_MOST:
            raise ValueError(f"maintenance has at most {TASKS_MOST} tasks, not {len(self.maintenance)}")

    def lines(self) -> Iterator[str]:
        """Every GPIO line that the machine holds."""
        yield self.relay.line
        if isinstance(self.current, CurrentLine):
            yield self.current.line
        if self.oops:
            yield self.oops.line
