"""A badge reader, as the lab sees it: each badge that is held to it is an event with a credential, never a number."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from devices.access.card import Card
from devices.access.options import (
    BadgeReaderOptions,
    Id12laReader,
    KeyboardReader,
    OsdpReader,
    Rdm6300Reader,
    SunOptions,
    TextReader,
    WiegandReader,
)
from devices.access.readers.kinds import reader_of
from devices.access.readers.reader import Answer, Reader, Refusal, Trouble
from devices.access.site_key import SiteKey, site_key
from devices.board.board import Board, Claim
from devices.device import Device, Event, EventKind, Json, Port, StateKind
from devices.errors import AlcolabError, Flooded

AGAIN_S = 2.0
"""Whoever plugs a reader in again stands before it: it is looked for more often than the supervisor would."""
READER, TAGS = "reader", "tags"
"""The parts that `problems` names."""


class BadgeReader(Device[BadgeReaderOptions]):
    """Online while its port is open and the site's key is known."""

    options = BadgeReaderOptions
    events = (
        EventKind("badge", "A badge was shown: `credential`, a keyed hash of its number, `strength`, and `counter`."),
        EventKind("refused", "A badge that should prove its key did not: `reason`, and `counter` where it told one."),
    )
    states = (
        StateKind("problems", "What a technician should look after; empty when all is well."),
        StateKind("accepted", "Digests of the messages of tags that it accepted last, for the readers beside it."),
    )

    @classmethod
    def claims(cls, config: BadgeReaderOptions) -> Iterable[Claim]:
        match config.reader:
            case Rdm6300Reader() | Id12laReader() | TextReader() as reader:
                return [Claim("serial", reader.port)]
            case OsdpReader() as reader:
                address = Claim("OSDP address", f"{reader.address} at {reader.port}")
                return [Claim("serial", reader.port, shared_as="osdp"), address]
            case WiegandReader() as reader:
                return [Claim("line", reader.d0), Claim("line", reader.d1)]
            case KeyboardReader() as reader:
                return [Claim("input", reader.device)]

    @classmethod
    def hears(cls, config: BadgeReaderOptions) -> Iterable[str]:
        return (*cls.beside(config), *_also_at(config))

    @classmethod
    def beside(cls, config: BadgeReaderOptions) -> Mapping[str, Sequence[str]]:
        return {} if config.shows is None else {config.shows: ("door", "machine")}

    def __init__(self, config: BadgeReaderOptions, board: Board) -> None:
        super().__init__(config, board)
        self._reader: Reader | None = None
        """The one that was opened last."""

    async def run(self, port: Port) -> None:
        problems = Problems(port)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(port, problems.of(READER)), name=f"{port.device}: badges")
            if self.config.shows is not None:
                group.create_task(self._show(port, self.config.shows), name=f"{port.device}: answers")
            if also_at := _also_at(self.config):
                from devices.access.sun.elsewhere import hear_elsewhere

                heard = hear_elsewhere(also_at, self.board, port, problems.of(TAGS))
                group.create_task(heard, name=f"{port.device}: tags at other readers")

    async def _read(self, port: Port, trouble: Trouble) -> None:
        while True:
            try:
                await self._report(port, trouble)
            except AlcolabError as error:
                port.offline(str(error))
            await asyncio.sleep(AGAIN_S)

    async def _report(self, port: Port, trouble: Trouble) -> None:
        key = await site_key(self.board, self.config.key_file)
        self._reader = reader_of(self.config.reader, self.board, port.device, key)
        async with self._reader.opened(trouble) as cards:
            port.online()
            trouble("")
            async for card in cards:
                self._say(port, key, card)

    def _say(self, port: Port, key: SiteKey, card: Card | Refusal) -> None:
        counted: dict[str, Json] = {} if card.counter is None else {"counter": card.counter}
        with suppress(Flooded):  # the door or machine beside it hears it all the same
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
        self._said: dict[str, str] = {}
        """By their parts; an empty text: all is well."""

    def of(self, part: str) -> Trouble:
        """By which the part tells its problem."""

        def tell(problem: str) -> None:
            if problem != self._said.get(part):
                self._said[part] = problem
                self._port.state("problems", {part: said for part, said in self._said.items() if said})

        return tell


def _also_at(config: BadgeReaderOptions) -> Sequence[str]:
    """The other readers whose counters of tags count here."""
    match config.reader:
        case KeyboardReader(sun=SunOptions(also_at=others)) | TextReader(sun=SunOptions(also_at=others)):
            return others
    return ()
