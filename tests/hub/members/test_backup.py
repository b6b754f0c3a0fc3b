"""A backup, and what happens to one on its way: cut off, forged, older than what is there."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.audit_log import verify
from hub.members import accounts, badges, erasure, people, published
from hub.members.backup import restoring
from hub.members.backup.archive import MANIFEST, MEMBERS, BadBackup, Manifest, unpack
from hub.members.backup.making import NothingToSave, backup
from hub.members.backup.restoring import restore
from hub.members.in_use import InUse, Unfinished, using
from hub.members.in_use import restoring as being_restored
from hub.members.model import CONSOLE, AccountRole, Session
from hub.members.rows import now
from hub.members.store import Store
from hub.policy.keys import policy_key, signing_key
from tests.hub.members.material import NAME, credential, full_disk, lab, member, opened, running

REPOSITORY = Path(__file__).parents[3]
KILLS = 12


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A hub's state folder."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "alcolab.backup"


async def names(store: Store) -> list[str]:
    return [one.name for one in (await store.read(people.search)).members]


async def lived_in(state: Path) -> None:
    """A hub that has run, with one member, keys and an audit log."""
    async with running(state) as here:
        await member(here.store, badge=1)
        await here.quiet()
    policy_key(state)
    for name, content in (("devices/site.key/key", "ab" * 32), ("devices/badges/osdp-key", '{"key": "00"}')):
        path = state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def contents(state: Path) -> dict[str, bytes]:
    """All files of a state folder that a backup is about, but for the database."""
    paths = (path for path in sorted(state.rglob("*")) if path.is_file() and "members.db" not in path.name)
    return {str(path.relative_to(state)): path.read_bytes() for path in paths if path.suffix != ".lock"}


async def test_a_new_machine_becomes_the_old_one(state: Path, file: Path, tmp_path: Path) -> None:
    await lived_in(state)
    backup(state, file)
    new = tmp_path / "new"
    new.mkdir()
    restore(new, file)
    assert contents(new) == contents(state)
    async with opened(new) as store:
        assert await names(store) == [NAME]
        assert (await store.read(badges.everyones))[0].credential == credential(1)
    assert verify(new / "members" / "audit", name="members").ok
    assert {path.stat().st_mode & 0o077 for path in new.rglob("*") if path.is_file()} == {0}


async def test_a_backup_is_made_while_the_hub_runs_and_is_for_its_owner_alone(state: Path, file: Path) -> None:
    async with running(state) as here:
        await member(here.store)
        told: list[tuple[int, int]] = []
        manifest = backup(state, file, lambda done, total: told.append((done, total)))
        assert MEMBERS in manifest.parts
        assert told[-1] == (len(manifest.parts), len(manifest.parts))
        assert file.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in file.parent.iterdir() if path != state] == [file.name]
        assert not list(state.glob("backup-*"))


async def test_a_restore_while_the_hub_runs_is_refused(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    async with running(state) as here:
        with pytest.raises(InUse, match="stop alcolab first"):
            restore(state, file)
        assert await names(here.store) == [NAME]


async def test_nobody_works_with_members_that_are_being_restored(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    with using(state), pytest.raises(InUse, match="stop alcolab first"):
        restore(state, file)
    with being_restored(state), pytest.raises(InUse, match="try again"), using(state):
        pass


async def test_after_a_restore_every_node_gets_a_newer_policy_than_ever(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    async with opened(state) as store:
        far = published.Published(2**40, now())
        await store.write(published.note_published, {"entrance": far, "gone-since": far})
    restore(state, file)
    async with running(state, lab()) as here:
        assert (await here.quiet()).version > 2**40


async def test_who_was_erased_since_stays_erased(state: Path, file: Path) -> None:
    await lived_in(state)
    async with opened(state) as store:
        known = (await store.read(people.search)).members[0]
        backup(state, file)
        await store.write(erasure.erase, known.id, by=CONSOLE)
    for _ in range(2):
        restore(state, file)
        async with opened(state) as store:
            assert await names(store) == []
            assert await store.read(badges.everyones) == ()


async def test_no_session_comes_back(state: Path, file: Path) -> None:
    async with opened(state) as store:
        who = await store.write(accounts.create, "chief", "hash", AccountRole.ADMINISTRATOR, by=CONSOLE)
        at = now()
        session = Session(token_hash="t", account=who.id, created=at, last_seen=at, expires=at.replace(2099), csrf="c")  # noqa: S106
        await store.write(accounts.open_session, session)
        backup(state, file)
        await store.write(accounts.close_session, "t")
    restore(state, file)
    async with opened(state) as store:
        assert await store.read(accounts.find_session, "t") is None
        assert await store.read(accounts.find, "chief") == who


async def test_an_audit_log_that_is_here_is_never_cut_back(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    async with running(state) as here:
        await member(here.store, "Later")
        await here.quiet()
    before = verify(state / "members" / "audit").head
    restore(state, file)
    verdict = verify(state / "members" / "audit", [before])
    assert verdict.ok
    assert verdict.heads == 1


async def test_a_hub_whose_database_is_damaged_is_restored(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    (state / MEMBERS).write_bytes(b"no database at all" * 1000)
    restore(state, file)
    async with opened(state) as store:
        assert await names(store) == [NAME]


def test_where_there_are_no_members_there_is_nothing_to_save(state: Path, file: Path) -> None:
    with pytest.raises(NothingToSave, match="is this the hub"):
        backup(state, file)
    assert not file.exists()


# Files that only say that they are backups.


def forged(out: Path, parts: dict[str, bytes], more: Callable[[tarfile.TarFile], None] = lambda _: None) -> Path:
    """An archive with a list of contents that fits."""
    from hashlib import sha256

    manifest = Manifest("2026-01-01T00:00:00.000Z", "1", {name: sha256(c).hexdigest() for name, c in parts.items()})
    with tarfile.open(out, "w:gz") as archive:
        for name, content in {MANIFEST: manifest.text(), **parts}.items():
            part = tarfile.TarInfo(name)
            part.size = len(content)
            archive.addfile(part, io.BytesIO(content))
        more(archive)
    return out


def link(name: str, target: str) -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        part = tarfile.TarInfo(name)
        part.type = tarfile.SYMTYPE
        part.linkname = target
        archive.addfile(part)

    return add


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/cron.d/evil",
        "members/../../outside",
        "keys/../../outside",
        "keys/authorized_keys",
        "devices/../audit/000000000001-2026-01.jsonl",
        "config.yaml",
    ],
)
def test_a_backup_writes_nowhere_else(state: Path, tmp_path: Path, name: str) -> None:
    evil = forged(tmp_path / "evil", {name: b"evil"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadBackup, match="belongs into no backup"):
        restore(state, evil)
    assert [path for path in sorted(tmp_path.rglob("*")) if state not in path.parents] == before


def test_links_and_parts_that_are_not_listed_make_it_no_backup(state: Path, tmp_path: Path) -> None:
    for more in (link(MEMBERS, "/etc/passwd"), link("keys/signing.key", "/etc/passwd")):
        with pytest.raises(BadBackup, match="which its list of contents does not have"):
            restore(state, forged(tmp_path / "evil", {}, more))


def test_a_part_that_was_changed_is_found(state: Path, tmp_path: Path) -> None:
    def swapped(archive: tarfile.TarFile) -> None:
        part = tarfile.TarInfo("keys/signing.key")
        part.size = 64
        archive.addfile(part, io.BytesIO(b"b" * 64))

    manifest = Manifest("x", "1", {"keys/signing.key": "0" * 64})
    evil = tmp_path / "evil"
    with tarfile.open(evil, "w:gz") as archive:
        part = tarfile.TarInfo(MANIFEST)
        part.size = len(manifest.text())
        archive.addfile(part, io.BytesIO(manifest.text()))
        swapped(archive)
    with pytest.raises(BadBackup, match="does not have the hash"):
        restore(state, evil)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({}, "holds no members"),
        ({MEMBERS: b"no database" * 500}, "damaged"),
        ({MEMBERS: b"", "keys/signing.key": b"short"}, "is no key"),
        ({MEMBERS: b"", "members/audit/000000000001-2026-01.jsonl": b"{}\n"}, "audit log of members"),
    ],
)
def test_parts_that_could_not_be_used_change_nothing(
    state: Path, tmp_path: Path, parts: dict[str, bytes], why: str
) -> None:
    with pytest.raises(BadBackup, match=why):
        restore(state, forged(tmp_path / "evil", parts))
    assert contents(state) == {}
    assert not list(state.glob("restore-*"))


async def test_a_backup_that_is_cut_off_anywhere_changes_nothing(state: Path, file: Path, tmp_path: Path) -> None:
    await lived_in(state)
    backup(state, file)
    whole = file.read_bytes()
    before = contents(state)
    part = tmp_path / "part"
    for size in range(0, len(whole) - 100, len(whole) // 40):  # what follows the last part is only padding
        part.write_bytes(whole[:size])
        with pytest.raises(BadBackup):
            restore(state, part)
    assert contents(state) == before


@given(st.binary(max_size=2000))
def test_garbage_is_no_backup(tmp_path_factory: pytest.TempPathFactory, garbage: bytes) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    for content in (garbage, gzip.compress(garbage)):
        (folder / "file").write_bytes(content)
        with pytest.raises(BadBackup):
            unpack(folder / "file", folder / "out")


@pytest.mark.parametrize("said", [[], None, 7, {"format": 2, "made": "", "version": "", "parts": {}}, {"parts": []}])
def test_a_list_of_contents_that_says_nonsense_is_none(said: object) -> None:
    with pytest.raises(BadBackup):
        Manifest.read(json.dumps(said).encode())


# Power cuts and full disks.


async def test_a_restore_that_was_cut_off_stops_the_hub_until_it_is_done_again(
    state: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived_in(state)
    backup(state, file)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_put", cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore(state, file)
    with pytest.raises(Unfinished, match="run `alcolab restore FILE` again"):
        async with running(state):
            pass
    restore(state, file)
    async with running(state) as here:
        assert await names(here.store) == [NAME]


@pytest.mark.fault
async def test_killed_at_any_moment_a_restore_leaves_the_old_the_new_or_a_mark(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    async with opened(state) as store:
        await member(store, "Later")
    killed = 0
    for attempt in range(KILLS):
        killed += _killed_after(0.25 + attempt * 0.06, state, file)
        signing_key(state)
        marked = (state / "members" / "restore-unfinished").exists()
        async with opened(state) as store:
            assert marked or await names(store) in ([NAME], [NAME, "Later"])
    assert killed
    restore(state, file)
    async with opened(state) as store:
        assert await names(store) == [NAME]


def _killed_after(seconds: float, state: Path, file: Path) -> bool:
    command = [sys.executable, "-m", "hub", "restore", str(file), "--yes", "--state", str(state)]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


@pytest.mark.fault
async def test_on_a_full_disk_the_old_backup_and_the_old_members_stay(state: Path, file: Path) -> None:
    await lived_in(state)
    backup(state, file)
    saved, before = file.read_bytes(), contents(state)
    for room in (0, 1000, 8192, 40_000):
        with full_disk(room):
            with pytest.raises(OSError, match=r"full|large|cannot be copied"):
                backup(state, file)
            with pytest.raises(OSError, match=r"full|large|cannot be copied"):
                restore(state, file)
        assert file.read_bytes() == saved
        assert contents(state) == before
    async with opened(state) as store:
        assert await names(store) == [NAME]
