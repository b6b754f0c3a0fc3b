"""Readers that say a line of text for each card: by keys, or on a serial port."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from devices.access.card import Card
from devices.access.options import SaysText, TextFormat
from devices.access.scenery.simulated_reader import Faulty, SimulatedReader
from devices.board.keyboard import Keyboard
from devices.board.wire import Wire
from devices.board.world import Fault

BROKEN_LENGTH = 3
"""Less than any number has."""
KEY_EVERY_S = 0.004
NO_DIGITS = "ghjkmnpqrstuvwxyz"

Says: TypeAlias = Callable[[Card], str]
"""The text of a card."""


class SimulatedTextReader(SimulatedReader):
    """It says a card once, when it comes."""

    def __init__(self, says: Says, random: Random, faulty: Faulty) -> None:
        super().__init__(random, faulty)
        self._says = says

    async def hold(self, card: Card, held_s: float) -> None:
        if not self._silent():
            await self._say(f"{self._heard(self._says(card))}\n")
        await asyncio.sleep(held_s)

    def _heard(self, text: str) -> str:
        if self._faulty() is Fault.GARBAGE:
            return "".join(self._random.choices(NO_DIGITS, k=len(text)))
        return text[:BROKEN_LENGTH] if self._breaks() else text

    @abstractmethod
    async def _say(self, line: str) -> None:
        """Towards the Pi, with the line's end."""


class SimulatedKeyboardReader(SimulatedTextReader):
    """It types, as a US keyboard does."""

    def __init__(self, keyboard: Keyboard, says: Says, random: Random, faulty: Faulty) -> None:
        super().__init__(says, random, faulty)
        self._keyboard = keyboard

    def plug(self) -> None:
        self._keyboard.plug()

    def unplug(self) -> None:
        self._keyboard.unplug()

    async def _say(self, line: str) -> None:
        for character in line:
            self._keyboard.type(character)
            await asyncio.sleep(KEY_EVERY_S)


class SimulatedLineReader(SimulatedTextReader):
    """It writes on a serial port."""

    def __init__(self, wire: Wire, says: Says, random: Random, faulty: Faulty) -> None:
        super().__init__(says, random, faulty)
        self._wire = wire

    def plug(self) -> None:
        self._wire.plug()

    def unplug(self) -> None:
        self._wire.unplug()

    async def _say(self, line: str) -> None:
        self._wire.send(line.replace("\n", "\r\n").encode("ascii"))


def number_of(options: SaysText) -> Says:
    """What such a reader says of a number."""

    def says(card: Card) -> str:
        number = bytes.fromhex(card.number)[:: -1 if options.reversed else 1]
        if options.format is TextFormat.HEX:
            return number.hex().upper()
        return f"{int.from_bytes(number):0{len(str(256 ** len(number) - 1))}d}"

    return says
