"""The site's keys for tags, and the message that they open."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from devices.access.options import SunOptions
from devices.access.site_key import BadKey
from devices.access.sun.diversification import INPUT_AT_MOST, diversified
from devices.access.sun.errors import Forged
from devices.access.sun.message import Encrypted, Message, Mirrored
from devices.access.sun.session import COUNTER_BYTES, KEY_BYTES, UID_BYTES, Session, decrypted_picc_data
from devices.board.blocking import BlockingCalls
from devices.secret import read_secret

PICC_DATA_TAG = 0xC7
"""UID and counter are mirrored, and the UID has seven bytes."""
META = b"meta"
SYSTEM_AT_MOST = INPUT_AT_MOST - UID_BYTES
KEY = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")
FACTORY_KEY = bytes(KEY_BYTES)
WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Proven:
    """A tag that knows its key, and what it says."""

    uid: bytes
    counter: int
    file_data: bytes | None


class SunKeys:
    """Opens messages: `meta_key` their PICC data, before the tag is known; `file_key` gives a tag's own by its UID."""

    def __init__(self, meta_key: bytes, file_key: Callable[[bytes], bytes]) -> None:
        self._meta_key = meta_key
        self._file_key = file_key

    @classmethod
    def derived(cls, master: bytes, system: bytes, meta_key: bytes | None = None) -> "SunKeys":
        """As the site's tags are personalised."""
        return cls(meta_key or meta_key_of(master, system), partial(file_key_of, master, system))

    def opened(self, message: Message) -> Proven:
        """Takes the same time whatever is wrong with the MAC.

        Raises:
            Forged: it was made with other keys.
        """
        tag = self._tag(message.tag)
        session = Session(self._file_key(tag.uid), tag.uid, tag.counter)
        if not hmac.compare_digest(session.mac(message.signed), message.mac):
            raise Forged(
                "a tag with another key, or a forged message: was the tag personalised for this site?", tag.counter
            )
        file_data = None if message.file_data is None else session.decrypted(message.file_data)
        return Proven(tag.uid, tag.counter, file_data)

    def _tag(self, tag: Encrypted | Mirrored) -> Mirrored:
        if isinstance(tag, Mirrored):
            return tag
        plain = decrypted_picc_data(self._meta_key, tag.picc_data)
        if plain[0] != PICC_DATA_TAG:
            raise Forged("a tag of another site, or one that mirrors no UID and counter: the PICC data cannot be read")
        uid, rest = plain[1 : 1 + UID_BYTES], plain[1 + UID_BYTES :]
        return Mirrored(uid, int.from_bytes(rest[:COUNTER_BYTES], "little"))


def file_key_of(master: bytes, system: bytes, uid: bytes) -> bytes:
    """A tag's SDMFileReadKey: AN10922 with the UID and the system identifier."""
    return diversified(master, uid + system)


def meta_key_of(master: bytes, system: bytes) -> bytes:
    """The site's SDMMetaReadKey: AN10922 with `meta` in ASCII and the system identifier."""
    return diversified(master, META + system)


def key_from(text: str, whose: str) -> bytes:
    """A key in hex.

    Raises:
        BadKey: it is none, or the one that every tag comes with.
    """
    if not KEY.fullmatch(text):
        raise BadKey(f"{whose} should hold {2 * KEY_BYTES} hex digits: make them with `openssl rand -hex {KEY_BYTES}`")
    if (key := bytes.fromhex(text)) == FACTORY_KEY:
        raise BadKey(
            f"{whose} holds the key with which every tag is sold: make one with `openssl rand -hex {KEY_BYTES}`"
        )
    return key


def system_from(text: str) -> bytes:
    """A system identifier in hex.

    Raises:
        BadKey: it is none, or too long.
    """
    try:
        if len(system := bytes.fromhex(text)) <= SYSTEM_AT_MOST:
            return system
    except ValueError:
        pass
    raise BadKey(f"a system identifier is hex, of at most {SYSTEM_AT_MOST} bytes")


async def sun_keys(options: SunOptions) -> SunKeys:
    """The keys that the options name.

    Raises:
        SecretMissing: a file cannot be read.
        BadKey: it holds no key.
    """
    return await BlockingCalls().run("reading the keys of tags", lambda: _read(options), deadline_s=WITHIN_S)


def _read(options: SunOptions) -> SunKeys:
    master = key_from(read_secret(options.key_file), options.key_file)
    meta = options.meta_key_file
    meta_key = None if meta is None else key_from(read_secret(meta), meta)
    return SunKeys.derived(master, system_from(options.system), meta_key)
