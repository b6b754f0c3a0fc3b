"""One lab, one bus: inside a Pi it is memory; the MQTT link carries it between Pis.

Data flow one way. A device's Port publishes; the journal (the outbox) numbers readings and events; listeners (the
link, the history, the pages) hear the numbered entry. Publishing never waits: a listener is a plain function that
must not block, and a slow consumer takes a `Subscription`, which is bounded and coalesces.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from devices.board.clock import Moment
from devices.device import Command, Event, Reading, Reply, State
from devices.errors import AlcolabError, Flooded
from devices.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a device's hardware works, and if not, why, in words for a technician."""

    online: bool
    reason: str
    at: Moment


Message: TypeAlias = Reading | State | Event | Availability


@dataclass(frozen=True, slots=True)
class Entry:
    """What the bus carries: one message of one device.

    Readings and events are numbered: `log` is a node's process, `seq` counts from 1 in it. `local` entries come
    from a device of this Pi, the others over MQTT.
    """

    device: str
    message: Message
    log: str = ""
    seq: int = 0
    local: bool = True


UNKEPT = "unkept"
"""In the place of a log, for events that are in none."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Unacknowledged entries of one log, sent again, oldest first.

    All before `first` is acknowledged or lost, and so is every number in the ranges `lost` (first and last included):
    what will never come must not hold up the acknowledgement of what follows it.
    """

    node: str
    log: str
    entries: Sequence[Entry]
    first: int
    lost: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The history's acknowledgement for one node: in each log, all up to this number is stored."""

    node: str
    marks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SignedPolicy:
    """What the hub says that one node may let people do: signed, and readable by that node alone.

    `local`: it comes from the members service of this process, and is to be published.
    """

    node: str
    payload: bytes
    local: bool = True


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What a node says of itself; `info` is its topic's JSON, empty until it was heard."""

    node: str
    online: bool
    info: Mapping[str, object] = field(default_factory=dict)


Item = TypeVar("Item")


class Signal(Generic[Item]):
    """Synchronous listeners of one kind of item, in the order in which they were connected; `first` is always one."""

    def __init__(self, *first: Callable[[Item], None]) -> None:
        self._listeners: list[Callable[[Item], None]] = [*first]

    @contextmanager
    def heard_by(self, listener: Callable[[Item], None]) -> Iterator[None]:
        """`listener` is called with every item, at once and on the event loop; it must not block or raise."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def emit(self, item: Item) -> None:
        for listener in tuple(self._listeners):
            listener(item)


class Journal(ABC):
    """Numbers this Pi's readings and events, and makes them durable. The outbox is one."""

    @abstractmethod
    def record(self, device: str, message: Reading | Event) -> tuple[Entry, Awaitable[None]]:
        """The numbered entry, and an awaitable that is done when it is durable (a reading's is done at once).

        Raises:
            Flooded: too many events wait to be made durable.
        """


class UnkeptJournal(Journal):
    """Numbers and forgets: for a `probe`, and for tests of what stands above the journal."""

    def __init__(self, log: str = "unkept") -> None:
        self.log = log
        self._seq = 0

    def record(self, device: str, message: Reading | Event) -> tuple[Entry, Awaitable[None]]:
        self._seq += 1
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return Entry(device, message, self.log, self._seq), done


class Latest:
    """The last word on every device: what a page shows first and what the link says again to a forgetful broker."""

    def __init__(self) -> None:
        self.readings: dict[tuple[str, str], Entry] = {}
        self.states: dict[tuple[str, str], Entry] = {}
        self.availability: dict[str, Entry] = {}
        self.nodes: dict[str, NodeStatus] = {}
        self.policy: Policy | None = None
        """This Pi's own, found good; None while none is."""
        self.policy_trouble = ""
        """Why the last one that came does not count, or is not kept; empty while all is well."""
        self.policies: dict[str, SignedPolicy] = {}
        """The last for each node, as it came: the hub's for all, and this Pi's own, whatever it is worth."""

    def take(self, entry: Entry) -> None:
        match entry.message:
            case Reading(channel=channel):
                self.readings[entry.device, channel] = entry
            case State(name=name):
                self.states[entry.device, name] = entry
            case Availability():
                self.availability[entry.device] = entry

    def take_policy(self, signed: SignedPolicy) -> None:
        self.policies[signed.node] = signed

    def forget(self, device: str) -> None:
        """The device has left the configuration."""
        self.availability.pop(device, None)
        for kept in (self.readings, self.states):
            for key in [key for key in kept if key[0] == device]:
                del kept[key]


Asked: TypeAlias = Callable[[Command], Awaitable[Reply]]


class Bus:
    """The one bus of this process's part of the lab."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.entries: Signal[Entry] = Signal()
        self.unkept: Signal[Entry] = Signal()
        """Events that the journal could not take: devices here hear them all the same, nobody else does."""
        self.backlogs: Signal[Backlog] = Signal()
        self.stored: Signal[Stored] = Signal()
        self.nodes: Signal[NodeStatus] = Signal()
        self.latest = Latest()
        self.policies: Signal[SignedPolicy] = Signal(self.latest.take_policy)
        self._local: dict[str, Asked] = {}
        self._remote: Asked | None = None
        self._unkept = 0

    def publish(self, device: str, message: Message) -> Awaitable[None] | None:
        """Say something of a local device. For an event, an awaitable that is done when it is durable.

        Raises:
            Flooded: (events only) the journal can take no more.
        """
        durable: Awaitable[None] | None = None
        if isinstance(message, Reading | Event):
            entry, durable = self._recorded(device, message)
        else:
            entry = Entry(device, message)
        self._emit(entry)
        return durable

    def _recorded(self, device: str, message: Reading | Event) -> tuple[Entry, Awaitable[None]]:
        try:
            return self.journal.record(device, message)
        except Flooded:
            self._unkept += 1
            self.unkept.emit(Entry(device, message, UNKEPT, self._unkept))
            raise

    def relay(self, entry: Entry) -> None:
        """Say something that came from another Pi."""
        self._emit(entry)

    def report(self, status: NodeStatus) -> None:
        """Say what is known of a node."""
        self.latest.nodes[status.node] = status
        self.nodes.emit(status)

    def _emit(self, entry: Entry) -> None:
        self.latest.take(entry)
        self.entries.emit(entry)

    @contextmanager
    def subscribe(self, capacity: int = 256) -> Iterator["Subscription"]:
        """Entries for a consumer with a pace of its own, such as a page."""
        subscription = Subscription(capacity)
        with self.entries.heard_by(subscription.put):
            yield subscription

    @contextmanager
    def answering(self, device: str, asked: Asked) -> Iterator[None]:
        """`asked` answers the commands to a local device."""
        self._local[device] = asked
        try:
            yield
        finally:
            if self._local.get(device) is asked:
                del self._local[device]

    @contextmanager
    def reaching(self, asked: Asked) -> Iterator[None]:
        """`asked` carries commands to the devices of other Pis."""
        self._remote = asked
        try:
            yield
        finally:
            self._remote = None

    def owns(self, device: str) -> bool:
        """Whether commands to this device are answered on this Pi."""
        return device in self._local

    async def ask(self, command: Command) -> Reply:
        """The reply to a command, from wherever the device is; the caller sees no difference."""
        asked = self._local.get(command.device) or self._remote
        if asked is None:
            return Reply(ok=False, error=f"{command.device} is not on this Pi and there is no connection to the others")
        try:
            return await asked(command)
        except AlcolabError as error:
            return Reply(ok=False, error=str(error))


class Subscription(AsyncIterator[Entry]):
    """A bounded queue between the bus and a slow consumer.

    A reading, state or availability that is overtaken by a newer one of the same kind before it was taken is
    replaced in place (`coalesced` counts). When full, the oldest goes (`dropped` counts): who needs every event
    reads the history.
    """

    def __init__(self, capacity: int) -> None:
        self.coalesced = 0
        self.dropped = 0
        self._capacity = capacity
        self._waiting: OrderedDict[tuple[str, ...], Entry] = OrderedDict()
        self._filled = asyncio.Event()
        self._closed = False

    def put(self, entry: Entry) -> None:
        key = _coalescing_key(entry)
        if key in self._waiting:
            self.coalesced += 1
        elif len(self._waiting) >= self._capacity:
            self._waiting.popitem(last=False)
            self.dropped += 1
        self._waiting[key] = entry
        self._filled.set()

    def close(self) -> None:
        """End the consumer's loop at once, as when its server stops."""
        self._closed = True
        self._filled.set()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Entry:
        while not self._waiting and not self._closed:
            self._filled.clear()
            await self._filled.wait()
        if self._closed:
            raise StopAsyncIteration
        return self._waiting.popitem(last=False)[1]


def _coalescing_key(entry: Entry) -> tuple[str, ...]:
    match entry.message:
        case Reading(channel=channel):
            return entry.device, "reading", channel
        case State(name=name):
            return entry.device, "state", name
        case Availability():
            return entry.device, "availability"
        case Event():
            return entry.device, "event", entry.log, str(entry.seq)
