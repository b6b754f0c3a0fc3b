"""A badge reader, as the lab sees it: each badge that is held to it is an event with a credential, never a number."""

import asyncio
from collections.abc import Iterable

from devices.access.card import Card
from devices.access.options import (
    BadgeReaderOptions,
    Id12laReader,
    KeyboardReader,
    OsdpReader,
    Rdm6300Reader,
    TextReader,
    WiegandReader,
)
from devices.access.readers.kinds import reader_of
from devices.access.readers.reader import Refusal
from devices.access.site_key import SiteKey, site_key
from devices.board.board import Claim
from devices.device import Device, EventKind, Json, Port, StateKind
from devices.errors import AlcolabError

AGAIN_S = 2.0
"""Whoever plugs a reader in again stands before it: it is looked for more often than the supervisor would."""
READER = "reader"
"""The part that `problems` names."""


class BadgeReader(Device[BadgeReaderOptions]):
    """Online while its port is open and the site's key is known."""

    options = BadgeReaderOptions
    events = (
        EventKind("badge", "A badge was shown: `credential`, a keyed hash of its number, `strength`, and `counter`."),
        EventKind("refused", "A badge that should prove its key did not: `reason`, and `counter` where it told one."),
    )
    states = (StateKind("problems", "What a technician should look after; empty when all is well."),)

    @classmethod
    def claims(cls, config: BadgeReaderOptions) -> Iterable[Claim]:
        match config.reader:
            case Rdm6300Reader() | Id12laReader() | TextReader() as reader:
                return [Claim("serial", reader.port)]
            case OsdpReader() as reader:
                return [Claim("serial", reader.port, shared_as="osdp")]
            case WiegandReader() as reader:
                return [Claim("line", reader.d0), Claim("line", reader.d1)]
            case KeyboardReader() as reader:
                return [Claim("input", reader.device)]

    async def run(self, port: Port) -> None:
        while True:
            try:
                await self._report(port)
            except AlcolabError as error:
                port.offline(str(error))
            await asyncio.sleep(AGAIN_S)

    async def _report(self, port: Port) -> None:
        key = await site_key(self.board, self.config.key_file)
        problems = Problems(port)
        async with reader_of(self.config.reader, self.board, port.device).opened(problems.are) as cards:
            port.online()
            problems.are("")
            async for card in cards:
                self._say(port, key, card)

    def _say(self, port: Port, key: SiteKey, card: Card | Refusal) -> None:
        counted: dict[str, Json] = {} if card.counter is None else {"counter": card.counter}
        if isinstance(card, Refusal):
            port.event("refused", {"reason": card.reason, **counted})
        else:
            port.event("badge", {"credential": key.credential(card), "strength": card.strength, **counted})


class Problems:
    """The state `problems`, said when it changes."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._said: str | None = None

    def are(self, problem: str) -> None:
        """The reader's problem; the empty text: none."""
        if problem != self._said:
            self._said = problem
            self._port.state("problems", {READER: problem} if problem else {})
