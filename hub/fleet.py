"""The devices of one Pi, each under the supervisor. A reload restarts only those whose part of the file changed."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from devices import CATALOGUE
from devices.board.board import Board
from devices.device import Device
from hub.bus import Bus
from hub.commands import CommandDesk
from hub.lab import DeviceEntry
from hub.port import DevicePort
from hub.supervisor import Supervisor

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Berth:
    """Where one device stands on the bus while it is in the configuration."""

    entry: DeviceEntry
    port: DevicePort
    leaving: ExitStack = field(default_factory=ExitStack)


class Fleet:
    """Starts, restarts and stops this Pi's devices. Leaving its context makes their hardware safe."""

    def __init__(self, bus: Bus, board: Board, supervisor: Supervisor) -> None:
        self._bus = bus
        self._board = board
        self._supervisor = supervisor
        self._berths: dict[str, Berth] = {}
        self._wanted: Mapping[str, DeviceEntry] = {}
        self._changes: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        changes = tuple(self._changes.values())
        for change in changes:
            change.cancel()
        await asyncio.gather(*changes, return_exceptions=True)
        await self._supervisor.stop(*(task_name(name) for name in self._berths))
        for berth in self._berths.values():
            berth.leaving.close()

    def start(self, devices: Mapping[str, DeviceEntry]) -> None:
        """Begin with these devices."""
        self._wanted = dict(devices)
        for entry in devices.values():
            self._arrive(entry)

    def change(self, devices: Mapping[str, DeviceEntry]) -> tuple[str, ...]:
        """Go over to these devices and return the names of those that change; a busy one first finishes."""
        self._wanted = dict(devices)
        changed = sorted(name for name in self._berths.keys() | devices.keys() if self._differs(name))
        for name in changed:
            if name not in self._changes:
                self._changes[name] = asyncio.create_task(self._converge(name), name=f"change of {name}")
                self._changes[name].add_done_callback(partial(self._changed, name))
        return tuple(changed)

    def _changed(self, name: str, _: asyncio.Task[None]) -> None:
        del self._changes[name]

    def _differs(self, name: str) -> bool:
        berth = self._berths.get(name)
        return (berth.entry if berth else None) != self._wanted.get(name)

    async def _converge(self, name: str) -> None:
        """Bring one device to what is wanted, which may change again while a busy one is waited for."""
        while self._differs(name):
            if berth := self._berths.get(name):
                if not berth.port.idle.is_set():
                    log.info("%s is busy (%s); its new configuration waits", name, berth.port.busy_because)
                    await berth.port.idle.wait()
                    continue
                await self._leave(berth)
            if entry := self._wanted.get(name):
                self._arrive(entry)

    def _arrive(self, entry: DeviceEntry) -> None:
        kind = CATALOGUE[entry.type].load()
        port = DevicePort(entry.name, self._bus, self._board.clock)
        berth = self._berths[entry.name] = Berth(entry, port)
        desk = CommandDesk(kind.actions, port, self._board.clock)
        berth.leaving.enter_context(self._bus.answering(entry.name, desk.ask))
        self._supervisor.start(task_name(entry.name), lambda: self._run(kind, berth), lost=port.offline)

    async def _run(self, kind: type[Device[Any]], berth: Berth) -> None:
        try:
            await kind(berth.entry.options, self._board).run(berth.port)
        finally:
            berth.port.handlers.clear()

    async def _leave(self, berth: Berth) -> None:
        name = berth.entry.name
        await self._supervisor.stop(task_name(name))
        berth.leaving.close()
        del self._berths[name]
        if name not in self._wanted:
            berth.port.offline("removed from config.yaml")
            self._bus.latest.forget(name)


def task_name(device: str) -> str:
    """What the supervisor, `/health` and the log call a device."""
    return f"device {device}"
