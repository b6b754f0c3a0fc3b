"""What was promised to be forgotten is forgotten, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, update

from devices.policy.policy import BadgeState
from hub.history.retention import KEPT
from hub.members import accounts, badges, people, published
from hub.members.model import CONSOLE, AccountRole, AuditHead
from hub.members.retention import ACTS_KEPT, INACTIVE_KEPT, MOVEMENTS_KEPT, OLD_BADGES_KEPT, RETENTION, Kept, forget
from hub.members.rows import milliseconds, this_month, today
from hub.members.schema import badge, member
from hub.members.store import Store
from tests.hub.members.material import FakeClock, credential, opened, running
from tests.hub.members.material import member as new_member

DAY = today()
LONG_AGO = this_month(DAY - INACTIVE_KEPT - timedelta(days=31))
FUTURE = DAY + INACTIVE_KEPT + timedelta(days=62)


async def names(store: Store) -> list[str]:
    return [one.name for one in (await store.read(people.search)).members]


def last_seen(connection: Connection, pseudonym: str, day: date) -> None:
    connection.execute(update(member).where(member.c.id == pseudonym).values(active=day))


async def test_members_of_whom_nobody_has_heard_for_three_years_are_erased(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await new_member(store, "Gone", badge=1)
        await new_member(store, "Left", until=DAY)
        await new_member(store, "Still a member", until=FUTURE)
        active = await new_member(store, "Active")
        await store.write(last_seen, active.id, this_month(FUTURE))
        assert await store.write(forget, FUTURE) == 2
        assert await names(store) == ["Active", "Still a member"]
        assert await store.read(badges.everyones) == ()


async def test_nobody_is_erased_a_day_too_early(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await new_member(store)
        assert await store.write(forget, this_month(DAY) + INACTIVE_KEPT) == 0


async def test_a_clock_that_was_wrong_when_somebody_came_erases_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await new_member(store)
        await store.write(last_seen, known.id, date(1970, 1, 1))
        assert await store.write(forget, DAY) == 0
        assert (await store.read(people.get, known.id)).active == this_month(DAY)


async def test_the_last_administrator_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        chief = await new_member(store, "Chief")
        await store.write(accounts.create, "chief", "hash", AccountRole.ADMINISTRATOR, member=chief.id, by=CONSOLE)
        assert await store.write(forget, FUTURE) == 0
        assert await names(store) == ["Chief"]


async def test_revoked_badges_and_old_heads_go_after_a_year(tmp_path: Path) -> None:
    def ended(connection: Connection, at: datetime) -> None:
        connection.execute(update(badge).where(badge.c.state != BadgeState.ACTIVE.value).values(ended=milliseconds(at)))

    async with opened(tmp_path) as store:
        known = await new_member(store, badge=1)
        for number in (2, 3):
            await store.write(badges.enrol, known.id, credential(number), by=CONSOLE)
        active, *others = sorted(await store.read(badges.of, known.id), key=lambda each: each.credential)
        await store.write(badges.revoke, others[0].id, by=CONSOLE)
        await store.write(badges.lost, others[1].id, by=CONSOLE)
        now = datetime.now(UTC)
        await store.write(ended, now - OLD_BADGES_KEPT - timedelta(days=2))
        heads = [AuditHead("door", n, "a" * 64, now - n * (ACTS_KEPT + timedelta(days=2))) for n in (0, 1)]
        await store.write(published.note_heads, heads)
        await store.write(forget, DAY)
        assert {each.id for each in await store.read(badges.of, known.id)} == {active.id, others[1].id}
        assert [head.entries for head in await store.read(published.heads_of, "door")] == [0]


async def test_by_a_clock_that_cannot_be_believed_nothing_is_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await new_member(store)
    async with running(tmp_path, clock=FakeClock(datetime(2099, 1, 1, tzinfo=UTC), trusted=False)) as here:
        await here.quiet()
        assert len(await names(here.store)) == 1


def test_the_table_says_of_everything_why_and_how_long() -> None:
    assert [row.kept for row in RETENTION] == list(Kept)
    assert all(row.days > 0 for row in RETENTION)
    assert MOVEMENTS_KEPT == KEPT, "the history deletes movements when the page says so"
