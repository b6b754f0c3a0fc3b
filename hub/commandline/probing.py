"""Shows what passes between a device and its hardware, and what the device makes of it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NoReturn

import typer

from devices.board.board import (
    Board,
    Edge,
    Edges,
    HandedOutput,
    InputDevice,
    InputIdentity,
    InputReport,
    Lamp,
    Line,
    LineRecords,
    Output,
    Serial,
    Sysfs,
    TakesEdge,
)
from devices.board.input_records import EV_KEY
from devices.device import Event, Quality, Reading, State
from hub.bus import Availability, Entry

SHOWN_BYTES = 64


class Printer:
    """Prints messages and raw traffic, a line each."""

    def __init__(self) -> None:
        self.measured = 0
        """Readings that can be believed, and events."""

    def raw(self, source: str, data: bytes | str) -> None:
        if isinstance(data, str):
            typer.echo(f"  < {source}: {data.strip()!r}")
        else:
            more = " …" if len(data) > SHOWN_BYTES else ""
            typer.echo(f"  < {source}: {data[:SHOWN_BYTES].hex(' ')}{more}")

    def take(self, entry: Entry) -> None:
        match entry.message:
            case Reading() as reading:
                self.measured += reading.quality in {Quality.OK, Quality.SUSPECT}
                value = "no value" if reading.value is None else f"{reading.value:g} {reading.unit}"
                raw = "" if reading.raw is None else f" (raw {reading.raw:g})"
                typer.echo(f"{reading.channel}: {value}{raw}, {reading.quality}")
            case State(name=name, value=value):
                typer.echo(f"state {name}: {json.dumps(value, ensure_ascii=False)}")
            case Event(kind=kind, data=data):
                self.measured += 1
                typer.echo(f"event {kind}: {json.dumps(data, ensure_ascii=False)}")
            case Availability(online=True):
                typer.echo("online")
            case Availability(reason=reason):
                typer.echo(f"offline: {reason}")


class EavesdroppingBoard(Board):
    """Another board, with everything that comes from its hardware printed; `probe` throws its folders away."""

    forgets = True

    def __init__(self, board: Board, printer: Printer) -> None:
        self.clock = board.clock
        self.sysfs = EavesdroppingSysfs(board.sysfs, printer)
        self._board = board
        self._printer = printer

    @asynccontextmanager
    async def edges(self, lines: Sequence[Line]) -> AsyncIterator[Edges]:
        async with self._board.edges(lines) as edges:
            yield EavesdroppingEdges(edges, self._printer)

    def output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[Output]:
        return self._board.output(line, active_low=active_low)

    def handed_output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[HandedOutput]:
        return self._board.handed_output(line, active_low=active_low)

    def lamp(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[Lamp]:
        return self._board.lamp(line, active_low=active_low)

    def line_records(self, lines: Sequence[Line]) -> AbstractAsyncContextManager[Sequence[LineRecords]]:
        return self._board.line_records(lines)

    def virtual_input(self, identity: InputIdentity) -> AbstractAsyncContextManager[int]:
        return self._board.virtual_input(identity)

    @asynccontextmanager
    async def input_device(self, device: str) -> AsyncIterator[InputDevice]:
        async with self._board.input_device(device) as keyboard:
            yield EavesdroppingInput(keyboard, device, self._printer)

    @asynccontextmanager
    async def serial(self, port: str, *, baudrate: int = 9600) -> AsyncIterator[Serial]:
        async with self._board.serial(port, baudrate=baudrate) as serial:
            yield EavesdroppingSerial(serial, port, self._printer)

    def folder(self, device: str) -> Path:
        return self._board.folder(device)


class EavesdroppingEdges(Edges):
    """Input lines whose edges are printed, each with the kernel's time."""

    def __init__(self, edges: Edges, printer: Printer) -> None:
        self._edges = edges
        self._printer = printer

    async def listen(self, take: TakesEdge) -> NoReturn:
        def show(edge: Edge) -> None:
            level = "active" if edge.active else "inactive"
            self._printer.raw(edge.line, f"{level} at {edge.monotonic_ns / 1e6:.3f} ms")
            take(edge)

        await self._edges.listen(show)

    def level(self, line: str) -> bool:
        return self._edges.level(line)


class EavesdroppingInput(InputDevice):
    """A keyboard whose keys are printed by their codes: + for down, - for up."""

    def __init__(self, keyboard: InputDevice, name: str, printer: Printer) -> None:
        self._keyboard = keyboard
        self._name = name
        self._printer = printer

    async def __aiter__(self) -> AsyncIterator[InputReport]:
        async for report in self._keyboard:
            keys = [f"{'+' if event.value else '-'}{event.code}" for event in report.events if event.type == EV_KEY]
            self._printer.raw(self._name, " ".join(["keys", *(["were lost;"] if report.lost else []), *keys]))
            yield report


class EavesdroppingSerial(Serial):
    """A serial port whose received bytes are printed as hex."""

    def __init__(self, serial: Serial, port: str, printer: Printer) -> None:
        self._serial = serial
        self._port = port
        self._printer = printer

    async def read(self) -> bytes:
        data = await self._serial.read()
        self._printer.raw(self._port, data)
        return data

    async def write(self, data: bytes) -> None:
        await self._serial.write(data)


class EavesdroppingSysfs(Sysfs):
    """The kernel's sensor files, whose text is printed as it was read."""

    def __init__(self, sysfs: Sysfs, printer: Printer) -> None:
        self._sysfs = sysfs
        self._printer = printer

    async def find(self, subsystem: str, name: str, *, at: str | None = None) -> Path:
        return await self._sysfs.find(subsystem, name, at=at)

    async def read(self, attribute: Path, *, deadline_s: float = 5.0) -> str:
        text = await self._sysfs.read(attribute, deadline_s=deadline_s)
        self._printer.raw(str(attribute), text)
        return text

    async def write(self, attribute: Path, text: str, *, deadline_s: float = 5.0) -> None:
        await self._sysfs.write(attribute, text, deadline_s=deadline_s)
