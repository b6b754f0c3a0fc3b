"""A reader that writes a line for each card, from the serial port to the event."""

from pathlib import Path

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, TextFormat, TextReader
from devices.access.site_key import SiteKey
from devices.board.board import Claim
from devices.board.pi import PiBoard
from devices.board.world import World
from tests.devices.access.running import AWAY_S, PORT, running

ADA, BOB = Card.numbered(0x04DE5F1EACC040), Card.numbered(0x04DE5F1EACC041)
KEY = SiteKey(bytes(32))


@pytest.fixture(autouse=True)
def _quickly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)


@pytest.fixture(autouse=True)
def _site_key(tmp_path: Path) -> None:
    (tmp_path / "site.key").write_text("00" * 32)


@pytest.fixture
def options(tmp_path: Path) -> BadgeReaderOptions:
    return options_of(tmp_path)


def options_of(folder: Path, text_format: TextFormat = TextFormat.HEX, port: str = PORT) -> BadgeReaderOptions:
    reader = TextReader(type="serial-lines", port=port, format=text_format, away=AWAY_S)
    return BadgeReaderOptions(reader=reader, key_file=str(folder / "site.key"))


def line(card: Card, end: str = "\r\n") -> bytes:
    return f"{card.number}{end}".encode()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\n\x03"])
async def test_each_line_is_a_badge(tmp_path: Path, options: BadgeReaderOptions, end: str) -> None:
    async with running(tmp_path, options) as reader:
        reader.wire.send(b"\x02" + line(ADA, end) + b"\x02" + line(BOB, end))
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]
        assert reader.port.events[0].data == {"credential": KEY.credential(ADA), "strength": "uid"}


async def test_a_line_may_come_in_pieces(tmp_path: Path, options: BadgeReaderOptions) -> None:
    async with running(tmp_path, options) as reader:
        for byte in line(ADA):
            reader.wire.send(bytes([byte]))
        assert await reader.badges(1) == [KEY.credential(ADA)]


async def test_decimal_digits(tmp_path: Path) -> None:
    async with running(tmp_path, options_of(tmp_path, TextFormat.DECIMAL)) as reader:
        reader.wire.send(f"{0x04DE5F1EACC040:017d}\n".encode())
        assert await reader.badges(1) == [KEY.credential(ADA)]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"ready, firmware 1.2\n", "19 characters"),
        (b"\xff\xfe\x80\x81\x82\x83\x84\x85\n", "8 characters"),
        (b"0" * 3000 + b"\n", "more than 512"),
        (line(ADA)[:-3] + b"\n", "13 characters"),
    ],
)
async def test_what_is_no_card_is_a_problem_until_one_comes(
    tmp_path: Path, options: BadgeReaderOptions, sent: bytes, said: str
) -> None:
    async with running(tmp_path, options) as reader:
        reader.wire.send(sent)
        problem = await reader.problem()
        assert said in problem
        assert ADA.number[:-2] not in problem
        reader.wire.send(line(BOB))
        assert await reader.badges(1) == [KEY.credential(BOB)]
        assert reader.port.states["problems"] == {}


async def test_unplugged_it_is_offline_and_comes_back_by_itself(tmp_path: Path, options: BadgeReaderOptions) -> None:
    async with running(tmp_path, options) as reader:
        reader.wire.send(line(ADA)[:6])
        reader.wire.unplug()
        assert PORT in await reader.until_offline()
        reader.wire.plug()
        await reader.until_online()
        reader.wire.send(line(BOB))
        assert await reader.badges(1) == [KEY.credential(BOB)]


@pytest.mark.pi
async def test_a_pis_own_board_reads_lines_too(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    place = str(world.serial_path(PORT))
    world.serial(PORT)
    board = PiBoard(tmp_path / "state")
    async with running(tmp_path, options_of(tmp_path, port=place), world=world, board=board) as reader:
        await reader.until_online()
        reader.wire.send(line(ADA) + line(BOB))
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


def test_it_holds_its_serial_port(options: BadgeReaderOptions) -> None:
    assert list(BadgeReader.claims(options)) == [Claim("serial", PORT)]
