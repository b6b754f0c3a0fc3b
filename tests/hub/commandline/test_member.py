"""`alcolab member`, `backup` and `restore` as somebody in the office meets them."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from devices.errors import AlcolabError
from hub.commandline import app
from hub.members.passwords import is_right
from tests.hub.members.material import credential, opened

CREDENTIAL = credential(1)
PASSWORD = "three words together"  # noqa: S105 - of a test


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def alcolab(state: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "--state", str(state)], input=typed)


def said(state: Path, *words: str, typed: str = "") -> str:
    """The output of a command that works."""
    done = alcolab(state, *words, typed=typed)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def refused(state: Path, *words: str, typed: str = "") -> str:
    """Why a command did not work: an error that `alcolab` says in one line, or what Typer says."""
    done = alcolab(state, *words, typed=typed)
    assert done.exit_code != 0
    if isinstance(done.exception, AlcolabError | OSError):
        return str(done.exception)
    assert isinstance(done.exception, SystemExit)
    return done.output


def test_a_members_life(state: Path) -> None:
    line = said(state, "member", "add", "Aïcha Diallo", "--group", "sewing", "--role", "trainer")
    assert re.fullmatch(r"[0-9a-f]{16}  Aïcha Diallo  \(trainer, sewing\)\n", line)
    said(state, "member", "change", "aicha", "--phone", "+33 6 12 34 56 78", "--born", "31/05/2012", "--group", "dance")
    assert "until 2027-06-30" in said(state, "member", "train", "aicha", "laser", "--until", "30/06/2027")
    badge = said(state, "member", "badge", "enrol", "aicha", "--credential", CREDENTIAL, "--label", "blue")[:16]
    assert said(state, "member", "badge", "lost", badge).split()[1] == "lost"
    assert said(state, "member", "badge", "found", badge).split()[1] == "active"
    assert said(state, "member", "badge", "revoke", badge).split()[1] == "revoked"
    assert said(state, "member", "badge", "list", "aicha").startswith(f"{badge}  revoked  uid  blue")
    assert "suspended" in said(state, "member", "suspend", "aicha")
    assert "suspended" not in said(state, "member", "suspend", "aicha", "--undo")
    shown = json.loads(said(state, "member", "show", "aicha"))
    assert shown["member"]["phone"] == "+33 6 12 34 56 78"
    assert shown["member"]["groups"] == ["dance"]
    assert shown["trainings"][0]["expires"] == "2027-06-30"
    assert "no longer laser" in said(state, "member", "train", "aicha", "laser", "--withdraw")
    assert "Forget Aïcha Diallo" in refused(state, "member", "erase", "aicha", typed="n\n")
    said(state, "member", "erase", "aicha", typed="y\n")
    assert said(state, "member", "list") == ""


def test_who_is_meant_must_be_clear(state: Path) -> None:
    for name in ("Ali Kaya", "Ali Kayacan"):
        said(state, "member", "add", name)
    assert "could be any of these" in refused(state, "member", "show", "ali")
    assert json.loads(said(state, "member", "show", "Ali Kaya"))["member"]["name"] == "Ali Kaya"
    assert "nobody is called 'Zoe'" in refused(state, "member", "show", "Zoe")
    pseudonym = said(state, "member", "list", "kayacan")[:16]
    assert json.loads(said(state, "member", "show", pseudonym))["member"]["name"] == "Ali Kayacan"


def test_an_administrator_types_the_password_twice(state: Path) -> None:
    assert "may log in" in said(state, "member", "admin", "nadia", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert PASSWORD not in said(state, "member", "admin", "nadia", typed="another good one\nanother good one\n")
    assert "10 characters" in refused(state, "member", "admin", "nadia", typed="short\nshort\n")


def test_the_password_of_an_administrator_is_kept_as_a_hash(state: Path) -> None:
    import asyncio

    from hub.members import accounts

    said(state, "member", "admin", "nadia", typed=f"{PASSWORD}\n{PASSWORD}\n")

    async def kept() -> str:
        async with opened(state) as store:
            account = await store.read(accounts.find, "nadia")
            assert account is not None
            return account.password_hash

    assert is_right(asyncio.run(kept()), PASSWORD)


def test_a_list_is_shown_asked_about_and_imported(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("Nom;Courriel\nLéa Dupont;lea@example.org\n", encoding="utf-8")
    assert "line 2: new Léa Dupont" in said(state, "member", "import", str(file), "--preview")
    assert said(state, "member", "list") == ""
    refused(state, "member", "import", str(file), typed="n\n")
    assert said(state, "member", "list") == ""
    said(state, "member", "import", str(file), typed="y\n")
    assert "Léa Dupont" in said(state, "member", "list")
    file.write_text("Nom;Courriel\nLéa Dupont;nothing\n", encoding="utf-8")
    assert "line 2: 'nothing' is no e-mail address" in refused(state, "member", "import", str(file), "--yes")
    exported = tmp_path / "out.csv"
    said(state, "member", "export", "--output", str(exported))
    assert exported.stat().st_mode & 0o777 == 0o600
    assert "same: 1" in said(state, "member", "import", str(exported), "--preview")
    assert json.loads(said(state, "member", "export", "lea"))["member"]["email"] == "lea@example.org"


def test_a_backup_comes_back(state: Path, tmp_path: Path) -> None:
    said(state, "member", "add", "Léa Dupont")
    file = tmp_path / "alcolab.backup"
    assert "the history is not in it" in said(state, "backup", str(file))
    said(state, "member", "add", "Later")
    refused(state, "restore", str(file), typed="n\n")
    said(state, "restore", str(file), typed="y\n")
    assert said(state, "member", "list").split(maxsplit=1)[1] == "Léa Dupont\n"
    assert "no backup" in refused(state, "restore", str(tmp_path / "state" / "members" / "members.db"), "--yes")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("member", "list"), "is this the hub"),
        (("member", "add", " "), "spaces at its ends"),
        (("member", "add", "A", "--born", "yesterday"), "is no"),
        (("member", "add", "A", "--role", "king"), "king"),
        (("member", "badge", "enrol", "a"), "either --reader or --credential"),
        (("backup", "/nowhere/file"), "there are no members"),
        (("restore", "/nowhere/file", "--yes"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(state: Path, words: tuple[str, ...], why: str) -> None:
    assert why in refused(state, *words)
