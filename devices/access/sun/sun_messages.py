"""Cards by the messages of their tags: read, opened with the tag's key, and new."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from devices.access.card import Card
from devices.access.options import SunOptions, SunParameters
from devices.access.readers.reader import Refusal, RefusalReason, Trouble
from devices.access.site_key import SiteKey
from devices.access.sun.counter_table import Seen
from devices.access.sun.counters import Counters, counters_of
from devices.access.sun.errors import CounterNotStored, CounterUnknown, Forged, Replayed, SunRefused
from devices.access.sun.keys import Proven, SunKeys, sun_keys
from devices.access.sun.message import message_in
from devices.board.board import Board
from devices.board.clock import Moment
from devices.errors import StorageFull
from devices.policy.rules import Strength

REASONS: dict[type[SunRefused], RefusalReason] = {
    Forged: RefusalReason.FORGED,
    Replayed: RefusalReason.REPLAYED,
    CounterUnknown: RefusalReason.COUNTER_UNKNOWN,
    CounterNotStored: RefusalReason.COUNTER_NOT_STORED,
}


class SunMessages:
    """The messages at one reader. Several may share `counters`."""

    def __init__(
        self,
        reader: str,
        *,
        keys: SunKeys,
        counters: Counters,
        site_key: SiteKey,
        parameters: SunParameters,
        now: Callable[[], Moment],
    ) -> None:
        self._reader = reader
        self._keys = keys
        self._counters = counters
        self._site_key = site_key
        self._parameters = parameters
        self._now = now

    async def verified(self, text: str) -> Card:
        """The card whose message this is, once: its counter is on the disk then.

        Raises:
            BadFrame: it is no message.
            Forged: it was made with other keys.
            Replayed: it was used before.
            CounterUnknown: all counters were lost, and this is the tag's first message since.
            CounterNotStored: the disk is full or does not answer.
        """
        proven = self._keys.opened(message_in(text, self._parameters))
        card, counter = card_of(proven), proven.counter
        credential = self._site_key.credential(card)
        try:
            seen = await self._counters.seen_here(self._reader, credential, counter, self._now())
        except StorageFull as error:
            raise CounterNotStored(str(error), counter) from error
        if seen is Seen.NOT_RISEN:
            raise Replayed("this message of the tag was used before: hold the tag to the reader itself", counter)
        if seen is Seen.UNKNOWN:
            raise CounterUnknown("the counters of tags were lost: hold the tag to the reader once more", counter)
        return card

    async def read(self, text: str, trouble: Trouble) -> Card | Refusal:
        """As `verified`, with what a reader says of a message that it does not believe.

        Raises:
            BadFrame: it is no message.
        """
        try:
            card = await self.verified(text)
        except SunRefused as error:
            trouble(str(error) if isinstance(error, CounterNotStored) else self._counters.problem)
            return Refusal(REASONS[type(error)], error.counter)
        trouble(self._counters.problem)
        return card


def card_of(proven: Proven) -> Card:
    return replace(Card.numbered(int.from_bytes(proven.uid)), strength=Strength.CRYPTO, counter=proven.counter)


@asynccontextmanager
async def sun_messages(reader: str, options: SunOptions, board: Board, site_key: SiteKey) -> AsyncIterator[SunMessages]:
    """The messages at `reader`.

    Raises:
        SecretMissing, BadKey: the keys cannot be read.
        HardwareMissing: there is no place for the counters.
    """
    keys = await sun_keys(options)
    async with counters_of(board) as counters:
        yield SunMessages(
            reader,
            keys=keys,
            counters=counters,
            site_key=site_key,
            parameters=options.parameters,
            now=board.clock.now,
        )
