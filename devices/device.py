"""A device, and all that it sees of the lab.

A device is one coroutine, `run(port)`: entering it acquires the hardware (`async with`), cancelling it releases the
hardware, an exception means "offline, try again". There is no other protocol to start, stop or connect it.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from devices.board.board import Board, Claim
from devices.board.clock import Moment
from devices.policy.policy import Policy

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What a state, an event, an argument or a reply may hold."""


class Quality(StrEnum):
    """How far a reading can be believed. A failure is never a 0: its value is None."""

    OK = "ok"
    SUSPECT = "suspect"
    """Measured, but outside the plausible range or rate of change."""
    STALE = "stale"
    """Nothing has been measured for two periods."""
    FAILED = "failed"
    """The sensor answered with an error, or not at all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured quantity; the history keeps each one.

    `value` is in `unit`, None when failed or stale. `raw` is what the sensor gave before calibration. `period_s`
    is the time until the next one, after three of which this one has expired.
    """

    channel: str
    value: float | None
    unit: str
    at: Moment
    quality: Quality = Quality.OK
    raw: float | None = None
    period_s: float | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Something that is so until it changes; the last value wins and is retained."""

    name: str
    value: Json
    at: Moment


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: each one counts, none is retained, none is lost."""

    kind: str
    data: Mapping[str, Json]
    at: Moment


@dataclass(frozen=True, slots=True)
class Command:
    """Something asked of a device, once, before `expires`. A repeated `id` gets the same reply, never a second run."""

    device: str
    action: str
    arguments: Mapping[str, Json]
    id: str
    expires: Moment


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer that every command gets."""

    ok: bool
    error: str | None = None
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of reading that a device gives, known before it is first measured."""

    name: str
    unit: str
    period_s: float
    quantity: str | None = None
    """Home Assistant's device class (`temperature`, `moisture`, …) where one fits."""
    cumulative: bool = False
    """A counter that only grows, such as a water meter."""


@dataclass(frozen=True, slots=True)
class StateKind:
    """One state that a device shows."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event that a device reports."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Action:
    """One command that a device understands; `arguments` is a dataclass marked as in `devices/options.py`."""

    name: str
    about: str
    arguments: type[Any]


@dataclass(frozen=True, slots=True)
class NoArguments:
    """For an action that takes none."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class, nobody writes it


Handler: TypeAlias = Callable[[Any], Awaitable[Mapping[str, Json]]]
"""Carries out one action: takes its validated arguments, gives the reply's data, raises `Refused` to say why not."""


class Port(ABC):
    """All that a device sees of the lab. Nothing here waits, except what is awaited on purpose."""

    device: str

    @abstractmethod
    def now(self) -> Moment:
        """The present moment, for messages."""

    @abstractmethod
    def online(self) -> None:
        """The hardware works. Said again after a loss; saying it twice does nothing."""

    @abstractmethod
    def offline(self, reason: str) -> None:
        """The hardware does not work, but `run` goes on trying by itself. `reason` tells a technician what to do."""

    @abstractmethod
    def read(
        self,
        channel: str,
        value: float | None,
        *,
        unit: str,
        quality: Quality = Quality.OK,
        raw: float | None = None,
        period_s: float | None = None,
        at: Moment | None = None,
    ) -> None:
        """Report a reading, measured now unless `at` says when. In a flood, readings of one channel coalesce."""

    @abstractmethod
    def state(self, name: str, value: Json) -> None:
        """Report a state."""

    @abstractmethod
    def event(self, kind: str, data: Mapping[str, Json] | None = None, *, at: Moment | None = None) -> Awaitable[None]:
        """Report an event; await the result to know that it is on disk. It is kept whether awaited or not.

        Raises:
            Flooded: more events than can be made durable; slow down.
            StorageFull: (from the awaitable) the disk is full; the event is kept in memory only.
        """

    @abstractmethod
    def serve(self, action: str, handler: Handler) -> None:
        """Carry out one of the device's `actions` with `handler` until `run` ends."""

    @abstractmethod
    def hear(
        self, device: str, *, only_here: bool = False
    ) -> AbstractAsyncContextManager["AsyncIterator[Event | State]"]:
        """The events and states of another device that this one's options name, as they happen.

        `only_here`: those that came from this Pi, and nothing that somebody says on MQTT.
        """

    @abstractmethod
    def policy(self) -> Policy | None:
        """Who may do what, as the hub has said it to this Pi; None while that is not known. Ask at each decision."""

    @abstractmethod
    def busy(self, why: str) -> AbstractContextManager[None]:
        """While inside, a reload or deployment waits before it restarts this device."""


Options = TypeVar("Options")


class Device(ABC, Generic[Options]):
    """One piece of equipment. Its options are a frozen dataclass marked as in `devices/options.py`."""

    options: ClassVar[type[Any]]
    actions: ClassVar[tuple[Action, ...]] = ()
    events: ClassVar[tuple[EventKind, ...]] = ()
    states: ClassVar[tuple[StateKind, ...]] = ()
    needs_policy: ClassVar[bool] = False
    """Whether it asks `Port.policy`, so that its Pi must have one."""

    def __init__(self, config: Options, board: Board) -> None:
        self.config = config
        self.board = board

    @classmethod
    def channels(cls, config: Options) -> Iterable[Channel]:  # noqa: ARG003 - for devices that override it
        """The readings that a device with this configuration gives."""
        return ()

    @classmethod
    def claims(cls, config: Options) -> Iterable[Claim]:  # noqa: ARG003 - for devices that override it
        """The hardware that a device with this configuration holds, so that a clash is found before it is wired."""
        return ()

    @classmethod
    def hears(cls, config: Options) -> Iterable[str]:  # noqa: ARG003 - for devices that override it
        """The other devices whose events and states it hears."""
        return ()

    @classmethod
    def beside(cls, config: Options) -> Mapping[str, Sequence[str]]:  # noqa: ARG003 - for devices that override it
        """Those of them that must be at its own Pi, because it hears them `only_here`: name → the types it may have."""
        return {}

    @abstractmethod
    async def run(self, port: Port) -> None:
        """Acquire the hardware, report until cancelled, release the hardware."""
