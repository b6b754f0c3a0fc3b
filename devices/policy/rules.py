"""What a door or a machine asks of those who use it: options in `config.yaml`, which the hub puts into each policy."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from devices.opening_hours import Hours
from devices.options import STRICT, About, Name, Within


class Strength(StrEnum):
    """What a badge proves."""

    UID = "uid"
    """Only its number, which any cheap device can copy."""
    CRYPTO = "crypto"
    """That it knows a key."""


class Role(StrEnum):
    """What a member is in the lab. Everybody is a member besides."""

    SUPERVISOR = "supervisor"
    """Watches over others who work."""
    TRAINER = "trainer"
    """May train others on the machines for which they are trained themselves; supervises, too."""
    RECEPTION = "reception"
    """Welcomes members and hands out badges."""
    MAINTAINER = "maintainer"
    """Repairs: passes at any time, releases a machine that was stopped."""
    ADMINISTRATOR = "administrator"
    """Decides who is a member and what they may do."""


class Minors(StrEnum):
    """Whether members under eighteen may."""

    ALLOWED = "allowed"
    WITH_ADULT = "with-adult"
    """When an adult member is there, or shows a badge just before or after."""
    NO = "no"


class AntiPassback(StrEnum):
    """Whether a badge that is inside may enter again."""

    OFF = "off"
    SOFT = "soft"
    """It may, and it is logged."""
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """For whom and when."""

    __pydantic_config__ = STRICT
    roles: Annotated[tuple[Role, ...], About("Only for these roles; left out, for every member.")] = ()
    groups: Annotated[tuple[Name, ...], About("Only for members of one of these groups.")] = ()
    hours: Annotated[tuple[Hours, ...], About("When; left out, always. Local time of the lab.")] = ()
    closed: Annotated[tuple[date, ...], About("Days without hours, such as holidays.")] = ()
    requires: Annotated[Strength, About("The least that a badge must prove: uid or crypto.")] = Strength.UID
    training: Annotated[Name | None, About("The training that is needed.")] = None
    minors: Annotated[Minors, About("Whether members under eighteen may.")] = Minors.ALLOWED
    supervised: Annotated[bool, About("Only while a supervisor or trainer is there.")] = False
    two_persons: Annotated[bool, About("Only for two members together.")] = False

    def needed_training(self, place: str) -> str | None:  # noqa: ARG002 - for machines, whose own name may be the training's
        """The training that is needed at the place of this name; None: no training is."""
        return self.training


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRules(Rules):
    """Who may pass a door, and when it is open to all."""

    free: Annotated[tuple[Hours, ...], About("When the door is unlocked for everybody.")] = ()
    anti_passback: Annotated[AntiPassback, About("What happens when a badge that is inside enters again.")] = (
        AntiPassback.OFF
    )
    capacity: Annotated[int | None, Within(least=1, most=10_000), About("How many may be inside.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRules(Rules):
    """Who may use a machine. Without `training`, the one that bears the machine's name is needed."""

    minors: Annotated[Minors, About("Whether members under eighteen may.")] = Minors.WITH_ADULT
    untrained: Annotated[bool, About("No training is needed.")] = False

    def needed_training(self, place: str) -> str | None:
        return None if self.untrained else self.training or place
