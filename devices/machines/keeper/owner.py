"""The owner of the keeper: starts it, beats for it from the event loop, and starts it again with the relay off.

The daemon asks the kernel for the line, inactive, and hands it over: the keeper alone has it, so its death releases it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from devices.board.board import Board
from devices.board.child_process import Child, started
from devices.errors import AlcolabError, DeviceOffline
from devices.machines.keeper.process.codes import CHIP_GONE
from devices.machines.options import RelayOptions

log = logging.getLogger(__name__)

BEAT_EVERY_S = 0.25
UNANSWERED_MOST = 4
"""Beats in a row; then the keeper hangs, and is ended: the kernel releases the line."""
START_WITHIN_S = 30.0
STEADY_AFTER_S = 10.0
"""A keeper that has lived so long has recovered."""
WAITS_S = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Before it is started again, after one death, two in a row, …; one more is too many."""
NEVER = 0
FAR_S = 86400.0
"""No limit reaches farther than this, whatever is asked for."""
DIED = "keeper-died"

Turned: TypeAlias = Callable[[bool, str], None]
"""Hears whether the relay is on now, and if not, why: a word of `process.codes`, or DIED."""


class KeptRelay:
    """A relay that is on only while somebody beats for it."""

    def __init__(self, board: Board, options: RelayOptions, turned: Turned) -> None:
        self._board = board
        self._options = options
        self._turned = turned
        self._child: Child | None = None
        self._epoch = NEVER
        self._wanted = False
        self._unanswered = 0
        self.on = False
        """What the keeper has said last."""
        self.ready = asyncio.Event()
        """Set while there is a keeper."""

    @property
    def wanted(self) -> bool:
        """Whether it shall be on."""
        return self._wanted

    @property
    def pid(self) -> int | None:
        """The keeper, while there is one."""
        return self._child.pid if self._child else None

    def switch_on(self, until_s: float) -> None:
        """Begin to be on, and beat once; `until_s` as in `beat`.

        Raises:
            DeviceOffline: there is no keeper at the moment.
        """
        if not self.ready.is_set():
            raise DeviceOffline("the keeper of the relay is not ready: try again in a second")
        self._epoch += 1
        self._wanted = True
        self._unanswered = 0
        self.beat(until_s)

    def switch_off(self) -> None:
        """Be off; beats go on until the keeper has said so."""
        self._wanted = False
        self.beat(NEVER)

    def beat(self, until_s: float) -> None:
        """Every BEAT_EVERY_S: stay on, if it is, but never after `until_s` (`time.monotonic()`)."""
        if self._child is None or not (self._wanted or self.on):
            return
        self._unanswered += 1
        if self._unanswered > UNANSWERED_MOST:
            log.warning("the keeper of %s does not answer and is started again", self._options.line)
            self._child.kill()
            return
        at_ns = time.monotonic_ns()
        until_ns = round(min(until_s, at_ns / 1e9 + FAR_S) * 1e9) if self._wanted else NEVER
        self._child.tell((self._epoch, at_ns, until_ns))

    async def run(self) -> None:
        """Keep a keeper running until cancelled.

        Raises:
            AlcolabError: the line cannot be had, or the keeper dies again and again.
        """
        deaths = 0
        while True:
            since = time.monotonic()
            try:
                code, why = await self._live()
            except AlcolabError:
                raise
            except OSError as error:
                code, why = NEVER, f"it cannot be started: {error}"
            if code == CHIP_GONE:
                raise DeviceOffline(f"{self._options.line} cannot be driven any more: is its chip plugged in?")
            deaths = 1 if time.monotonic() - since > STEADY_AFTER_S else deaths + 1
            if deaths > len(WAITS_S):
                raise DeviceOffline(f"the keeper of the relay ended {deaths} times in a row, at last so: {why}")
            log.warning("the keeper of %s ended and is started again: %s", self._options.line, why)
            await asyncio.sleep(WAITS_S[deaths - 1])

    async def _live(self) -> tuple[int, str]:
        """Start a keeper, and listen to it until it has died. With it every epoch ends."""
        options = self._options
        async with (
            self._board.handed_output(options.line, active_low=options.active_low) as line,
            started("keeper of the relay", Path(__file__).parent, {line.descriptor}) as child,
        ):
            child.tell((line.descriptor, line.kernel))
            line.hand_over()
            self._child = child
            late = asyncio.get_running_loop().call_later(START_WITHIN_S, child.kill)
            try:
                async for report in child.messages():
                    late.cancel()
                    self._hear(*report)
            finally:
                late.cancel()
                self._child = None
                self.ready.clear()
            self._end(DIED)
            return await child.ended()

    def _hear(self, epoch: int, on: bool, why: str) -> None:
        self.ready.set()
        self._unanswered = 0
        if epoch == self._epoch:
            if on and not self.on:
                self.on = True
                self._turned(True, "")
            elif not on:
                self._end(why)

    def _end(self, why: str) -> None:
        """It is off: what was wanted is over, and so are its beats."""
        wanted, self._wanted = self._wanted, False
        was_on, self.on = self.on, False
        if was_on or wanted:
            self._turned(False, why)
