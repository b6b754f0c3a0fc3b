"""What `config.yaml` may say of a door: how it is wired. Who may pass stands there too, and reaches it by the hub."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from devices.board.board import Bias
from devices.options import DURATION, STRICT, About, Name, Parsed, Within, parse_duration
from devices.policy.rules import DoorRules

LineName = Annotated[str, Within(pattern=r"^[A-Za-z0-9_.:-]{1,31}$")]
"""A GPIO line by the name on the pinout: GPIO17."""
Debounce = Annotated[
    Annotated[float, Within(least=0.0, most=1.0), Parsed(parse_duration, DURATION, "50ms")],
    About("Shorter changes do not count."),
]
Resistor = Annotated[Bias, About("The resistor inside the Pi: pull-up, pull-down, disabled or as-is.")]


class Fails(StrEnum):
    """What the door does without this Pi."""

    SECURE = "secure"
    """It stays locked from outside: the output is on while it is unlocked."""
    SAFE = "safe"
    """It is unlocked: the output is on while it is locked."""


class Relock(StrEnum):
    """When a door that was opened is locked again, if its time is not over before."""

    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What locks: an electric strike, a magnet, a motor lock, on a relay."""

    __pydantic_config__ = STRICT
    line: Annotated[LineName, About("Line of its relay, such as GPIO17.")]
    fails: Annotated[Fails, About("What the door does while this Pi drives nothing: secure (locked) or safe.")] = (
        Fails.SECURE
    )
    active_low: Annotated[bool, About("The relay is on while the line is low.")] = False
    unlock: Annotated[
        Annotated[float, Within(least=0.5, most=60), Parsed(parse_duration, DURATION, "5s")],
        About("How long it is unlocked for one badge."),
    ] = 5.0
    relock: Annotated[Relock, About("Locked again as soon as it was opened, or closed again.")] = Relock.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Tells whether the door is open."""

    __pydantic_config__ = STRICT
    line: Annotated[LineName, About("Line of the contact.")]
    active_low: Annotated[bool, About("Low means open; else high, as with a reed contact to ground.")] = False
    bias: Resistor = Bias.PULL_UP
    debounce: Debounce = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A button or detector inside, for those who leave."""

    __pydantic_config__ = STRICT
    line: Annotated[LineName, About("Line of the button or detector.")]
    active_low: Annotated[bool, About("Low means pressed, as with a button to ground.")] = True
    bias: Resistor = Bias.PULL_UP
    debounce: Debounce = 0.05
    unlocks: Annotated[
        bool, About("It unlocks; false where the handle or the button's wiring does, and it only prevents an alarm.")
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A contact of the fire alarm, observed only: its wiring, not this Pi, lets people out."""

    __pydantic_config__ = STRICT
    line: Annotated[LineName, About("Line of the alarm's contact.")]
    active_low: Annotated[bool, About("Low means fire; else high, so that a cut wire counts as fire.")] = False
    bias: Resistor = Bias.PULL_UP
    debounce: Debounce = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOptions:
    """A door that badges open.

    Raises:
        ValueError: two parts on one line, one reader on both sides, a warning that would come before the door opens.
    """

    __pydantic_config__ = STRICT
    badges: Annotated[Name, About("The badge reader outside, on the same Pi.")]
    exit_badges: Annotated[Name | None, About("The badge reader inside, on the same Pi, if leaving needs a badge.")] = (
        None
    )
    strike: Annotated[Strike, About("What locks it.")]
    contact: Annotated[Contact | None, About("What tells whether it is open; without it there are no alarms.")] = None
    exit: Annotated[Exit | None, About("The exit button or detector.")] = None
    fire: Annotated[Fire | None, About("The fire alarm's contact.")] = None
    held_open: Annotated[
        Annotated[float, Within(least=5, most=3600), Parsed(parse_duration, DURATION, "30s")],
        About("It may stand open for so long; then it is an alarm."),
    ] = 30.0
    warning: Annotated[
        Annotated[float, Within(least=0, most=3600), Parsed(parse_duration, DURATION, "10s")],
        About("A warning so long before that alarm; 0s: none."),
    ] = 10.0
    policy_age: Annotated[
        Annotated[float, Within(over=0), Parsed(parse_duration, DURATION, "7d")] | None,
        About("A policy that the hub made longer ago opens to nobody; null: any age will do."),
    ] = 7 * 86400.0
    others: Annotated[
        tuple[Name, ...],
        About("Other doors to the same room, heard for capacity and anti-passback as far as they are."),
    ] = ()
    rules: Annotated[DoorRules, About("Who may pass, and when: the hub tells the door in its policy.")] = field(
        default_factory=DoorRules
    )

    def __post_init__(self) -> None:
        lines = list(self.lines())
        if len(set(lines)) < len(lines):
            raise ValueError(f"one line for two parts of the door: {', '.join(sorted(lines))}")
        if self.badges == self.exit_badges:
            raise ValueError(f"{self.badges} cannot stand outside and inside: leave out exit_badges")
        if self.warning >= self.held_open:
            raise ValueError("the warning would come before the door opens: make it shorter than held_open")

    def lines(self) -> Iterator[str]:
        """The GPIO lines that it holds."""
        yield self.strike.line
        yield from (part.line for part in (self.contact, self.exit, self.fire) if part)
