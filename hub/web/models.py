"""What the API says: these models are its schema."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from devices.board.clock import rfc3339
from devices.device import Quality

Rfc3339 = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
"""RFC 3339 in UTC with milliseconds, as on MQTT."""

ClockState = Literal["trusted", "untrusted"]


class Presence(StrEnum):
    """Whether a device can be reached, as a page says it."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, online: bool | None) -> "Presence":
        """`online` is None when there is no news."""
        if online is None:
            return cls.UNKNOWN
        return cls.ONLINE if online else cls.OFFLINE


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Dated(Model):
    """Something with a time."""

    at: Annotated[Rfc3339, Field(description="When, in UTC.")]
    clock: Annotated[ClockState, Field(description="`untrusted`: the Pi had no time from the network yet.")]


class Reading(Dated):
    """A measured quantity. A value that is not fresh is null: it never looks like a measurement of now."""

    value: Annotated[float | None, Field(description="In `unit`; null when stale or failed.")]
    unit: str
    quality: Quality
    period_s: Annotated[float | None, Field(description="Seconds between measurements.")]


class State(Dated):
    """Something that is so until it changes."""

    value: Any


class Device(Model):
    """One device, with the last word on it."""

    name: str
    type: str
    node: Annotated[str, Field(description="The Pi that it is plugged into.")]
    online: Annotated[bool | None, Field(description="It and its Pi are; null: nothing was heard of it yet.")]
    reason: Annotated[str | None, Field(description="Why it is not online, for a technician.")]
    readings: dict[str, Reading]
    states: dict[str, State]

    @property
    def presence(self) -> Presence:
        return Presence.of(self.online)


class ReadingEvent(Reading):
    """Data of a `reading` event."""

    sent_as: ClassVar[str] = "reading"
    device: str
    channel: str


class StateEvent(State):
    """Data of a `state` event."""

    sent_as: ClassVar[str] = "state"
    device: str
    name: str


class EventEvent(Dated):
    """Data of an `event` event."""

    sent_as: ClassVar[str] = "event"
    device: str
    kind: str
    data: dict[str, Any]


class AvailabilityEvent(Model):
    """Data of an `availability` event."""

    sent_as: ClassVar[str] = "availability"
    device: str
    online: bool | None
    reason: str | None


DeviceEvent: TypeAlias = ReadingEvent | StateEvent | EventEvent | AvailabilityEvent


class ClockEvent(Model):
    """Data of a `clock` event: the lab's time, first of all and whenever nothing else was said for a while."""

    now: Rfc3339


class Problem(Model):
    """RFC 9457: what went wrong, for programs."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str


def problem(description: str) -> Mapping[str, Any]:
    """How a route's `responses` announce a `Problem`."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
