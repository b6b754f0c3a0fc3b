"""What the hub learns from the bus: copies of badges, audit logs that shrink, who was here; and what it never says."""

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from devices.audit_log import Head, verify
from devices.board.clock import Moment
from devices.device import Event, Json, State
from devices.errors import NoReply
from devices.policy.decision import Presented
from devices.policy.rules import Strength
from hub.bus import Backlog, Entry
from hub.members import badges, enrolment, erasure, listener, people, published, schema
from hub.members.acts import waiting as waiting_acts
from hub.members.clones import IMPOSSIBLE, Sighting, Sightings
from hub.members.details import Details
from hub.members.model import CONSOLE, AuditHead, NoSuch
from tests.hub.members.material import NAME, Running, credential, member, opened, running
from tests.waiting import until

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "WRITE_EVERY_S", 0.02)


def shown(reader: str, number: int, at: datetime = NOON, *, strength: str = "uid", trusted: bool = True) -> Entry:
    data: dict[str, Json] = {"credential": credential(number), "strength": strength}
    return Entry(reader, Event("badge", data, Moment(at, trusted)), "entrance.1", 1, local=False)


def audit(log: str, entries: int, digest: str, at: datetime = NOON) -> Entry:
    return Entry(log, State("audit", {"entries": entries, "head": digest}, Moment(at)), local=False)


async def acts(here: Running) -> list[str]:
    """The hub's audit log, line by line, once all that was done is in it."""
    await here.quiet()
    while await here.store.read(waiting_acts):  # noqa: ASYNC110 - a database
        await asyncio.sleep(0.01)
    folder = here.state / "members" / "audit"
    return [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]


async def test_one_badge_at_two_readers_at_once_is_told_and_logged(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        known = await member(here.store, badge=1)
        here.bus.relay(shown("front-reader", 1))
        here.bus.relay(shown("back-reader", 1, NOON + timedelta(seconds=1)))
        await until(here.members.problems)
        (problem,) = here.members.problems()
        assert (problem.kind, problem.about) == ("badge-in-two-places", known.id)
        assert problem.data["readers"] == ["front-reader", "back-reader"]
        assert any('"badge-in-two-places"' in line and known.id in line for line in await acts(here))


async def test_what_a_cut_off_node_tells_later_counts_by_when_it_happened(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await member(here.store, badge=1)
        here.bus.relay(shown("front-reader", 1))
        here.bus.backlogs.emit(Backlog("entrance", "entrance.1", [shown("back-reader", 1, NOON)], 1))
        await until(here.members.problems)


async def test_badges_that_prove_a_key_unknown_ones_and_untrusted_times_are_no_copies(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await member(here.store, badge=1)
        for reader in ("front-reader", "back-reader"):
            here.bus.relay(shown(reader, 1, strength="crypto"))
            here.bus.relay(shown(reader, 2))
            here.bus.relay(shown(reader, 1, trusted=False))
        await here.quiet()
        assert here.members.problems() == ()


@given(st.floats(min_value=-60, max_value=60), st.booleans())
def test_two_places_are_impossible_only_within_seconds(seconds: float, same_reader: bool) -> None:
    sightings = Sightings()
    first = Sighting("front", NOON)
    assert sightings.seen("c", first) is None
    second = Sighting("front" if same_reader else "back", NOON + timedelta(seconds=seconds))
    impossible = not same_reader and abs(second.at - first.at) < IMPOSSIBLE
    assert sightings.seen("c", second) == (first if impossible else None)


async def test_heads_of_audit_logs_are_kept_and_never_changed(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(audit("front-door", 1, "a" * 64))
        await until_heads(here, "front-door", 1)
        here.bus.relay(audit("front-door", 2, "b" * 64))
        here.bus.relay(audit("front-door", 2, "b" * 64))
        kept = await until_heads(here, "front-door", 2)
        assert [(head.entries, head.hash) for head in kept] == [(1, "a" * 64), (2, "b" * 64)]
        assert ("front-door", 2) in {(head.log, head.entries) for head in await here.members.heads()}


async def test_an_audit_log_that_has_become_shorter_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(audit("front-door", 7, "a" * 64))
        await until_heads(here, "front-door", 1)
    async with running(tmp_path) as here:
        here.bus.relay(audit("front-door", 6, "b" * 64))
        await until(here.members.problems)
        (problem,) = here.members.problems()
        assert (problem.kind, problem.about, problem.data["before"]) == ("audit-log-shorter", "front-door", 7)
        assert len(await until_heads(here, "front-door", 2)) == 2


async def until_heads(here: Running, log: str, count: int) -> tuple[AuditHead, ...]:
    while len(heads := await here.store.read(published.heads_of, log)) < count:  # noqa: ASYNC110 - a database
        await asyncio.sleep(0.01)
    return heads


async def test_who_was_here_is_noted_as_a_month(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        known = await member(here.store, badge=1)
        await here.store.write(long_ago, known.id)
        data: dict[str, Json] = {"granted": True, "member": known.id}
        here.bus.relay(Entry("front-door", Event("access", data, Moment(NOON)), "entrance.1", 1, local=False))
        while (active := (await here.store.read(people.get, known.id)).active) == date(2026, 2, 1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert active.day == 1


def long_ago(connection: Connection, pseudonym: str) -> None:
    connection.execute(update(schema.member).where(schema.member.c.id == pseudonym).values(active=date(2026, 2, 1)))


@pytest.mark.parametrize(
    "message",
    [
        Event("badge", {}, Moment(NOON)),
        Event("badge", {"credential": 7, "strength": "uid"}, Moment(NOON)),
        Event("access", {"granted": "yes", "member": ["x"]}, Moment(NOON)),
        Event("access", {"granted": True, "member": "nobody"}, Moment(NOON)),
        State("audit", None, Moment(NOON)),
        State("audit", {"entries": "7", "head": None}, Moment(NOON)),
        State("audit", {"entries": 2**70, "head": "a" * 64}, Moment(NOON)),
        State("audit", {"entries": 1, "head": "a" * 10_000}, Moment(NOON)),
    ],
)
async def test_nonsense_on_the_bus_is_passed_over(tmp_path: Path, message: Event | State) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(Entry("front-door", message, "entrance.1", 1, local=False))
        await here.quiet()
        assert here.members.problems() == ()
        assert {head.log for head in await here.members.heads()} <= {"members"}


async def test_a_badge_is_enrolled_by_presenting_it(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        waiting = asyncio.create_task(here.members.await_badge("badges", 5.0))
        await asyncio.sleep(0)
        here.bus.relay(shown("another-reader", 1))
        here.bus.relay(shown("badges", 2, strength="crypto"))
        assert await waiting == Presented(credential(2), Strength.CRYPTO)
        with pytest.raises(NoReply, match="no badge was shown at badges"):
            await here.members.await_badge("badges", 0.01)
        with pytest.raises(NoSuch, match="it has badges"):
            await here.members.await_badge("front-door", 0.01)


async def test_another_process_waits_for_a_badge_through_the_database(tmp_path: Path) -> None:
    async with running(tmp_path) as here, opened(tmp_path) as beside:
        waiting = asyncio.create_task(enrolment.ask_for_badge(beside, "badges", 10.0))
        while not waiting.done():
            here.bus.relay(shown("badges", 3))
            await asyncio.sleep(0.05)
        assert waiting.result() == Presented(credential(3), Strength.UID)
        with pytest.raises(NoReply, match="does the hub run"):
            await enrolment.ask_for_badge(beside, "no-reader", 0.5)


async def test_who_did_what_stands_in_the_audit_log_without_any_name(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        known = await member(here.store, badge=1)
        changed = Details(name="Aïcha Martin", email="a@example.org", phone="0612345678", born=date(2012, 5, 31))
        await here.store.write(people.change, known.id, changed, by=CONSOLE)
        lines = await acts(here)
        assert sum(known.id in line for line in lines) == 3
        for private in (NAME, "Martin", "example.org", "0612345678", "2012-05-31", credential(1)):
            assert not any(private in line for line in lines)


async def test_the_audit_log_of_an_erased_member_is_still_good(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        known = await member(here.store, badge=1)
        await here.store.write(erasure.erase, known.id, by=CONSOLE)
        lines = await acts(here)
        assert any("member-erased" in line and known.id in line for line in lines)
        assert (await here.store.read(people.search)).total == 0
        assert await here.store.read(badges.everyones) == ()
        heads = await here.store.read(published.heads_of, "members")
        verdict = verify(
            tmp_path / "members" / "audit", [Head(head.entries, head.hash) for head in heads], name="members"
        )
        assert verdict.ok
        assert verdict.heads == len(set(heads)) > 0
    erased = b"".join(path.read_bytes() for path in (tmp_path / "members").glob("members.db*"))
    assert NAME.encode() not in erased


async def test_what_was_done_without_the_hub_is_logged_when_it_starts(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await member(store)
    async with running(tmp_path) as here:
        assert any(known.id in line for line in await acts(here))
    async with running(tmp_path) as here:
        assert sum(known.id in line for line in await acts(here)) == 1


async def test_no_log_line_names_anybody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(tmp_path) as here:
        await member(here.store, badge=1)
        await here.quiet()
    assert NAME not in caplog.text
    assert credential(1) not in caplog.text
