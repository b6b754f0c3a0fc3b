"""The states of a door (docs/access.md), as far as the pages show them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=64)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Leaf(Said):
    """The door itself."""

    locked: bool
    open: bool | None = None
    """None: it has no contact."""
    mode: Literal["normal", "free", "fire"] = "normal"
    alarm: Literal["forced", "held-open"] | None = None


class People(Said):
    """Who is behind it."""

    inside: Count
    capacity: Count | None = None


class PolicyState(Said):
    """What the node goes by."""

    version: Count | None = None
    issued: datetime | None = None
    age_s: Seconds | None = None
    too_old: bool = False


class Audit(Said):
    """How long the log is."""

    entries: Count = 0
    head: Name = ""


class Display(Said):
    """What is said to whoever has just shown a badge."""

    reason: Name | None = None
    language: Name | None = None
