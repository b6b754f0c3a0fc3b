"""Messages of tags: those that prove the key open once, and nothing else opens at all."""

import asyncio
import errno
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from devices.access.options import SunOptions, SunParameters
from devices.access.readers.reader import Refusal, RefusalReason
from devices.access.site_key import BadKey
from devices.access.sun import counter_table
from devices.access.sun import counters as counters_module
from devices.access.sun.errors import CounterNotStored, CounterUnknown, Forged, Replayed, SunRefused
from devices.access.sun.keys import SunKeys, sun_keys
from devices.access.sun.message import message_in
from devices.access.sun.simulated_tag import SimulatedTag
from devices.errors import BadFrame
from devices.policy.rules import Strength
from tests.devices.access.sun.reading import MASTER, UID, a_board, a_tag, counters_file, reading
from tests.faults.small_disk import small_disk

KEYS = SunKeys.derived(MASTER, b"")
HEX = st.sampled_from("0123456789abcdefABCDEF")
ALMOST = st.builds(
    "{}?{}={}&{}={}&{}={}".format,
    st.sampled_from(["https://alco.example/tag", "", "x"]),
    st.sampled_from(["picc_data", "uid", "enc"]),
    st.text(HEX, max_size=36),
    st.sampled_from(["ctr", "enc", "cmac", "uid"]),
    st.text(HEX, max_size=36),
    st.sampled_from(["cmac", "c", "picc_data"]),
    st.text(HEX, max_size=20),
)


class TestOneTag:
    async def test_each_message_is_the_card_with_its_counter(self, tmp_path: Path) -> None:
        tag = a_tag(counter=41)
        async with reading(tmp_path) as messages:
            cards = [await messages.verified(tag.tapped()) for _ in range(3)]
        assert [(card.number, card.strength, card.counter) for card in cards] == [
            ("04782E21801D80", Strength.CRYPTO, counter) for counter in (42, 43, 44)
        ]

    async def test_a_message_that_was_used_is_refused_at_once_and_for_ever(self, tmp_path: Path) -> None:
        tag = a_tag()
        recorded = tag.tapped()
        async with reading(tmp_path) as messages:
            await messages.verified(recorded)
            with pytest.raises(Replayed):
                await messages.verified(recorded)
            await messages.verified(tag.tapped())
            with pytest.raises(Replayed) as refused:
                await messages.verified(recorded)
        assert refused.value.counter == 1

    async def test_a_counter_that_was_rolled_back_is_refused(self, tmp_path: Path) -> None:
        async with reading(tmp_path) as messages:
            await messages.verified(a_tag(counter=100).tapped())
            for counter in (0, 50, 99, 100):
                with pytest.raises(Replayed):
                    await messages.verified(a_tag(counter=counter).tapped())
            assert (await messages.verified(a_tag(counter=101).tapped())).counter == 102

    async def test_a_restart_changes_nothing(self, tmp_path: Path) -> None:
        recorded = a_tag().tapped()
        async with reading(tmp_path) as messages:
            await messages.verified(recorded)
        async with reading(tmp_path) as messages:
            with pytest.raises(Replayed):
                await messages.verified(recorded)

    async def test_the_same_message_at_once_at_two_readers_of_a_pi_passes_once(self, tmp_path: Path) -> None:
        board = a_board(tmp_path)
        async with reading(tmp_path, board) as one, reading(tmp_path, board) as other:
            for counter in range(20):
                recorded = a_tag(counter=counter).tapped()
                readings = [each.verified(recorded) for each in (one, other, one, other)]
                outcomes = await asyncio.gather(*readings, return_exceptions=True)
                assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Card"] + ["Replayed"] * 3

    async def test_a_reader_that_leaves_does_not_take_the_counters_from_the_other(self, tmp_path: Path) -> None:
        board, tag = a_board(tmp_path), a_tag()
        async with reading(tmp_path, board) as one:
            async with reading(tmp_path, board) as other:
                await other.verified(tag.tapped())
            await one.verified(tag.tapped())

    async def test_tags_have_counters_of_their_own(self, tmp_path: Path) -> None:
        async with reading(tmp_path) as messages:
            for n in range(5):
                assert (await messages.verified(a_tag(uid=UID[:-1] + bytes([n])).tapped())).counter == 1

    async def test_no_number_of_a_tag_is_on_the_disk(self, tmp_path: Path) -> None:
        async with reading(tmp_path) as messages:
            await messages.verified(a_tag().tapped())
        for file in counters_file(tmp_path).parent.iterdir():
            content = file.read_bytes()
            assert UID not in content
            assert UID.hex().encode() not in content.lower()


class TestWhoseTag:
    @pytest.mark.parametrize("plain", [True, False])
    async def test_a_tag_of_another_site_is_refused(self, tmp_path: Path, plain: bool) -> None:
        other = SimulatedTag(UID, bytes.fromhex("FF" * 16), plain=plain)
        async with reading(tmp_path) as messages:
            for _ in range(20):
                with pytest.raises(Forged):
                    await messages.verified(other.tapped())

    async def test_a_new_tag_with_the_key_of_the_factory_is_refused(self, tmp_path: Path) -> None:
        async with reading(tmp_path) as messages:
            with pytest.raises(Forged):
                await messages.verified("picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086")

    async def test_a_key_that_was_read_out_of_one_tag_forges_no_other(self, tmp_path: Path) -> None:
        stolen = a_tag()
        stolen._uid = UID[:-1] + b"\x99"
        async with reading(tmp_path) as messages:
            with pytest.raises(Forged):
                await messages.verified(stolen.tapped())

    @pytest.mark.parametrize("digit", range(16))
    def test_every_digit_of_the_mac_counts(self, digit: int) -> None:
        address = a_tag().tapped()
        at = len(address) - 16 + digit
        wrong = address[:at] + ("0" if address[at] != "0" else "1") + address[at + 1 :]
        with pytest.raises(Forged):
            KEYS.opened(message_in(wrong, SunParameters()))

    def test_file_data_are_signed(self) -> None:
        tag = SimulatedTag(UID, MASTER, file_data=b"0123456789abcdef")
        address = tag.tapped()
        assert KEYS.opened(message_in(address, SunParameters())).file_data == b"0123456789abcdef"
        at = address.index("enc=") + 7
        wrong = address[:at] + ("0" if address[at] != "0" else "1") + address[at + 1 :]
        with pytest.raises(Forged):
            KEYS.opened(message_in(wrong, SunParameters()))

    def test_a_counter_in_plain_text_cannot_be_raised(self) -> None:
        address = SimulatedTag(UID, MASTER, plain=True).tapped()
        with pytest.raises(Forged):
            KEYS.opened(message_in(address.replace("ctr=000001", "ctr=000002"), SunParameters()))

    def test_other_names_in_the_address(self) -> None:
        address = a_tag().tapped().replace("picc_data", "e").replace("cmac", "c")
        assert KEYS.opened(message_in(address, SunParameters(picc_data="e", mac="c"))).uid == UID


class TestWhatIsNoMessage:
    @given(st.text(max_size=120) | ALMOST)
    @example("uid=" + "0" * 14 + "&ctr=" + "0" * 6 + "&cmac=" + "0" * 16)
    @example("picc_data=" + "0" * 32 + "&cmac=" + "0" * 16)
    @example("picc_data=" + "0" * 32 + "&cmac=" + "0" * 16 + "&enc=" + "0" * 32)
    @example("uid=٠٤٠٤٠٤٠٤٠٤٠٤٠٤&ctr=000000&cmac=" + "0" * 16)
    @example("é=1&cmac=" + "0" * 16 + "&enc=" + "0" * 32 + "&picc_data=" + "0" * 32)
    def test_any_text_is_no_message_or_a_forged_one(self, text: str) -> None:
        with pytest.raises((BadFrame, Forged)) as refused:
            KEYS.opened(message_in(text, SunParameters()))
        assert len(text) < 12 or text not in str(refused.value)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "62E3086CED",
            "https://alco.example",
            "picc_data=" + "0" * 32,
            "picc_data=" + "0" * 31 + "&cmac=" + "0" * 16,
            "uid=" + "0" * 14 + "&cmac=" + "0" * 16,
            "uid=" + "0" * 14 + "&uid=" + "0" * 14 + "&ctr=000000&cmac=" + "0" * 16,
            "?" * 3000,
        ],
    )
    def test_what_is_missing_is_said_and_nothing_of_the_text(self, text: str) -> None:
        with pytest.raises(BadFrame) as refused:
            message_in(text, SunParameters())
        assert "0000" not in str(refused.value)


class TestRefusals:
    async def test_a_reader_says_why(self, tmp_path: Path) -> None:
        said: list[str] = []
        recorded = a_tag().tapped()
        async with reading(tmp_path) as messages:
            assert not isinstance(await messages.read(recorded, said.append), Refusal)
            assert await messages.read(recorded, said.append) == Refusal(RefusalReason.REPLAYED, 1)
            forged = SimulatedTag(UID, bytes(range(16)), plain=True).tapped()
            assert await messages.read(forged, said.append) == Refusal(RefusalReason.FORGED, 1)
            with pytest.raises(BadFrame):
                await messages.read("62E3086CED", said.append)
        assert set(said) == {""}

    def test_every_reason_has_its_name(self) -> None:
        assert {error.__name__ for error in SunRefused.__subclasses__()} == {
            "Forged",
            "Replayed",
            "CounterUnknown",
            "CounterNotStored",
        }


class TestKeys:
    @pytest.mark.parametrize("content", ["", "secret", "00" * 15, "zz" * 16])
    async def test_what_is_no_key_is_refused_and_not_repeated(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "key").write_text(content)
        with pytest.raises(BadKey, match="openssl rand -hex 16") as refused:
            await sun_keys(SunOptions(key_file=str(tmp_path / "key")))
        assert not content or content not in str(refused.value).replace("32 hex", "")

    async def test_the_key_of_the_factory_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text("00" * 16)
        with pytest.raises(BadKey, match="every tag is sold"):
            await sun_keys(SunOptions(key_file=str(tmp_path / "key")))

    async def test_the_key_of_the_picc_data_may_be_another(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(MASTER.hex())
        (tmp_path / "meta").write_text("42" * 16)
        keys = await sun_keys(SunOptions(key_file=str(tmp_path / "key"), meta_key_file=str(tmp_path / "meta")))
        tag = a_tag()
        tag._meta_key = b"\x42" * 16
        assert keys.opened(message_in(tag.tapped(), SunParameters())).uid == UID

    async def test_the_system_identifier_makes_other_keys(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(MASTER.hex())
        keys = await sun_keys(SunOptions(key_file=str(tmp_path / "key"), system="A1C0"))
        assert (
            keys.opened(message_in(SimulatedTag(UID, MASTER, system=b"\xa1\xc0").tapped(), SunParameters())).uid == UID
        )
        with pytest.raises(Forged):
            keys.opened(message_in(SimulatedTag(UID, MASTER, plain=True).tapped(), SunParameters()))


class TestDisk:
    async def test_a_disk_that_is_full_refuses_and_says_so_and_loses_no_counter(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "state", "1m") as disk:
            tag, said = a_tag(), list[str]()
            async with reading(tmp_path) as messages:
                recorded = tag.tapped()
                await messages.verified(recorded)
                disk.fill()
                refused = 0
                for _ in range(400):  # what stands in its files already is written again until they must grow
                    outcome = await messages.read(tag.tapped(), said.append)
                    refused += outcome == Refusal(RefusalReason.COUNTER_NOT_STORED, tag.counter)
                assert refused
                assert any("cannot be stored" in each and "free some space" in each for each in said)
                disk.free()
                assert (await messages.verified(tag.tapped())).counter == tag.counter
                with pytest.raises(Replayed):
                    await messages.verified(recorded)

    async def test_a_disk_that_hangs_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counters_module, "WITHIN_S", 0.1)
        monkeypatch.setattr(counter_table, "see_here", lambda *_, **__: time.sleep(1))
        async with reading(tmp_path) as messages:
            with pytest.raises(CounterNotStored, match="did not answer in time"):
                await messages.verified(a_tag().tapped())

    async def test_an_error_of_the_disk_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(counter_table, "see_here", fail)
        async with reading(tmp_path) as messages:
            with pytest.raises(CounterNotStored, match="Input/output error"):
                await messages.verified(a_tag().tapped())

    async def test_counters_that_were_damaged_are_set_aside_and_each_tag_must_rise_once_more(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whoever has recorded one message, and no other after it, cannot use it."""
        tag, said = a_tag(), list[str]()
        recorded = tag.tapped()
        async with reading(tmp_path) as messages:
            await messages.verified(recorded)
        counters_file(tmp_path).write_bytes(b"no database " * 1000)
        async with reading(tmp_path) as messages:
            with caplog.at_level(logging.ERROR):
                assert await messages.read(recorded, said.append) == Refusal(RefusalReason.COUNTER_UNKNOWN, 1)
            assert await messages.read(recorded, said.append) == Refusal(RefusalReason.REPLAYED, 1)
            assert "every tag must be shown twice" in said[-1]
            assert (await messages.verified(tag.tapped())).counter == 2
        async with reading(tmp_path) as messages:
            with pytest.raises(CounterUnknown):
                await messages.verified(a_tag(uid=UID[:-1] + b"\1").tapped())
        assert list(counters_file(tmp_path).parent.glob("*.damaged-*"))

    async def test_a_table_of_20_000_tags_is_as_quick(self, tmp_path: Path) -> None:
        async with reading(tmp_path) as messages:
            await messages.verified(a_tag().tapped())
        with sqlite3.connect(counters_file(tmp_path)) as db:
            rows = ((n.to_bytes(32), n) for n in range(20_000))
            db.executemany("INSERT INTO tag VALUES (?, ?)", rows)
        db.close()
        async with reading(tmp_path) as messages:
            tag = a_tag(counter=5)
            took = []
            for _ in range(50):
                began = time.perf_counter()
                await messages.verified(tag.tapped())
                took.append(time.perf_counter() - began)
        assert sorted(took)[25] < 0.1


USES = """
import asyncio, sys
from pathlib import Path
from tests.devices.access.sun.reading import a_tag, reading

async def main():
    tag = a_tag(counter=int(sys.argv[2]))
    async with reading(Path(sys.argv[1])) as messages:
        while True:
            card = await messages.verified(tag.tapped())
            print(card.counter, flush=True)

asyncio.run(main())
"""


def killed_after(tmp_path: Path, counter: int, seconds: float) -> int:
    """The last counter that a process has let pass before it was killed."""
    arguments = [sys.executable, "-c", USES, str(tmp_path), str(counter)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[4]) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        printed = [first, *child.stdout]
    return max(int(line) for line in printed if line.endswith("\n"))


@pytest.mark.fault
def test_killed_at_any_moment_no_message_that_opened_opens_again(tmp_path: Path) -> None:
    async def use(counter: int) -> None:
        async with reading(tmp_path) as messages:
            with pytest.raises(Replayed):
                await messages.verified(a_tag(counter=counter - 1).tapped())
            await messages.verified(a_tag(counter=counter + 1).tapped())  # the one between may be stored, not printed

    used = 0
    for round_ in range(6):
        used = killed_after(tmp_path, used, 0.011 * round_)
        asyncio.run(use(used))
        used += 2


fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzzed
@given(taps=st.lists(st.integers(1, 12), max_size=30))
def test_of_any_messages_in_any_order_only_those_open_that_rise(tmp_path: Path, taps: list[int]) -> None:
    async def use() -> None:
        async with reading(tmp_path) as messages:
            highest = 0
            for counter in taps:
                try:
                    assert (await messages.verified(a_tag(uid, counter=counter - 1).tapped())).counter == counter
                    opened = True
                except Replayed:
                    opened = False
                assert opened == (counter > highest)
                highest = max(highest, counter)

    uid = UID[:3] + os.urandom(4)
    asyncio.run(use())
