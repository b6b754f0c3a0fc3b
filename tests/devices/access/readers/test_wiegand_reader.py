"""A Wiegand reader on two lines, from the pulse to the event."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, WiegandReader
from devices.access.readers.wiegand_frame import Format, bits_of
from devices.access.site_key import SiteKey
from devices.board.board import Claim
from devices.board.pi import PiBoard
from devices.board.world import World
from tests.devices.access.running import AWAY_S, Running, running
from tests.virtual_pi.gpio_sim import GpioSim

D0, D1 = "GPIO5", "GPIO6"
ADA, BOB = Card.numbered(0x086CED), Card.numbered(0x086CEE)
BIT_NS = 1_000_000
KEY = SiteKey(bytes(32))


@pytest.fixture(autouse=True)
def _quickly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)


@pytest.fixture
def options(tmp_path: Path) -> BadgeReaderOptions:
    (tmp_path / "site.key").write_text("00" * 32)
    return options_of(tmp_path)


def options_of(folder: Path, bits: Format | None = None) -> BadgeReaderOptions:
    reader = WiegandReader(type="wiegand", d0=D0, d1=D1, format=bits, away=AWAY_S)
    return BadgeReaderOptions(reader=reader, key_file=str(folder / "site.key"))


def inverted(bits: str) -> str:
    return bits.translate(str.maketrans("01", "10"))


class Wires:
    """The outside of a simulated reader. What it sends has the times of a real one, whenever it is played."""

    def __init__(self, world: World) -> None:
        self.wires = (world.pin(D0), world.pin(D1))
        self.now_ns = time.monotonic_ns()
        for wire in self.wires:
            wire.drive(True)

    def send(self, bits: str, *, every_ns: int = BIT_NS) -> None:
        """After a pause that is longer than that within a frame."""
        self.now_ns += 30_000_000
        for bit in bits:
            self.now_ns += every_ns
            self.wires[int(bit)].drive(False, at_ns=self.now_ns)
            self.wires[int(bit)].drive(True, at_ns=self.now_ns + 50_000)


def card(number: Card, bits: Format = 26) -> str:
    return bits_of(number, bits)


async def test_a_badge_is_an_event_with_its_credential_and_strength(
    tmp_path: Path, options: BadgeReaderOptions
) -> None:
    async with running(tmp_path, options) as reader:
        Wires(reader.world).send(card(ADA))
        await reader.badges(1)
        (event,) = reader.port.events
    assert (event.kind, event.data) == ("badge", {"credential": KEY.credential(ADA), "strength": "uid"})


@pytest.mark.parametrize(("bits", "other"), [(26, 34), (34, 26)])
async def test_a_reader_of_one_format_takes_no_other(tmp_path: Path, bits: Format, other: Format) -> None:
    (tmp_path / "site.key").write_text("00" * 32)
    async with running(tmp_path, options_of(tmp_path, bits)) as reader:
        wires = Wires(reader.world)
        wires.send(card(ADA, other))
        assert f"has {bits} bits, this has {other}" in await reader.problem()
        wires.send(card(ADA, bits))
        await reader.badges(1)
        assert reader.port.states["problems"] == {}


async def test_two_quick_cards_never_merge_however_late_the_loop_is(
    tmp_path: Path, options: BadgeReaderOptions
) -> None:
    async with running(tmp_path, options) as reader:
        wires = Wires(reader.world)
        for _ in range(3):
            wires.send(card(ADA))
            wires.send(card(BOB))
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


async def test_a_frame_that_comes_while_the_loop_is_busy_is_whole(tmp_path: Path, options: BadgeReaderOptions) -> None:
    async with running(tmp_path, options) as reader:
        wires = Wires(reader.world)

        def slowly() -> None:
            for bit in card(ADA):
                wires.wires[int(bit)].drive(False)
                wires.wires[int(bit)].drive(True)
                time.sleep(0.004)

        sending = Thread(target=slowly)
        sending.start()
        while sending.is_alive():
            time.sleep(0.04)  # noqa: ASYNC251 - the loop has other things to do
            await asyncio.sleep(0)
        assert await reader.badges(1) == [KEY.credential(ADA)]


@pytest.mark.parametrize(
    ("play", "said"),
    [
        (lambda wires: wires.send(inverted(card(ADA))), "D0 and D1 are swapped"),
        (lambda wires: wires.send(card(ADA)[:-1]), "this has 25"),
        (lambda wires: wires.send(card(ADA) + "0"), "this has 27"),
        (lambda wires: wires.send(card(ADA)[:13] + inverted(card(ADA)[13:])), "odd parity"),
        (lambda wires: wires.send(card(ADA), every_ns=20_000), "too near"),
        (lambda wires: wires.send(card(ADA) * 5), "without an end"),
    ],
)
async def test_what_is_no_card_is_a_problem_until_one_comes_and_tells_nothing_of_the_number(
    tmp_path: Path,
    options: BadgeReaderOptions,
    caplog: pytest.LogCaptureFixture,
    play: Callable[[Wires], None],
    said: str,
) -> None:
    async with running(tmp_path, options) as reader:
        wires = Wires(reader.world)
        play(wires)
        problem = await reader.problem()
        assert said in problem
        for form in (ADA.number, str(ADA.card), card(ADA)[1:-1], inverted(card(ADA))[1:-1]):
            assert form not in f"{problem} {caplog.text}"
        wires.send(card(BOB))
        assert await reader.badges(1) == [KEY.credential(BOB)]
        assert reader.port.states["problems"] == {}


async def test_keys_of_its_keypad_open_nothing_and_are_no_problem(tmp_path: Path, options: BadgeReaderOptions) -> None:
    async with running(tmp_path, options) as reader:
        wires = Wires(reader.world)
        for key in ("0001", "0010", "11100001", "1011"):
            wires.send(key)
        wires.send(card(ADA))
        assert await reader.badges(1) == [KEY.credential(ADA)]
        assert reader.port.states == {"problems": {}}


async def test_a_card_that_is_said_again_and_again_is_one_badge(tmp_path: Path, options: BadgeReaderOptions) -> None:
    async with running(tmp_path, options) as reader:
        wires = Wires(reader.world)
        for _ in range(5):
            wires.send(card(ADA))
        wires.send(card(BOB))
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


async def test_a_line_that_another_device_holds_is_said(tmp_path: Path, options: BadgeReaderOptions) -> None:
    world = World(tmp_path / "world")
    with world.pin(D1).held("another"):
        async with running(tmp_path, options, world=world) as reader:
            assert "held by another" in await reader.until_offline()
    assert list(BadgeReader.claims(options)) == [Claim("line", D0), Claim("line", D1)]


def send_through(header: GpioSim, bits: str) -> None:
    """Pulses as near to each other as files can be written, which the standard calls slow."""
    for bit in bits:
        line = (D0, D1)[int(bit)]
        header.drive(line, False)
        header.drive(line, True)
        time.sleep(0.0005)


async def shown(reader: Running, header: GpioSim, bits: str, count: int) -> list[str]:
    """Held there until it is read, as people do: an emulated processor may well pause within a frame."""
    async with asyncio.timeout(60):
        while len(reader.port.events) < count:
            await asyncio.to_thread(send_through, header, bits)
            await asyncio.sleep(0.1)
    return await reader.badges(count)


@pytest.mark.pi
async def test_a_pis_own_lines_read_badges_too(tmp_path: Path, options: BadgeReaderOptions) -> None:
    with GpioSim() as header:
        for line in (D0, D1):
            header.drive(line, True)
        async with running(tmp_path, options, board=PiBoard(tmp_path / "state")) as reader:
            await reader.until_online()
            assert await shown(reader, header, card(ADA), 1) == [KEY.credential(ADA)]
            assert await shown(reader, header, card(BOB), 2) == [KEY.credential(ADA), KEY.credential(BOB)]
            await asyncio.to_thread(send_through, header, inverted(card(ADA)))
            assert await reader.problem()


@pytest.mark.pi
async def test_a_frame_whose_pulses_wait_in_the_kernel_while_the_pi_is_busy_is_read(
    tmp_path: Path, options: BadgeReaderOptions
) -> None:
    with GpioSim() as header:
        for line in (D0, D1):
            header.drive(line, True)
        async with running(tmp_path, options, board=PiBoard(tmp_path / "state")) as reader:
            await reader.until_online()
            async with asyncio.timeout(60):
                while not reader.port.events:
                    send_through(header, card(ADA))  # on the loop, which sees all of it only afterwards
                    await asyncio.sleep(0.1)
            assert await reader.badges(1) == [KEY.credential(ADA)]
