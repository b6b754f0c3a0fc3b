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
from devices.access.readers.reader import Answer, Reader, Refusal
from devices.access.site_key import SiteKey, site_key
from devices.board.board import Board, Claim
from devices.device import Device, Event, EventKind, Json, Port, StateKind
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

    @classmethod
    def hears(cls, config: BadgeReaderOptions) -> Iterable[str]:
        return cls.beside(config)

    @classmethod
    def beside(cls, config: BadgeReaderOptions) -> Iterable[str]:
        return [] if config.shows is None else [config.shows]

    def __init__(self, config: BadgeReaderOptions, board: Board) -> None:
        super().__init__(config, board)
        self._reader: Reader | None = None
        """The one that was opened last."""

    async def run(self, port: Port) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(port), name=f"{port.device}: badges")
            if self.config.shows is not None:
                group.create_task(self._show(port, self.config.shows), name=f"{port.device}: answers")

    async def _read(self, port: Port) -> None:
        while True:
            try:
                await self._report(port)
            except AlcolabError as error:
                port.offline(str(error))
            await asyncio.sleep(AGAIN_S)

    async def _report(self, port: Port) -> None:
        key = await site_key(self.board, self.config.key_file)
        problems = Problems(port)
        self._reader = reader_of(self.config.reader, self.board, port.device)
        async with self._reader.opened(problems.are) as cards:
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

    async def _show(self, port: Port, place: str) -> None:
        """What somebody says of the place on MQTT is not shown: only this Pi decides there."""
        async with port.hear(place, only_here=True) as messages:
            async for message in messages:
                if isinstance(message, Event) and message.kind == "access" and self._reader is not None:
                    granted = message.data.get("granted") is True
                    self._reader.show(Answer.GRANTED if granted else Answer.DENIED)


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
