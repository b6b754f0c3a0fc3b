"""Members: found, changed, suspended; what cannot be right never reaches the database."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ClauseElement, event
from sqlalchemy.dialects import postgresql

from devices.policy.rules import Role
from hub.database.upgrade import NewerDatabase
from hub.members import accounts, acts, badges, erasure, people, published, trainings
from hub.members.compile import Register
from hub.members.details import BadDetails, Details, searchable
from hub.members.model import CONSOLE, AccountRole, NoSuch
from hub.members.schema import metadata
from hub.members.store import Engines, Store, Unavailable, in_file
from tests.hub.members.material import NAME, credential, member, opened


async def test_a_member_is_found_by_any_part_of_the_name_without_accents(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        aicha = await member(store)
        await member(store, "Şule Öztürk", email="sule@example.org")
        for words in ("aicha", "DIALLO aï", aicha.id):
            assert [one.name for one in (await store.read(people.search, words)).members] == [NAME]
        assert [one.name for one in (await store.read(people.search, "ozturk sule@")).members] == ["Şule Öztürk"]


@pytest.mark.parametrize("wild", ["%", "_", "a%o", "\\"])
async def test_what_databases_take_for_wildcards_is_only_text(tmp_path: Path, wild: str) -> None:
    async with opened(tmp_path) as store:
        await member(store)
        assert (await store.read(people.search, wild)).total == 0


async def test_a_long_list_comes_in_pages_by_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for name in ("Zoé", "Émile", "Ana", "Éric", "Bo"):
            await member(store, name, groups={"dance"} if name != "Bo" else frozenset())
        found = await store.read(people.search, group="dance", offset=1, limit=2)
        assert ([one.name for one in found.members], found.total) == (["Émile", "Éric"], 4)
        assert await store.read(people.groups) == ("dance",)


async def test_changes_replace_all_details_and_say_who_made_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await member(store, email="a@example.org", roles={Role.TRAINER})
        changed = await store.write(
            people.change, known.id, Details(name=NAME, roles=frozenset({Role.MAINTAINER})), by="b" * 16
        )
        assert (changed.email, changed.roles) == ("", frozenset({Role.MAINTAINER}))
        (_, created), (_, act) = await store.read(acts.waiting)
        assert (created.by, created.kind) == (CONSOLE, "member-created")
        assert (act.by, act.data) == (
            "b" * 16,
            {"member": known.id, "fields": ["email", "roles"], "roles": ["maintainer"]},
        )


async def test_a_change_that_changes_nothing_is_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await member(store)
        before = await store.read(acts.change_count)
        await store.write(people.change, known.id, Details(name=NAME), by=CONSOLE)
        await store.write(people.suspend, known.id, suspended=False, by=CONSOLE)
        assert await store.read(acts.change_count) == before


async def test_an_error_undoes_the_whole_transaction(tmp_path: Path) -> None:
    def half(connection: Any) -> None:
        people.create(connection, Details(name="Half"), by=CONSOLE)
        people.get(connection, "nobody")

    async with opened(tmp_path) as store:
        with pytest.raises(NoSuch):
            await store.write(half)
        assert (await store.read(people.search)).total == 0
        assert await store.read(acts.waiting) == []


async def test_who_reads_cannot_write(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(Unavailable, match="readonly"):
            await store.read(people.create, Details(name=NAME), by=CONSOLE)


async def test_an_error_of_the_database_names_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(Unavailable) as raised:
            await store.read(people.create, Details(name=NAME), by=CONSOLE)
        assert NAME not in str(raised.value)
        assert raised.value.__cause__ is None


async def test_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await member(store)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "members").iterdir()} == {0}


async def test_before_it_is_open_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not open yet"):
        await Store(lambda: in_file(tmp_path / "members.db")).read(people.search)


async def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "members.db"
    await Store(lambda: in_file(file)).open()
    with in_file(file).writing.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="the members' database was written by a newer"):
        await Store(lambda: in_file(file)).open()


async def test_a_damaged_database_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "members.db"
    file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(Unavailable, match="alcolab restore"):
        await Store(lambda: in_file(file)).open()


async def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    file = tmp_path / "members.db"
    await Store(lambda: in_file(file)).open()
    with in_file(file).reading.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


async def test_postgresql_could_run_every_statement(tmp_path: Path) -> None:
    statements: list[ClauseElement] = []

    def taken(statement: object) -> None:
        if isinstance(statement, ClauseElement):
            statements.append(statement)

    def watched() -> Engines:
        engines = in_file(tmp_path / "members.db")
        for engine in (engines.writing, engines.reading):
            event.listen(engine, "before_execute", lambda _, statement, *__: taken(statement))
        return engines

    store = Store(watched)
    await store.open()
    known = await member(store, badge=1, groups={"dance"}, roles={Role.TRAINER})
    await store.write(trainings.grant, known.id, "laser", by=CONSOLE)
    await store.write(accounts.create, "root", "hash", AccountRole.ADMINISTRATOR, member=None, by=CONSOLE)
    await store.read(people.search, "a%b", group="dance")
    await store.read(published.last_heads)
    assert isinstance(await store.read(published.register), Register)
    await store.read(badges.with_credential, credential(1))
    await store.write(people.was_here, known.id)
    await store.write(erasure.erase, known.id, by=CONSOLE)
    assert len(statements) > 50
    for statement in statements:
        assert str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy's own


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""),
        ("name", " Aïcha"),
        ("name", "A\x00"),
        ("name", "A\nB"),
        ("name", "x" * 201),
        ("name", "\ud800"),
        ("email", "a@b"),
        ("phone", "call me"),
        ("language", "de"),
        ("born", date(1066, 1, 1)),
        ("groups", frozenset({"Big Group"})),
    ],
)
def test_details_that_cannot_be_right_are_refused_and_named(field: str, wrong: Any) -> None:
    with pytest.raises(BadDetails) as raised:
        Details(**{"name": NAME, field: wrong})
    assert raised.value.field == field


def test_a_membership_does_not_end_before_it_begins() -> None:
    with pytest.raises(BadDetails, match="before it begins"):
        Details(name=NAME, since=date(2026, 2, 1), until=date(2026, 1, 1))


@given(st.text())
def test_whatever_is_entered_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        details = Details(name=text, email=text, phone=text, groups=frozenset({text}))
    except BadDetails:
        return
    assert details.name == text


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert searchable(searchable(text)) == searchable(text)
