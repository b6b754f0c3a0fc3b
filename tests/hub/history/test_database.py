"""The database of the history: made, upgraded, refused, damaged."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hub.database.sqlite import reading_engine, writing_engine
from hub.database.upgrade import NewerDatabase, upgrade
from hub.history import store
from hub.history.schema import metadata
from hub.history.service import DATABASE
from hub.history.store import MIGRATIONS
from tests.hub.history.material import backlog, reading, running, values
from tests.waiting import until

PAGE = 4096


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    with writing_engine(tmp_path / DATABASE).connect() as connection:
        upgrade(connection, MIGRATIONS, named="the history")
        upgrade(connection, MIGRATIONS, named="the history")
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migration_that_is_cut_off_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with writing_engine(tmp_path / DATABASE).connect() as connection:
        with monkeypatch.context() as patch:
            patch.setattr("alembic.op.create_index", cut_off)
            with pytest.raises(KeyboardInterrupt):
                upgrade(connection, MIGRATIONS, named="the history")
        upgrade(connection, MIGRATIONS, named="the history")
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


async def test_a_history_of_a_newer_program_is_refused_and_left_untouched(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1))
        await here.acknowledges(1)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(NewerDatabase, match="'9999'"):
        async with running(tmp_path) as here:
            await here.task
    assert values(tmp_path) == [1]


def garbage(database: Path) -> None:
    database.write_bytes(b"no database at all" * 1000)


def overwritten(database: Path, from_page: int = 1) -> None:
    start = from_page * PAGE
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * (size - start))


@pytest.mark.parametrize("damage", [garbage, overwritten])
async def test_a_damaged_history_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1))
        await here.acknowledges(1)
    damage(tmp_path / DATABASE)
    damaged = (tmp_path / DATABASE).read_bytes()
    async with running(tmp_path) as here:
        here.bus.relay(reading(1))
        here.bus.relay(reading(2))
        await here.acknowledges(2)
    assert values(tmp_path) == [1, 2]
    (kept,) = tmp_path.glob(f"{DATABASE}.damaged-*Z")
    assert kept.read_bytes() == damaged
    assert [record.levelname for record in caplog.records if "set aside" in record.message] == ["ERROR"]


async def test_damage_that_shows_only_later_is_met_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MERGE_ROWS", 1)
    async with running(tmp_path) as here:
        here.bus.backlogs.emit(backlog(reading(seq) for seq in range(1, 20_001)))
        await here.acknowledges(20_000)
    overwritten(tmp_path / DATABASE, from_page=20)
    async with running(tmp_path) as here:
        here.bus.relay(reading(20_001))
        await until(lambda: list(tmp_path.glob(f"{DATABASE}.damaged-*Z")))
        here.bus.backlogs.emit(backlog([reading(20_002)], first=20_002))
        await here.acknowledges(20_002)
    assert values(tmp_path) == [20_002]


def test_who_reads_cannot_write(tmp_path: Path) -> None:
    with writing_engine(tmp_path / DATABASE).connect() as connection:
        upgrade(connection, MIGRATIONS, named="the history")
    with reading_engine(tmp_path / DATABASE).connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM reading")
