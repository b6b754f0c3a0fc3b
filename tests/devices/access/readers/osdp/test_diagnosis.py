"""What a technician is told of a reader that is not there."""

import pytest

from devices.access.readers.osdp.codes import CommandCode, ReplyCode
from devices.access.readers.osdp.diagnosis import KeyRefused, NoSecureChannel, failed, silent
from devices.access.readers.osdp.frame import Check, Frame
from devices.errors import DeviceOffline

READER = "the reader with address 3 at /dev/alcolab/rs485"
REFUSES = Frame(3, True, 1, Check.CRC, ReplyCode.NAK, b"\x06")


def command(code: int) -> Frame:
    return Frame(3, False, 1, Check.CRC, code, b"")


def reply(code: int) -> Frame:
    return Frame(3, True, 1, Check.CRC, code, b"")


@pytest.mark.parametrize(("noise", "hint"), [(0, "supply"), (17, "`baudrate`")])
def test_silence_is_told_from_noise(noise: int, hint: str) -> None:
    assert hint in str(silent(READER, noise))
    assert READER in str(silent(READER, noise))


@pytest.mark.parametrize(
    ("asked", "answer", "installing", "kind", "hint"),
    [
        (CommandCode.CAP, reply(ReplyCode.PDCAP), False, NoSecureChannel, "switch"),
        (CommandCode.ID, REFUSES, False, DeviceOffline, "it says: it demands the secure channel"),
        (CommandCode.CHLNG, reply(ReplyCode.CCRYPT), False, KeyRefused, "does not know its key"),
        (CommandCode.SCRYPT, REFUSES, False, KeyRefused, "install it anew"),
        (CommandCode.KEYSET, REFUSES, True, KeyRefused, "factory key"),
        (CommandCode.POLL, None, False, DeviceOffline, "again and again"),
    ],
)
def test_each_failure_has_its_own_words(
    asked: int, answer: Frame | None, installing: bool, kind: type[DeviceOffline], hint: str
) -> None:
    error = failed(READER, command(asked), answer, installing=installing)
    assert type(error) is kind
    assert hint in str(error)
    assert str(error).startswith(READER)
