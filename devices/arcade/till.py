"""The till: takes coins in, and presses the game's coin button for them."""

import asyncio
import logging
import time
from collections.abc import Callable

from devices.arcade.buttons import Button
from devices.arcade.coins.ledger import Ledger
from devices.arcade.coins.slot import CoinRejected, CoinSlot, CoinTaken, SlotAlarm, SlotEvent, SlotWell, coin_slot
from devices.arcade.input.owner import Controls
from devices.arcade.message_board import MessageBoard
from devices.arcade.options import CoinSlotOptions
from devices.arcade.problems import Problems
from devices.arcade.reports import Reports
from devices.board.board import Board

log = logging.getLogger(__name__)

COIN_BUTTON = Button.SELECT
"""What emulators take for the coin slot, on the first player's gamepad."""
PULSES_AGAIN_S = 5.0
"""While the disk does not work, no pulse is given."""
REJECTED_EVERY_S = 60.0
PART = "coin slot"


class Till:
    """Of one cabinet; `on_coin` hears that the balance has changed."""

    def __init__(
        self,
        options: CoinSlotOptions,
        board: Board,
        ledger: Ledger,
        switches: Controls,
        *,
        reports: Reports,
        problems: Problems,
        screen: MessageBoard,
        on_coin: Callable[[], None],
    ) -> None:
        self._options = options
        self._board = board
        self._ledger = ledger
        self._switches = switches
        self._reports = reports
        self._problems = problems
        self._screen = screen
        self._on_coin = on_coin
        self._slot: CoinSlot | None = None
        self._accepting = False
        self._game_waits = False
        self._due = asyncio.Event()
        self._rejected_s = float("-inf")

    def accept(self, accepting: bool) -> None:
        """Whether coins are wanted now."""
        self._accepting = accepting
        if self._slot is not None:
            self._slot.accept(accepting)

    def game(self, runs: bool) -> None:
        """Whether a game is there to be given its coins, as far as anybody knows."""
        self._game_waits = runs
        self._due.set()

    async def take_coins(self) -> None:
        """Until cancelled. Errors as in `Board.edges`."""
        async with coin_slot(self._board, self._options, self._ledger) as slot:
            self._well()
            self._slot = slot
            try:
                slot.accept(self._accepting)
                async for event in slot:
                    self._happened(event)
            finally:
                self._slot = None

    async def give_pulses(self) -> None:
        """Press the game's coin button for every credit, at most once, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            while self._game_waits and await self._ledger.take_pulses():
                self._switches.pulse(1, COIN_BUTTON, self._options.game_pulse)
                await asyncio.sleep(2 * self._options.game_pulse)  # the game must see it released, too
            if self._game_waits and self._ledger.pulses:
                asyncio.get_running_loop().call_later(PULSES_AGAIN_S, self._due.set)

    def _happened(self, event: SlotEvent) -> None:
        match event:
            case CoinTaken(credits):
                self._reports.tell("coin", {"credits": credits})
                self._on_coin()
                self._due.set()
            case CoinRejected(why):
                self._rejected(why)
            case SlotAlarm(reason):
                self._problems.found(PART, reason)
                self._reports.tell("alarm", {"what": PART, "why": reason})
                self._screen.insist("slot-stuck")
            case SlotWell():
                self._well()

    def _well(self) -> None:
        self._problems.over(PART)
        self._screen.insist(None)

    def _rejected(self, why: str) -> None:
        """Reported, but a slot that rejects all evening does not fill the log with it."""
        now_s = time.monotonic()
        if now_s - self._rejected_s >= REJECTED_EVERY_S:
            self._rejected_s = now_s
            log.warning("coin slot: nothing counted: %s", why)
            self._reports.tell("alarm", {"what": PART, "why": f"something was inserted that counts for nothing: {why}"})
