"""An OSDP reader, with libosdp's own peripheral device as the reader at the wall."""

import asyncio
import logging
import time
from functools import partial
from pathlib import Path

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.options import BadgeReaderOptions, OsdpReader
from devices.access.readers.osdp.codes import CommandCode
from devices.access.readers.osdp.keys import NAME, BadReaderKey, ReaderKey, ReaderKeys
from devices.access.readers.osdp.osdp_reader import NoReaderKey
from devices.access.readers.reader import Answer, Refusal, RefusalReason
from devices.board.board import Claim
from devices.board.pi import PiBoard
from devices.errors import DeviceOffline, HardwareMissing, LineBusy, StorageFull
from tests.devices.access.readers.osdp.running import ADA, BOB, PORT, Bench, bench, opened, steady
from tests.devices.recording_port import RecordingPort
from tests.waiting import until

GREEN, RED = 2, 1


class TestCards:
    async def test_a_card_that_is_held_to_it_is_read(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = await line.keyed()
            async with opened(line.reader()) as session:
                await session.until_online()
                reader.hold(ADA)
                assert await session.read() == [ADA]

    async def test_a_card_that_stays_is_one_and_another_card_is_another(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = await line.keyed()
            async with opened(line.reader()) as session:
                await session.until_online()
                for card in (ADA, ADA, ADA, BOB):
                    await until(partial(reader.hold, card))
                assert await session.read(2) == [ADA, BOB]

    async def test_a_card_of_any_length_is_read_and_one_too_long_is_refused(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = await line.keyed()
            async with opened(line.reader()) as session:
                await session.until_online()
                reader.reads("1" * 56)
                reader.reads("1" * 57)
                first, second = await session.read(2)
        assert getattr(first, "number", "") == "F" * 14
        assert second == Refusal(RefusalReason.UNREADABLE)


class TestInstallation:
    async def test_without_a_key_and_without_install_it_says_what_to_do(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            line.install()
            async with opened(line.reader()) as session:
                error = await session.until_failed()
        assert isinstance(error, NoReaderKey)
        assert "install: true" in str(error)
        assert session.problems == [str(error)]

    async def test_install_gives_a_new_reader_a_key_of_its_own_and_asks_to_be_taken_out(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = line.install()
            async with opened(line.reader(install=True)) as session:
                await session.until_online()
                await until(lambda: any("take `install` out" in problem for problem in session.problems))
            kept = await ReaderKeys(line.board, "badges").kept()
            assert kept == ReaderKey(reader.key or b"", installed=True)
            async with opened(line.reader()) as session:
                await session.until_online()
                reader.hold(ADA)
                assert await session.read() == [ADA]
                assert not any(session.problems)

    async def test_two_readers_get_two_keys(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            one, other = line.install(1), line.install(2)
            both = line.reader(1, "one", install=True), line.reader(2, "other", install=True)
            async with opened(both[0]) as first, opened(both[1]) as second:
                await first.until_online()
                await second.until_online()
        assert one.key != other.key
        assert None not in (one.key, other.key)

    async def test_the_key_is_on_the_disk_before_the_reader_gets_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("devices.access.readers.osdp.keys.replace_file", full)
        async with bench(tmp_path) as line:
            reader = line.install()
            async with opened(line.reader(install=True)) as session:
                assert isinstance(await session.until_failed(), StorageFull)
        assert reader.key is None
        assert line.commands == []

    async def test_a_power_cut_during_installation_loses_no_reader(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = line.install()
            async with opened(line.reader(install=True)):
                await until(lambda: reader.key)  # it has the key, the Pi has not heard so
            reader.restart()
            async with opened(line.reader(install=True)) as session:
                await session.until_online()
                reader.hold(ADA)
                assert await session.read() == [ADA]

    async def test_install_works_once_until_it_was_taken_out(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = line.install()
            for again in (False, True):
                async with opened(line.reader(install=True)) as session:
                    await session.until_online()
                line.readers[:] = [reader := line.install(serial=2)]  # another one, fresh from the factory
                async with opened(line.reader(install=True)) as session:
                    assert "does not know its key" in str(await session.until_failed())
                assert reader.key is None
                if not again:
                    async with opened(line.reader()) as session:
                        await session.until_failed()

    async def test_a_board_that_forgets_installs_nothing(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            line.board.forgets = True  # as that of `alcolab probe`
            reader = line.install(serial=77)
            async with opened(line.reader(install=True)) as session:
                assert "serial number 77" in str(await session.until_failed())
        assert reader.key is None
        assert not (line.board.folder("badges") / NAME).exists()

    async def test_a_damaged_key_is_a_clear_problem_and_install_makes_a_new_one(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            (path := line.board.folder("badges") / NAME).write_bytes(b"\xff\xfe")
            line.install()
            async with opened(line.reader()) as session:
                assert isinstance(error := await session.until_failed(), BadReaderKey)
            assert session.problems == [str(error)]
            assert path.read_bytes() == b"\xff\xfe"
            async with opened(line.reader(install=True)) as session:
                await session.until_online()


class TestFeedback:
    @pytest.mark.parametrize(("answer", "color", "beeps"), [(Answer.GRANTED, GREEN, 1), (Answer.DENIED, RED, 3)])
    async def test_an_answer_shows_on_lamp_and_buzzer(
        self, tmp_path: Path, answer: Answer, color: int, beeps: int
    ) -> None:
        async with bench(tmp_path) as line:
            peer = await line.keyed()
            reader = line.reader()
            async with opened(reader) as session:
                await steady(line, session)
                reader.show(answer)
                await until(lambda: len(peer.shown) == 2)
        lamp, buzzer = peer.shown
        assert (lamp.what, lamp.fields["on_color"], lamp.fields["temporary"]) == ("lamp", color, True)
        assert (buzzer.what, buzzer.fields["rep_count"]) == ("buzzer", beeps)

    async def test_a_reader_without_lamp_and_buzzer_is_not_asked_to_show(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "devices.access.readers.osdp.simulated_peer.CAPABILITIES", {9: 1}, raising=True
        )  # nothing but the secure channel
        async with bench(tmp_path) as line:
            peer = await line.keyed()
            reader = line.reader()
            async with opened(reader) as session:
                await steady(line, session)
                reader.show(Answer.GRANTED)
                peer.hold(ADA)
                assert await session.read() == [ADA]
        assert not peer.shown

    async def test_nobody_sees_an_answer_while_it_is_not_open(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            line.reader().show(Answer.GRANTED)
        assert line.commands == []

    async def test_tampering_and_a_power_failure_are_problems_until_they_are_over(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = await line.keyed()
            async with opened(line.reader()) as session:
                await steady(line, session)
                reader.reports(tampered=True)
                await until(lambda: "tampering" in session.problems[-1])
                reader.reports(power_failed=True)
                await until(lambda: "power" in session.problems[-1])
                reader.reports()
                await until(lambda: session.problems[-1] == "")


class TestFaults:
    async def test_a_silent_reader_is_offline_and_the_technician_knows_where_to_look(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            (await line.keyed()).dead = True
            async with opened(line.reader()) as session:
                assert isinstance(error := await session.until_failed(), DeviceOffline)
        assert "does not answer" in str(error)
        assert "address 1" in str(error)

    async def test_a_reader_that_falls_silent_is_offline_within_seconds_and_comes_back(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = await line.keyed()
            async with opened(line.reader()) as session:
                await steady(line, session)
                reader.dead = True
                assert isinstance(await session.until_failed(), DeviceOffline)
            reader.dead = False
            async with opened(line.reader()) as session:
                await session.until_online()
                reader.hold(ADA)
                assert await session.read() == [ADA]

    async def test_a_reader_that_was_not_there_is_asked_once_and_after_a_pause(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            (await line.keyed()).dead = True
            begun_s = 0.0
            for asked in (2, 3, 4):
                async with opened(line.reader()) as session:
                    begun_s = time.monotonic()
                    await session.until_failed()
                assert len(line.sent(CommandCode.ID)) == asked
        assert time.monotonic() - begun_s > 2

    async def test_a_cut_of_its_supply_is_healed_without_anybody_seeing_it(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            reader = await line.keyed()
            async with opened(line.reader()) as session:
                await steady(line, session)
                for card in (ADA, BOB):
                    reader.restart()
                    await until(lambda: line.commands[-1].code == CommandCode.SCRYPT)
                    reader.hold(card)
                    await session.read(1 + (card is BOB))
                assert session.cards == [ADA, BOB]

    async def test_an_unplugged_port_is_offline_for_all_its_readers(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            await line.keyed(1, "one")
            await line.keyed(2, "other")
            async with opened(line.reader(1, "one")) as one, opened(line.reader(2, "other")) as other:
                await steady(line, one)
                await steady(line, other)
                line.wire.unplug()
                for session in (one, other):
                    assert isinstance(error := await session.until_failed(), DeviceOffline)
                    assert PORT in str(error)
            line.wire.plug()
            async with opened(line.reader(1, "one")) as session:
                await session.until_online()

    async def test_a_port_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            await line.keyed()
            line.wire.unplug()
            async with opened(line.reader()) as session:
                assert isinstance(await session.until_failed(), HardwareMissing)


class TestSharedLine:
    async def test_it_is_opened_with_the_first_and_closed_with_the_last(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            one, other = await line.keyed(1, "one"), await line.keyed(2, "other")
            async with opened(line.reader(2, "other")) as second:
                async with opened(line.reader(1, "one")) as first:
                    await first.until_online()
                    await second.until_online()
                    one.hold(ADA)
                    other.hold(BOB)
                    assert (await first.read(), await second.read()) == ([ADA], [BOB])
                assert (line.board.opened, line.board.closed) == (1, 0)
                other.hold(ADA)
                assert await second.read(2) == [BOB, ADA]
            assert (line.board.opened, line.board.closed) == (1, 1)

    @pytest.fixture
    def _patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a busy machine a reader of ours may be late, which must not look like a session that was disturbed."""
        monkeypatch.setattr("devices.access.readers.osdp.line.REPLY_WITHIN_S", 1.0)

    @pytest.mark.usefixtures("_patient")
    async def test_a_reader_that_is_added_or_taken_away_disturbs_no_session(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            await line.keyed(1, "one")
            await line.keyed(2, "other")
            async with opened(line.reader(1, "one")) as first:
                await steady(line, first)
                sessions = len(line.sent(CommandCode.CHLNG, 1))
                async with opened(line.reader(2, "other")) as second:
                    await steady(line, second)
                await steady(line, first)
                assert len(line.sent(CommandCode.CHLNG, 1)) == sessions

    @pytest.mark.usefixtures("_patient")
    async def test_a_dead_reader_stops_no_other(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            alive, dead = await line.keyed(1, "one"), await line.keyed(2, "other")
            dead.dead = True
            async with opened(line.reader(1, "one")) as first, opened(line.reader(2, "other")) as second:
                await steady(line, first)
                sessions = len(line.sent(CommandCode.CHLNG, 1))
                await second.until_failed()
                alive.hold(ADA)
                assert await first.read() == [ADA]
                assert len(line.sent(CommandCode.CHLNG, 1)) == sessions

    async def test_two_readers_with_one_address_are_refused(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            await line.keyed(1, "one")
            async with opened(line.reader(1, "one")) as first:
                await first.until_online()
                async with opened(line.reader(1, "other")) as second:
                    assert isinstance(error := await second.until_failed(), LineBusy)
                assert "address 1" in str(error)
                await steady(line, first)

    async def test_two_speeds_on_one_line_are_refused(self, tmp_path: Path) -> None:
        async with bench(tmp_path) as line:
            await line.keyed(1, "one")
            await line.keyed(2, "other")
            async with opened(line.reader(1, "one")) as first:
                await first.until_online()
                async with opened(line.reader(2, "other", baudrate=9600)) as second:
                    assert "9600" in str(await second.until_failed())
            async with opened(line.reader(2, "other", baudrate=9600)) as second:
                await second.until_online()


class TestDevice:
    """The same as the lab sees it."""

    @pytest.fixture(autouse=True)
    def _quickly_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)

    async def test_a_card_is_a_badge_and_a_reader_that_comes_back_is_online_again(self, tmp_path: Path) -> None:
        options = BadgeReaderOptions(reader=OsdpReader(type="osdp", port=PORT, address=1, baudrate=115_200))
        port = RecordingPort("badges")
        async with bench(tmp_path) as line:
            peer = await line.keyed()
            running = asyncio.create_task(BadgeReader(options, line.board).run(port), name="badges")
            await port.until(lambda: port.available == [(True, "")])
            await until(lambda: peer.hold(ADA))
            await port.until(lambda: port.events)
            peer.dead = True
            await port.until(lambda: not port.available[-1][0])
            peer.dead = False
            await port.until(lambda: port.available[-1][0])
            running.cancel()
            await asyncio.wait([running])
        (event,) = port.events
        assert (event.kind, event.data["strength"]) == ("badge", "uid")
        assert port.states["problems"] == {}

    async def test_a_reader_that_was_never_installed_is_offline_with_a_problem(self, tmp_path: Path) -> None:
        options = BadgeReaderOptions(reader=OsdpReader(type="osdp", port=PORT, address=1, baudrate=115_200))
        port = RecordingPort("badges")
        async with bench(tmp_path) as line:
            line.install()
            running = asyncio.create_task(BadgeReader(options, line.board).run(port), name="badges")
            await port.until(lambda: port.available)
            running.cancel()
            await asyncio.wait([running])
        assert "install: true" in port.available[0][1]
        assert "install: true" in str(port.states["problems"])

    @pytest.mark.pi
    async def test_a_pis_own_board_speaks_with_it_too(self, tmp_path: Path) -> None:
        port = RecordingPort("badges")
        async with bench(tmp_path) as line:
            place = str(line.world.serial_path(PORT))
            reader = OsdpReader(type="osdp", port=place, address=1, install=True)
            peer = line.install()
            device = BadgeReader(BadgeReaderOptions(reader=reader), PiBoard(tmp_path / "pi"))
            running = asyncio.create_task(device.run(port), name="badges")
            await port.until(lambda: port.available and port.available[-1][0], within_s=30)  # it is slow
            await until(lambda: peer.hold(ADA))
            await port.until(lambda: port.events)
            line.wire.unplug()
            await port.until(lambda: not port.available[-1][0])
            line.wire.plug()
            await port.until(lambda: port.available[-1][0])
            running.cancel()
            await asyncio.wait([running])


class TestSecrecy:
    async def test_neither_key_nor_card_is_said_anywhere(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            async with bench(tmp_path) as line:
                key = await self._installed_and_failed(line)
        out, err = capfd.readouterr()
        said = f"{caplog.text} {out} {err} {self.said}".lower()
        for secret in (key.hex(), str(key), ADA.number.lower(), ADA.printed[0]):
            assert secret not in said

    async def _installed_and_failed(self, line: Bench) -> bytes:
        reader = line.install()
        async with opened(line.reader(install=True)) as session:
            await session.until_online()
            reader.hold(ADA)
            await session.read()
            reader.dead = True
            await session.until_failed()
        self.said = f"{session.problems} {session.error!r} {session.cards}"
        assert reader.key is not None
        return reader.key


def test_readers_share_a_port_but_no_address() -> None:
    options = BadgeReaderOptions(reader=OsdpReader(type="osdp", port=PORT, address=7))
    port, address = BadgeReader.claims(options)
    assert port == Claim("serial", PORT, shared_as="osdp")
    assert address == Claim("OSDP address", f"7 at {PORT}")
