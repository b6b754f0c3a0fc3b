"""Tags that prove their key at a reader on a serial port, from the wire to the event."""

from pathlib import Path

from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, SunOptions, TextFormat, TextReader
from devices.access.site_key import SiteKey
from devices.access.sun.simulated_tag import SimulatedTag
from tests.devices.access.running import PORT, Running, running
from tests.devices.access.sun.reading import MASTER, UID

CARD = "04782E21801D80"


def options(folder: Path) -> BadgeReaderOptions:
    (folder / "tags.key").write_text(MASTER.hex())
    (folder / "site.key").write_text("00" * 32)
    sun = SunOptions(key_file=str(folder / "tags.key"))
    reader = TextReader(type="serial-lines", port=PORT, format=TextFormat.SUN, sun=sun, away=0.3)
    return BadgeReaderOptions(reader=reader, key_file=str(folder / "site.key"))


async def shown(reader: Running, text: str) -> dict[str, object]:
    """What the reader says of a tag."""
    before = len(reader.port.events)
    reader.wire.send(text.encode() + b"\r\n")
    event = await reader.port.until(lambda: reader.port.events[before:])
    return {"event": event[0].kind, **event[0].data}


async def test_a_tag_is_a_badge_that_proves_its_key(tmp_path: Path) -> None:
    async with running(tmp_path, options(tmp_path)) as reader:
        said = await shown(reader, SimulatedTag(UID, MASTER, counter=6).tapped())
    credential = SiteKey(bytes(32)).credential(Card.numbered(int(CARD, 16)))
    assert said == {"event": "badge", "credential": credential, "strength": "crypto", "counter": 7}


async def test_what_was_recorded_or_made_up_is_refused_and_says_nothing_of_the_tag(tmp_path: Path) -> None:
    async with running(tmp_path, options(tmp_path)) as reader:
        recorded = SimulatedTag(UID, MASTER).tapped()
        assert (await shown(reader, recorded))["event"] == "badge"
        assert await shown(reader, recorded) == {"event": "refused", "reason": "replayed", "counter": 1}
        forged = SimulatedTag(UID, bytes(range(16)), plain=True).tapped()
        assert await shown(reader, forged) == {"event": "refused", "reason": "forged", "counter": 1}


async def test_what_is_no_message_is_a_problem_that_tells_nothing_of_it(tmp_path: Path) -> None:
    async with running(tmp_path, options(tmp_path)) as reader:
        reader.wire.send(f"https://alco.example/?uid={CARD}\r\n".encode())
        problems = await reader.port.until(lambda: reader.port.states.get("problems"))
        assert "no message of an NTAG 424 DNA" in str(problems)
        assert CARD not in str(problems)
        await shown(reader, SimulatedTag(UID, MASTER).tapped())
        await reader.port.until(lambda: reader.port.states["problems"] == {})


async def test_without_the_tags_key_a_reader_is_offline_and_never_seems_to_work(tmp_path: Path) -> None:
    config = options(tmp_path)
    (tmp_path / "tags.key").write_text("00" * 16)
    async with running(tmp_path, config) as reader:
        assert "every tag is sold" in await reader.until_offline()
        assert [online for online, _ in reader.port.available] == [False]
