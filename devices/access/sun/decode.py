"""One message of a tag on the command line, for whoever personalises tags or wonders why one is refused."""

from collections.abc import Mapping

from devices.access.options import SunParameters
from devices.access.site_key import BadKey
from devices.access.sun.errors import Forged
from devices.access.sun.keys import KEY, SunKeys, system_from
from devices.access.sun.message import Encrypted, Message, message_in
from devices.access.sun.sun_messages import card_of
from devices.device import Json
from devices.errors import BadFrame
from devices.secret import read_secret

WELL_KNOWN = (
    SunParameters(),
    SunParameters(picc_data="e", mac="c"),  # AN12196
    SunParameters(picc_data="p", mac="c"),
    SunParameters(picc_data="picc", mac="mac"),
)


def decode(
    text: str, key: str | None = None, meta_key: str | None = None, master: str | None = None, system: str = ""
) -> Mapping[str, Json]:
    """`{"uid": "04DE5F1EACC040", "counter": 61, "number": "04DE5F1EACC040"}`, and `file_data` in hex if there are any.

    Keys are 32 hex digits, or the name of a file that holds them: `key` is the tag's own, `master` the site's.

    Raises:
        BadFrame: no message.
        Forged: the keys do not fit.
        BadKey, SecretMissing: no key.
    """
    message = _message(text)
    keys = _keys(message, key, meta_key, master, system)
    try:
        proven = keys.opened(message)
    except Forged as error:
        raise Forged(f"the MAC is wrong: {error}. {_hint(key)}", error.counter) from None
    uid = proven.uid.hex().upper()
    decoded: dict[str, Json] = {"uid": uid, "counter": proven.counter, "number": card_of(proven).number}
    if proven.file_data is not None:
        decoded["file_data"] = proven.file_data.hex().upper()
    return decoded


def _message(text: str) -> Message:
    errors = []
    for parameters in WELL_KNOWN:
        try:
            return message_in(text, parameters)
        except BadFrame as error:
            errors.append(error)
    raise errors[0]


def _keys(message: Message, key: str | None, meta_key: str | None, master: str | None, system: str) -> SunKeys:
    meta = None if meta_key is None else _key(meta_key)
    if master is not None:
        return SunKeys.derived(_key(master), system_from(system), meta)
    if key is None:
        raise BadKey(
            "say with which key: --key HEX, the tag's own (32 zeros for a new one), or --master HEX, the site's"
        )
    own = _key(key)
    needs_meta = isinstance(message.tag, Encrypted)
    return SunKeys(meta if needs_meta and meta is not None else own, lambda _: own)


def _key(text: str) -> bytes:
    """Here the key with which a tag is sold is welcome."""
    if not KEY.fullmatch(text) and not KEY.fullmatch(text := read_secret(text)):
        raise BadKey("a key has 32 hex digits")
    return bytes.fromhex(text)


def _hint(key: str | None) -> str:
    if key is None:
        return "Check --master, --system and --meta-key, and from where on the tag signs (SDMMACInputOffset)"
    return "Has the tag a key of its own for the PICC data (--meta-key), or was it derived from the site's (--master)?"
