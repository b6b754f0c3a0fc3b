"""One Pi's share of the lab, composed: its board, its devices and its services, under one supervisor.

With `hub/app.py` above it the composition root, the only place that knows everything. Heavy libraries are imported
only where the configuration asks for them, so that a node that only runs devices stays small.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from devices.board.board import Board
from hub.bus import Bus
from hub.fleet import Fleet, task_name
from hub.health import Health
from hub.lab import BoardKind, Lab, Node, ServiceName
from hub.mqtt.link import Link
from hub.mqtt.outbox.outbox import Acknowledgement, Outbox
from hub.state import state_folder, world_sockets
from hub.supervisor import Supervisor

if TYPE_CHECKING:
    from hub.members.members import Members

log = logging.getLogger(__name__)


class Service(Protocol):
    """What hangs on the bus above the devices."""

    def run(self) -> Awaitable[None]:
        """Work until cancelled."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a service is made, and from which part of the configuration: when that changes, the service restarts."""

    made_from: object
    make: Callable[[], Service]


class Pi:
    """One node of the lab."""

    def __init__(self, lab: Lab, name: str, board: Board, state: Path) -> None:
        self.lab = lab
        self.name = name
        self.services: dict[str, Service] = {}
        """The running ones, by name."""
        self._board = board
        self._state = state
        self._supervisor = Supervisor()
        self._plans: Mapping[str, Plan] = {}
        until = Acknowledgement.HISTORY if lab.keeps_history else Acknowledgement.BROKER
        self._outbox = Outbox(state / "outbox", node=name, clock=board.clock, options=self._node.outbox, until=until)
        self._bus = Bus(self._outbox)
        self._link = Link(self._bus, self._outbox, lab, name, board.clock)
        self._fleet = Fleet(self._bus, board, self._supervisor)
        self._members: Members | None = None

    @property
    def _node(self) -> Node:
        return self.lab.nodes[self.name]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, this Pi does its share. Leaving makes the hardware safe first, then ends the services."""
        async with self._supervisor:
            await self._change_services()
            async with self._fleet:
                self._fleet.start(self.lab.devices_of(self.name))
                yield
            # The outbox goes last: it saves what the devices' and the link's last words left unacknowledged.
            await self._supervisor.stop(*(name for name in self._plans if name != "outbox"))

    async def change(self, lab: Lab) -> None:
        """Go over to another configuration; what it does not touch runs on, and a busy device first finishes."""
        if self.name not in lab.nodes:
            log.error("config.yaml no longer knows %s: its old configuration runs on", self.name)
            return
        if _fixed(lab, self.name) != _fixed(self.lab, self.name):
            log.warning("%s has another board, sysfs, outbox or place for its history: restart alcolab", self.name)
        before, self.lab = self.lab, lab
        devices = self._fleet.change(lab.devices_of(self.name))
        services = await self._change_services()
        if _told_over_mqtt(lab) != _told_over_mqtt(before) or not self._link.status.connected:
            self._link.reload(lab)
        if self._members is not None:
            self._members.reload(lab)
        log.info("config.yaml was read again; changed: %s", ", ".join((*devices, *services)) or "nothing here")

    async def _change_services(self) -> tuple[str, ...]:
        plans = dict(self._planned())
        changed = sorted(
            name
            for name in self._plans.keys() | plans.keys()
            if name not in self._plans or name not in plans or self._plans[name].made_from != plans[name].made_from
        )
        await self._supervisor.stop(*changed)
        self._plans = plans
        for name in changed:
            self.services.pop(name, None)
            if name in plans:
                self._supervisor.start(name, partial(self._serve, name))
        return tuple(changed)

    async def _serve(self, name: str) -> None:
        service = self.services[name] = self._plans[name].make()
        await service.run()

    def _planned(self) -> Iterator[tuple[str, Plan]]:
        """What runs above the devices here; each service names the part of the configuration that it depends on."""
        lab = self.lab
        whole = _told_over_mqtt(lab)
        yield "outbox", Plan(None, lambda: self._outbox)
        yield "link", Plan(None, lambda: self._link)
        if lab.needs_policy(self.name):
            yield "policy", Plan((lab.site, lab.members, self._node.policy_key), self._make_policy)
        for service in self._node.services:
            match service:
                case ServiceName.BROKER:
                    yield "broker", Plan(lab.broker, self._make_broker)
                case ServiceName.HISTORY:
                    yield "history", Plan(whole, self._make_history)
                case ServiceName.WEB:
                    yield "web", Plan((whole, lab.web), self._make_web)
                case ServiceName.MEMBERS:
                    yield "members", Plan(None, self._members_here)

    def _make_policy(self) -> Service:
        from hub.policy.service import NodePolicy

        return NodePolicy(self._bus, self.lab, self.name, self._state)

    def _make_broker(self) -> Service:
        from hub.mqtt.broker.service import broker_for

        return broker_for(self.lab.broker, self._state / "broker")

    def _make_history(self) -> Service:
        from hub.history.service import History

        return History(self._bus, self.lab, self._state / "history", self._board.clock)

    def _members_here(self) -> "Members":
        """One for as long as this Pi runs: pages hold on to it, whatever happens to its task."""
        from hub.members.members import Members

        if self._members is None:
            self._members = Members(self._bus, self.lab, self._state, self._board.clock)
        return self._members

    def _make_web(self) -> Service:
        from hub.web.server import Web

        sockets = world_sockets(state_folder())
        simulated = [name for name, node in self.lab.nodes.items() if node.board is BoardKind.SIMULATED]
        worlds = {name: sockets / f"{name}.sock" for name in simulated}
        members = self._members_here() if ServiceName.MEMBERS in self._node.services else None
        return Web(self._bus, self.lab, self.health, worlds, self._board.clock, members=members)

    def health(self) -> Health:
        """How this Pi is, now."""
        statuses = self._supervisor.statuses
        devices = {task_name(name) for name in self.lab.devices_of(self.name)}
        return Health(
            node=self.name,
            version=version("alcolab"),
            clock_trusted=self._board.clock.now().trusted,
            services=tuple(status for name, status in statuses.items() if name not in devices),
            devices=tuple(status for name, status in statuses.items() if name in devices),
            broker_connected=self._link.status.connected,
            outbox_depth=self._outbox.depth,
            outbox=asdict(self._outbox.counters),
            history=self._history_counters(),
        )

    def _history_counters(self) -> Mapping[str, int] | None:
        if ServiceName.HISTORY not in self._node.services:
            return None
        from hub.history.service import History

        history = self.services.get("history")
        return asdict(history.counters) if isinstance(history, History) else {}


def _fixed(lab: Lab, name: str) -> object:
    """What a running process cannot change."""
    node = lab.nodes[name]
    return lab.keeps_history, node.board, node.sysfs, node.outbox


def _told_over_mqtt(lab: Lab) -> object:
    """What the Pis say to each other, and through which broker."""
    return lab.site, lab.broker, lab.nodes, lab.devices
