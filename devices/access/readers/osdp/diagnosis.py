"""Why a reader is not there, in words for the technician who stands before it."""

from devices.access.readers.osdp.codes import NAK_REASONS, CommandCode, ReplyCode
from devices.access.readers.osdp.frame import Frame
from devices.errors import DeviceOffline


class KeyRefused(DeviceOffline):
    """The reader is there, but does not know the key that this Pi keeps for it."""


class NoSecureChannel(DeviceOffline):
    """The reader is there, but cannot or will not speak in a secure channel."""


def silent(reader: str, noise: int) -> DeviceOffline:
    """It does not answer; `noise` bytes came that are no frames."""
    if noise:
        return DeviceOffline(
            f"{reader} sends what is no OSDP: check that `baudrate` is the reader's, that no other program or reader "
            "with the same address talks there, that the wires A and B are not swapped, and the termination"
        )
    return DeviceOffline(
        f"{reader} does not answer: check its supply, the wires A and B, and that `address` and `baudrate` are its own"
    )


def failed(reader: str, command: Frame, reply: Frame | None, *, installing: bool) -> DeviceOffline:
    """It answers, but the secure channel does not come about or breaks."""
    if command.code in (CommandCode.ID, CommandCode.CAP) and reply is not None and reply.code != ReplyCode.NAK:
        return NoSecureChannel(
            f"{reader} offers no secure channel and is refused, because its cards could be forged: switch the secure "
            "channel of OSDP v2 on in the reader, or take another one"
        )
    if command.code in (CommandCode.CHLNG, CommandCode.SCRYPT, CommandCode.KEYSET):
        return _key_refused(reader, reply, installing=installing)
    return DeviceOffline(f"{reader} breaks its secure channel again and again{_because(reply)}: check the termination")


def _key_refused(reader: str, reply: Frame | None, *, installing: bool) -> KeyRefused:
    if installing:
        return KeyRefused(
            f"{reader} knows neither its key nor the default key{_because(reply)}: reset it to its factory key, as its "
            "manual says, and leave `install: true` until it is done"
        )
    return KeyRefused(
        f"{reader} does not know its key{_because(reply)}: it was reset or exchanged, or is not the one that was "
        "installed; if you trust it, reset it to its factory key and install it anew with `install: true`"
    )


def _because(reply: Frame | None) -> str:
    if reply is None or reply.code != ReplyCode.NAK or reply.encrypted or not reply.data:
        return ""
    return f" (it says: {NAK_REASONS.get(reply.data[0], f'error {reply.data[0]}')})"
