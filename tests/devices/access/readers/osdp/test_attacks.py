"""Who sits at the wire of an OSDP reader, or has exchanged it, gets no card believed."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from devices.access.readers.osdp.codes import CommandCode, ReplyCode
from devices.access.readers.osdp.diagnosis import KeyRefused, NoSecureChannel
from devices.access.readers.osdp.frame import Check, Frame, SecurityBlock, parse
from devices.access.readers.osdp.keys import ReaderKey, ReaderKeys
from devices.access.readers.wiegand_frame import bits_of
from devices.errors import DeviceOffline
from tests.devices.access.readers.osdp.encoding import encode
from tests.devices.access.readers.osdp.running import ADA, BOB, KEY, Session, bench, opened, steady
from tests.waiting import until

FORGED = bytes([0, 1, 26, 0]) + int(bits_of(BOB, 26).ljust(32, "0"), 2).to_bytes(4)
"""The data of a RAW reply with Bob's card."""
A_WHILE_S = 0.4


def forged(command: Frame, security: SecurityBlock | None = None, mac: bytes | None = None) -> bytes:
    """A card, as a reply to this command."""
    return encode(Frame(command.address, True, command.sequence, Check.CRC, ReplyCode.RAW, FORGED, security, mac))


def incapable(_: Frame | None, answer: bytes) -> bytes:
    """The reader's answer, with the secure channel taken out of its capabilities."""
    frame = parse(answer) if answer else None
    if frame is None or frame.code != ReplyCode.PDCAP:
        return answer
    threes = [frame.data[at : at + 3] for at in range(0, len(frame.data), 3)]
    return encode(replace(frame, data=b"".join(b"\t\0\0" if three[0] == 9 else three for three in threes)))


@pytest.mark.parametrize("install", [False, True])
async def test_a_reader_without_secure_channel_is_refused(tmp_path: Path, install: bool) -> None:
    async with bench(tmp_path) as line:
        reader = line.install() if install else await line.keyed()
        line.meddle = incapable
        async with opened(line.reader(install=install)) as session:
            reader.hold(ADA)
            assert isinstance(await session.until_failed(), NoSecureChannel)
        assert session.cards == []
        assert {frame.code for frame in line.commands} == {CommandCode.ID, CommandCode.CAP}


async def test_a_reader_with_the_default_key_is_refused_outside_installation(tmp_path: Path) -> None:
    async with bench(tmp_path) as line:
        await ReaderKeys(line.board, "badges").keep(ReaderKey(KEY))
        reader = line.install()
        async with opened(line.reader()) as session:
            reader.hold(ADA)
            assert isinstance(await session.until_failed(), KeyRefused)
        assert session.cards == []
        assert reader.key is None
        assert all(frame.security.data == b"\1" for frame in line.sent(CommandCode.CHLNG) if frame.security)


@pytest.mark.parametrize("install", [False, True])
async def test_a_reader_with_another_key_is_refused(tmp_path: Path, install: bool) -> None:
    async with bench(tmp_path) as line:
        await ReaderKeys(line.board, "badges").keep(ReaderKey(KEY))
        reader = line.install(key=bytes(reversed(KEY)))
        async with opened(line.reader(install=install)) as session:
            reader.hold(ADA)
            assert isinstance(error := await session.until_failed(), KeyRefused)
        assert session.cards == []
        assert "factory key" in str(error)
        assert session.problems == [str(error)]
        assert line.sent(CommandCode.KEYSET) == []


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(forged, id="in plaintext"),
        *(
            pytest.param(lambda command, kind=kind: forged(command, SecurityBlock(kind, b"\1")), id=f"as SCS_{kind:x}")
            for kind in range(0x11, 0x15)
        ),
        *(
            pytest.param(
                lambda command, kind=kind: forged(command, SecurityBlock(kind), bytes(4)), id=f"as SCS_{kind:x}"
            )
            for kind in range(0x15, 0x19)
        ),
    ],
)
async def test_a_card_that_is_forged_into_the_session_is_not_believed(
    tmp_path: Path, forge: Callable[[Frame], bytes]
) -> None:
    async with bench(tmp_path) as line:
        reader = await line.keyed()
        async with opened(line.reader()) as session:
            await steady(line, session)
            forgeries = 0

            def meddle(command: Frame | None, answer: bytes) -> bytes:
                nonlocal forgeries
                if command is None or command.code != CommandCode.POLL or forgeries:
                    return answer
                forgeries += 1
                return forge(command)

            line.meddle = meddle
            await until(lambda: forgeries)
            await until(lambda: reader.hold(ADA))
            await until(lambda: session.cards or session.error)
        assert BOB not in session.cards


@pytest.mark.parametrize("at", [CommandCode.ID, CommandCode.CAP, CommandCode.CHLNG, CommandCode.SCRYPT])
async def test_a_card_in_place_of_the_handshake_is_not_believed_later(tmp_path: Path, at: int) -> None:
    async with bench(tmp_path) as line:
        reader = await line.keyed()
        forgeries = 0

        def meddle(command: Frame | None, answer: bytes) -> bytes:
            nonlocal forgeries
            if command is None or command.code != at or forgeries:
                return answer
            forgeries += 1
            return forged(command) + answer

        line.meddle = meddle
        async with opened(line.reader()) as session:
            await steady(line, session)
            reader.hold(ADA)
            assert await session.read() == [ADA]
        assert forgeries == 1


@pytest.mark.parametrize("predictable", [False, True], ids=["as it is", "if challenges could be known"])
async def test_a_recorded_session_opens_nothing(
    tmp_path: Path, predictable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if predictable:  # as libosdp alone is: then the attack does succeed, which shows that it is one
        monkeypatch.setattr("devices.access.readers.osdp.challenge.secrets.token_bytes", bytes)
    async with bench(tmp_path) as line:
        reader = await line.keyed()
        reader.hold(ADA)
        async with opened(line.reader()) as session:
            await session.read()
        recorded = iter(line.answers)
        reader.dead = True
        line.meddle = lambda command, _: next(recorded, b"") if command else b""
        async with opened(line.reader()) as session:
            await until(lambda: session.cards or session.error)
    assert session.cards == ([ADA] if predictable else [])
    assert predictable or isinstance(session.error, DeviceOffline)


async def test_a_card_that_was_recorded_in_this_very_session_counts_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as line:
        reader = await line.keyed()
        async with opened(line.reader(away=0.0)) as session:
            await steady(line, session)
            reader.hold(ADA)
            await session.read()
            (card,) = [answer for answer in line.answers if parse(answer).code == ReplyCode.RAW]
            replayed = 0

            def replay(command: Frame | None, answer: bytes) -> bytes:
                nonlocal replayed
                if command is None or command.code != CommandCode.POLL or replayed == 3:
                    return answer
                replayed += 1
                return encode(replace(parse(card), sequence=command.sequence))

            line.meddle = replay
            await until(lambda: replayed == 3 or session.error)
            await asyncio.sleep(A_WHILE_S)
        assert session.cards == [ADA]


@pytest.mark.parametrize("seed", range(2))
async def test_cut_bytes_and_garbage_make_no_card_and_are_survived(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - noise, not secrets

    def meddle(_: Frame | None, answer: bytes) -> bytes:
        match chance.randrange(10):
            case 0:
                return answer[: chance.randrange(len(answer) + 1)]
            case 1:
                return chance.randbytes(chance.randrange(1, 20)) + answer
            case 2:
                return bytes(byte ^ (1 << chance.randrange(8)) for byte in answer[:1]) + answer[1:]
            case _:
                return answer

    async with bench(tmp_path) as line:
        reader = await line.keyed()
        line.meddle = meddle
        read = []
        for card in (ADA, BOB):
            async with opened(line.reader()) as session:
                reader.hold(card)
                await until(partial(_ended, session))
                read += session.cards
        assert set(read) <= {ADA, BOB}
        line.meddle = lambda _, answer: answer
        async with opened(line.reader()) as session:
            await session.until_online()
            reader.hold(BOB)
            await until(lambda: BOB in session.cards)


def _ended(session: Session) -> bool:
    return bool(session.cards or session.error)


async def test_a_reader_that_is_busy_for_ever_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.readers.osdp.osdp_reader.ONLINE_WITHIN_S", 0.3)
    async with bench(tmp_path) as line:
        await line.keyed()
        line.meddle = lambda *_: encode(Frame(1, True, 0, Check.CRC, ReplyCode.BUSY, b""))
        async with opened(line.reader()) as session:
            assert "does not become ready" in str(await session.until_failed())
