"""The NTAG 424 DNA tags of the simulated lab's people: the same ones at each reader, whose counters only rise."""

import time
from weakref import WeakKeyDictionary

from devices.access.card import Card
from devices.access.options import SunOptions
from devices.access.scenery.text_reader import Says
from devices.access.sun.keys import key_from
from devices.access.sun.simulated_tag import SimulatedTag
from devices.board.world import World
from devices.secret import read_secret

NXP = b"\x04"
"""With which a UID of seven bytes begins."""
COUNTED_EVERY_S = 10
COUNTERS = 2**24

_tags: WeakKeyDictionary[World, dict[str, SimulatedTag]] = WeakKeyDictionary()


def messages_of(options: SunOptions, world: World) -> Says:
    """What the readers of this site say of a tag that is held to them."""

    def says(card: Card) -> str:
        tags = _tags.setdefault(world, {})
        if card.number not in tags:
            tags[card.number] = _tag(card, options)
        return tags[card.number].tapped()

    return says


def uid_of(card: Card) -> bytes:
    """Of the tag that somebody has beside this card."""
    return NXP + bytes.fromhex(card.number) + b"\x80"


def _tag(card: Card, options: SunOptions) -> SimulatedTag:
    """It has been used about as often as there was time for, so that its counter has risen since the last world."""
    master = key_from(read_secret(options.key_file), options.key_file)
    counter = int(time.time()) // COUNTED_EVERY_S % COUNTERS
    return SimulatedTag(uid_of(card), master, system=bytes.fromhex(options.system), counter=counter)
