"""`alcolab decode osdp`: one frame in words."""

from collections.abc import Mapping

from devices.access.readers.osdp.card import card_of_bits
from devices.access.readers.osdp.codes import ReplyCode, name_of
from devices.access.readers.osdp.frame import Frame, parse
from devices.access.readers.osdp.payload import bits_of, payload_of
from devices.device import Json
from devices.errors import BadFrame


def decode(text: str) -> Mapping[str, Json]:
    """One frame: `{"address": 1, "reply": true, "sequence": 2, "check": "crc", "code": "0x40", "name": "ACK", …}`.

    `secure` frames bear a MAC, which only the two at its ends can verify. Of keys and PINs only the length is shown. A
    card that travels outside the secure channel has `number` (ten hex digits or more), `facility` and `card` too.

    Raises:
        BadFrame: not bytes in hex, or not one whole frame.
    """
    try:
        frame = parse(bytes.fromhex(text))
    except BadFrame:
        raise
    except ValueError:
        raise BadFrame("these are not bytes in hex: write two digits for each, such as 53 01 08 00") from None
    return {
        "address": frame.address,
        "reply": frame.reply,
        "sequence": frame.sequence,
        "check": frame.check,
        "secure": frame.secure,
        **_security(frame),
        "code": f"0x{frame.code:02x}",
        "name": name_of(frame.code, reply=frame.reply),
        "payload": payload_of(frame),
        **_card(frame),
    }


def _security(frame: Frame) -> Mapping[str, Json]:
    if frame.security is None:
        return {}
    named: dict[str, Json] = {"security": f"SCS_{frame.security.type:02x}", "encrypted": frame.encrypted}
    if not frame.secure and frame.security.data:
        named["key"] = "own" if frame.security.data[0] else "default"
    return named


def _card(frame: Frame) -> Mapping[str, Json]:
    if not frame.reply or frame.code != ReplyCode.RAW or frame.encrypted:
        return {}
    try:
        card = card_of_bits(bits_of(frame.data))
    except BadFrame:  # a whole frame all the same, and its bits are shown
        return {}
    return {"number": card.number, "facility": card.facility, "card": card.card}
