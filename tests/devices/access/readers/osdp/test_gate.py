"""What may pass between libosdp and a line."""

import pytest

from devices.access.readers.osdp.codes import CommandCode, ReplyCode
from devices.access.readers.osdp.frame import Check, Frame, SecurityBlock
from devices.access.readers.osdp.gate import may_be_believed, may_be_sent

HANDSHAKE = {
    CommandCode.ID: ReplyCode.PDID,
    CommandCode.CAP: ReplyCode.PDCAP,
    CommandCode.CHLNG: ReplyCode.CCRYPT,
    CommandCode.SCRYPT: ReplyCode.RMAC_I,
}


def frame(code: int, *, reply: bool, security: int | None = None, which: bytes = b"", sequence: int = 1) -> Frame:
    block = None if security is None else SecurityBlock(security, which)
    return Frame(1, reply, sequence, Check.CRC, code, b"", block, b"MAC!" if security and security > 0x14 else None)


def command(code: int, security: int | None = None, which: bytes = b"") -> Frame:
    return frame(code, reply=False, security=security, which=which)


def reply(code: int, security: int | None = None, sequence: int = 1) -> Frame:
    return frame(code, reply=True, security=security, sequence=sequence)


@pytest.mark.parametrize("code", set(CommandCode) - set(HANDSHAKE))
@pytest.mark.parametrize("installing", [True, False])
def test_nothing_but_the_handshake_is_said_in_plaintext(code: int, installing: bool) -> None:
    assert not may_be_sent(command(code), installing=installing)
    assert may_be_sent(command(code, 0x17), installing=installing)


@pytest.mark.parametrize("code", [CommandCode.CHLNG, CommandCode.SCRYPT])
def test_the_default_key_is_offered_only_while_installing(code: int) -> None:
    assert may_be_sent(command(code, 0x11, b"\1"), installing=False)
    assert not may_be_sent(command(code, 0x11, b"\0"), installing=False)
    assert may_be_sent(command(code, 0x11, b"\0"), installing=True)


@pytest.mark.parametrize("code", [ReplyCode.RAW, ReplyCode.FMT, ReplyCode.LSTATR, ReplyCode.ACK, ReplyCode.KEYPAD])
@pytest.mark.parametrize("security", [None, 0x11, 0x12, 0x13, 0x14])
@pytest.mark.parametrize("asked", [CommandCode.POLL, *HANDSHAKE])
@pytest.mark.parametrize("channel", [0x15, 0x17, None])
def test_no_card_or_state_is_believed_without_a_mac(
    code: int, security: int | None, asked: int, channel: int | None
) -> None:
    assert not may_be_believed(reply(code, security), command(asked, channel))


@pytest.mark.parametrize(("asked", "answer"), HANDSHAKE.items())
def test_before_the_channel_each_command_has_its_one_reply(asked: int, answer: int) -> None:
    assert may_be_believed(reply(answer), command(asked))
    for other in set(ReplyCode) - {answer, ReplyCode.NAK, ReplyCode.BUSY}:
        assert not may_be_believed(reply(other), command(asked))
    assert not may_be_believed(reply(answer, 0x16), command(asked))


def test_inside_the_channel_a_mac_is_needed_and_libosdp_verifies_it() -> None:
    assert may_be_believed(reply(ReplyCode.RAW, 0x18), command(CommandCode.POLL, 0x15))


def test_another_readers_an_older_or_an_echoed_frame_is_no_reply() -> None:
    asked = command(CommandCode.ID)
    assert not may_be_believed(reply(ReplyCode.PDID, sequence=2), asked)
    assert not may_be_believed(asked, asked)
    other = Frame(2, True, 1, Check.CRC, ReplyCode.PDID, b"")
    assert not may_be_believed(other, asked)


@pytest.mark.parametrize("channel", [0x15, None])
def test_a_reader_may_say_that_it_is_busy_or_refuses_at_any_time(channel: int | None) -> None:
    asked = command(CommandCode.CHLNG if channel is None else CommandCode.POLL, channel)
    assert may_be_believed(reply(ReplyCode.NAK), asked)
    assert may_be_believed(reply(ReplyCode.BUSY, sequence=0), asked)


def test_a_reader_may_drop_its_session_with_its_old_key() -> None:
    assert may_be_believed(reply(ReplyCode.ACK), command(CommandCode.KEYSET, 0x17))
