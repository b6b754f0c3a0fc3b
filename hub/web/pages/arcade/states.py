"""The states of a cabinet (docs/arcade.md), as far as the pages show them."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=64)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Turn(Said):
    """Who plays, and how long still."""

    phase: Literal["free", "calling", "playing", "grace", "closed"]
    ticket: Name | None = None
    remaining_s: Seconds | None = None
    pay: Literal["coins", "badge", "free"] | None = None


class Waiting(Said):
    """One place in the queue."""

    ticket: Name
    wait_s: Seconds | None = None


class Hours(Said):
    """Whether people may play now, and until when it stays so."""

    open: bool
    quiet: bool = False
    next: Name | None = None


class Game(Said):
    name: Annotated[str, Field(max_length=200)]


class Sums(Said):
    """What a social centre may report of a time; nobody has a name in it."""

    sessions: Count = 0
    hours: Seconds = 0.0
    players: Count = 0
    two_player_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    waiting_median_s: Seconds = 0.0


class Statistics(Said):
    week: Sums = Sums()
    month: Sums = Sums()
    year: Sums = Sums()


class Message(Said):
    """What the cabinet's own screen says."""

    kind: Name
    ticket: Name | None = None


class Controls(Said):
    """How the switches are understood, and which there are."""

    profile: Name = "default"
    profiles: tuple[Name, ...] = ("default",)
    seen: Name = "gamepad"
    socd: Name = "neutral"
    remap: Mapping[Name, Name] = {}
    turbo: Mapping[Name, float] = {}
    players: Mapping[Name, tuple[Name, ...]] = {}


class Latency(Said):
    median: Seconds
    p99: Seconds


class Switch(Said):
    """What one switch has been through."""

    presses: Count = 0
    bounces: Mapping[Name, Count] = {}
    latency_us: Latency | None = None
    worn: str | None = None


Pressed: TypeAlias = Mapping[Name, tuple[Name, ...]]
Switches: TypeAlias = Mapping[Name, Mapping[Name, Switch]]
Problems: TypeAlias = Mapping[str, str]
