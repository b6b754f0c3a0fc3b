"""Badges, trainings, accounts: what may be given to whom, and by whom."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from devices.errors import Refused
from devices.policy.policy import BadgeState
from devices.policy.rules import Strength
from hub.members import accounts, badges, erasure, people, trainings
from hub.members.details import BadDetails
from hub.members.model import CONSOLE, Account, AccountRole, Badge, Conflict, NoSuch, Session
from hub.members.passwords import BadPassword, hash_password, is_outdated, is_right
from hub.members.rows import today
from hub.members.store import Store
from tests.hub.members.material import credential, member, opened

NOW = datetime.now(UTC).replace(microsecond=0)
A_DAY = timedelta(days=1)


async def account(store: Store, name: str, role: AccountRole, **of: str) -> Account:
    return await store.write(accounts.create, name, "hash", role, member=of.get("member"), by=CONSOLE)


def session(of: Account, token: str = "token", *, expires: datetime = NOW + A_DAY) -> Session:  # noqa: S107 - no password
    return Session(token_hash=token, account=of.id, created=NOW, last_seen=NOW, expires=expires, csrf="csrf")


async def test_a_badge_belongs_to_one_member_until_it_is_revoked(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second = await member(store, "First"), await member(store, "Second")
        badge = await store.write(badges.enrol, first.id, credential(1), label="blue", by=CONSOLE)
        with pytest.raises(Conflict, match="is in use"):
            await store.write(badges.enrol, second.id, credential(1), by=CONSOLE)
        await store.write(badges.lost, badge.id, by=CONSOLE)
        with pytest.raises(Conflict, match="was reported lost"):
            await store.write(badges.enrol, second.id, credential(1), by=CONSOLE)
        await store.write(badges.revoke, badge.id, by=CONSOLE)
        again = await store.write(badges.enrol, second.id, credential(1), strength=Strength.CRYPTO, by=CONSOLE)
        assert (again.member, again.state, again.strength) == (second.id, BadgeState.ACTIVE, Strength.CRYPTO)
        assert await store.read(badges.of, first.id) == ()


async def test_a_lost_badge_that_is_found_counts_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        badge = await store.write(badges.enrol, (await member(store)).id, credential(1), by=CONSOLE)
        assert (await store.write(badges.lost, badge.id, by=CONSOLE)).ended is not None
        found = await store.write(badges.found, badge.id, by=CONSOLE)
        assert (found.state, found.ended) == (BadgeState.ACTIVE, None)


@pytest.mark.parametrize("wrong", ["", "12345678", "A" * 64, "g" * 64, "0" * 63 + "\n"])
async def test_a_number_of_a_card_is_no_credential(tmp_path: Path, wrong: str) -> None:
    async with opened(tmp_path) as store:
        known = await member(store)
        with pytest.raises(BadDetails, match="64 hex digits"):
            await store.write(badges.enrol, known.id, wrong, by=CONSOLE)


async def test_only_trainers_with_the_training_and_administrators_grant_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        trainer, pupil = await member(store, "Trainer"), await member(store, "Pupil")
        by = (await account(store, "trainer", AccountRole.TRAINER, member=trainer.id)).id
        reception = (await account(store, "reception", AccountRole.RECEPTION, member=trainer.id)).id
        for who in (by, reception):
            with pytest.raises(Refused, match="need"):
                await store.write(trainings.grant, pupil.id, "laser", by=who)
        await store.write(trainings.grant, trainer.id, "laser", by=CONSOLE, granted=date(2020, 1, 1), expires=today())
        granted = await store.write(trainings.grant, pupil.id, "laser", by=by, expires=date(2030, 1, 1))
        assert (granted.by, granted.expires) == (by, date(2030, 1, 1))
        with pytest.raises(Refused):
            await store.write(trainings.grant, pupil.id, "laser", by=reception)
        await store.write(people.suspend, trainer.id, by=CONSOLE)
        with pytest.raises(Refused):
            await store.write(trainings.grant, pupil.id, "laser", by=by)
        await store.write(people.suspend, trainer.id, suspended=False, by=CONSOLE)
        yesterday = today() - A_DAY
        await store.write(trainings.grant, trainer.id, "laser", by=CONSOLE, granted=yesterday, expires=yesterday)
        with pytest.raises(Refused):
            await store.write(trainings.grant, pupil.id, "laser", by=by)
        chief = (await account(store, "chief", AccountRole.ADMINISTRATOR)).id
        await store.write(trainings.grant, pupil.id, "laser", by=chief)
        assert [one.name for one, _ in await store.read(trainings.holders, "laser")] == ["Pupil", "Trainer"]
        await store.write(trainings.withdraw, pupil.id, "laser", by=chief)
        with pytest.raises(NoSuch):
            await store.write(trainings.withdraw, pupil.id, "laser", by=chief)


async def test_somebody_is_always_left_to_administer_the_lab(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        person = await member(store)
        only = await account(store, "only", AccountRole.ADMINISTRATOR, member=person.id)
        with pytest.raises(Conflict, match="another administrator first"):
            await store.write(accounts.disable, only.id, by=CONSOLE)
        with pytest.raises(Conflict):
            await store.write(accounts.set_role, only.id, AccountRole.TRAINER, by=CONSOLE)
        with pytest.raises(Conflict):
            await store.write(erasure.erase, person.id, by=CONSOLE)
        await account(store, "second", AccountRole.ADMINISTRATOR)
        await store.write(erasure.erase, person.id, by=CONSOLE)
        assert await store.read(accounts.find, "only") is None
        with pytest.raises(NoSuch):
            await store.read(people.get, person.id)


async def test_names_of_accounts_are_unique(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await account(store, "root", AccountRole.ADMINISTRATOR)
        with pytest.raises(Conflict, match="already"):
            await account(store, "root", AccountRole.TRAINER)


async def test_a_session_ends_with_its_time_its_password_and_its_account(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await account(store, "chief", AccountRole.ADMINISTRATOR)
        who = await account(store, "reception", AccountRole.RECEPTION)
        await store.write(accounts.open_session, session(who))
        assert await store.read(accounts.find_session, "token") == (session(who), who)
        await store.write(accounts.touch_session, "token", NOW + timedelta(hours=1))
        await store.write(accounts.set_password_hash, who.id, "new", by=CONSOLE)
        assert await store.read(accounts.find_session, "token") is None
        await store.write(accounts.open_session, session(who, expires=NOW - A_DAY))
        assert await store.read(accounts.find_session, "token") is None
        await store.write(accounts.open_session, session(who, "other"))
        await store.write(accounts.disable, who.id, by=CONSOLE)
        assert await store.read(accounts.find_session, "other") is None


def test_a_password_is_right_or_wrong_and_takes_as_long_for_nobody() -> None:
    hashed = hash_password("three words together")
    assert is_right(hashed, "three words together")
    assert not is_right(hashed, "three words togethe")
    assert not is_right(hashed, "")
    assert not is_right(None, "nobody has this password")
    assert not is_right("no hash", "three words together")
    assert not is_right(hash_password("x" * 256), "x" * 257)
    assert hashed.startswith("$argon2id$")
    assert not is_outdated(hashed)
    assert is_outdated(hashed.replace("t=3", "t=1"))


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_has_a_reasonable_length(password: str) -> None:
    with pytest.raises(BadPassword):
        hash_password(password)


def test_neither_passwords_nor_tokens_nor_credentials_show_when_printed() -> None:
    known = Account(id="a", name="n", role=AccountRole.TRAINER, created=NOW, password_hash="SECRET")  # noqa: S106 - none
    badge = Badge(id="b", member="m", credential="SECRET", enrolled=NOW)
    assert "SECRET" not in f"{known} {badge} {session(known, 'SECRET')}"
