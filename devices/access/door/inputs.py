"""The lines that a door listens to: its contact, its exit button and the fire alarm's contact."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from devices.access.door.access_point import AccessPoint, Happening
from devices.access.door.options import DoorOptions
from devices.board.board import Board, Edge, Edges, Line
from devices.errors import AlcolabError

TRY_AGAIN_S = 5.0

Took: TypeAlias = Callable[[Sequence[Happening]], None]
Trouble: TypeAlias = Callable[[str], None]
Tell: TypeAlias = Callable[[bool, float], Sequence[Happening]]


class Inputs:
    """Come and go by themselves: a door whose contact cannot be had still opens for badges."""

    def __init__(self, options: DoorOptions, board: Board, point: AccessPoint, took: Took, trouble: Trouble) -> None:
        wired = ((options.contact, point.contact), (options.exit, point.exit), (options.fire, point.fire))
        self._tell: dict[str, Tell] = {part.line: tell for part, tell in wired if part is not None}
        self._lines = [
            Line(part.line, bias=part.bias, active_low=part.active_low, debounce_s=part.debounce)
            for part, _ in wired
            if part is not None
        ]
        self._board = board
        self._point = point
        self._took = took
        self._trouble = trouble

    async def run(self) -> None:
        """Listen until cancelled."""
        while self._lines:
            try:
                async with self._board.edges(self._lines) as edges:
                    await self._follow(edges)
            except AlcolabError as error:
                self._trouble(f"{error}; meanwhile nothing is known of an open door, and no alarm is raised")
                self._took(self._point.contact_lost(time.monotonic()))
            await asyncio.sleep(TRY_AGAIN_S)

    async def _follow(self, edges: Edges) -> None:
        for line in self._lines:
            self._level(line.name, edges.level(line.name))
        self._trouble("")
        await edges.listen(self._edge)

    def _edge(self, edge: Edge) -> None:
        self._level(edge.line, edge.active)

    def _level(self, line: str, active: bool) -> None:
        self._took(self._tell[line](active, time.monotonic()))
