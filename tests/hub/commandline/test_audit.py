"""`alcolab audit verify`, as a technician runs it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.commandline import app
from tests.devices.audit_log.writing import files, lines, written

LOGS = ("back-door", "front-door", "laser")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A state folder with three logs, and a file with all that they have told."""
    state = tmp_path_factory.mktemp("lab")
    heads = state / "heads.jsonl"
    with heads.open("w") as file:
        for name in LOGS:
            for head in written(state / "devices" / name / "audit", 4, name=name):
                file.write(json.dumps({"log": name, "entries": head.entries, "hash": head.hash, "at": "…"}) + "\n")
    return state, heads


@pytest.fixture
def state(lab: tuple[Path, Path], tmp_path: Path) -> Path:
    shutil.copytree(lab[0] / "devices", tmp_path / "devices")
    shutil.copy(lab[1], tmp_path)
    return tmp_path


def verify(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", "verify", *map(str, arguments)])
    return done.exit_code, done.output


def test_all_logs_of_this_pi_are_verified_with_what_they_have_told_elsewhere(state: Path) -> None:
    code, said = verify("--state", state, "--heads", state / "heads.jsonl")
    assert code == 0
    assert said.splitlines() == [f"{name}: 5 entries, 4 of 4 heads told elsewhere fit: as written" for name in LOGS]


def test_what_was_changed_is_one_line_and_exit_code_1(state: Path) -> None:
    (file,) = files(state / "devices/front-door/audit")
    file.write_bytes(file.read_bytes().replace(b"true", b"null", 1))
    code, said = verify("--state", state)
    assert code == 1
    assert "front-door: 000000000001-2026-03.jsonl, line 2: entry 2 was edited" in said
    assert "front-door: 5 entries, no heads to compare with: CHANGED" in said
    assert "back-door: 5 entries, no heads to compare with: as written" in said


def test_a_log_that_was_cut_off_is_seen_by_the_heads(state: Path) -> None:
    (file,) = files(state / "devices/laser/audit")
    file.write_bytes(b"".join(lines(file.parent)[:3]))
    assert verify("--state", state)[0] == 0
    code, said = verify("--state", state, "--heads", state / "heads.jsonl")
    assert code == 1
    assert "laser: 000000000001-2026-03.jsonl, line 3: entries 4 to 5 are missing" in said


def test_a_folder_may_be_named(state: Path) -> None:
    code, said = verify(state / "devices/laser/audit", "--heads", state / "heads.jsonl")
    assert (code, said) == (0, "laser: 5 entries, 4 of 4 heads told elsewhere fit: as written\n")


def test_the_log_of_another_door_in_its_place_is_found(state: Path) -> None:
    shutil.rmtree(state / "devices/laser/audit")
    shutil.copytree(state / "devices/front-door/audit", state / "devices/laser/audit")
    code, said = verify("--state", state)
    assert code == 1
    assert "laser: 000000000001-2026-03.jsonl, line 5: this is the log of" in said


@pytest.mark.parametrize("line", ["{", "[]", '{"log": 1}', '{"log": "x", "entries": 1, "hash": "00"}', "[" * 5000])
def test_what_is_no_head_is_said_with_its_line(state: Path, line: str) -> None:
    with (state / "heads.jsonl").open("a") as file:
        file.write(line)
    done = CliRunner().invoke(app, ["audit", "verify", "--state", str(state), "--heads", str(state / "heads.jsonl")])
    assert "heads.jsonl, line 13 is no head" in str(done.exception)


def test_without_a_log_it_says_where_to_look(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["audit", "verify", "--state", str(tmp_path)])
    assert "no audit log here" in str(done.exception)


def test_heads_may_come_from_another_command(state: Path) -> None:
    heads = (state / "heads.jsonl").read_text()
    done = CliRunner().invoke(app, ["audit", "verify", "--state", str(state), "--heads", "-"], input=heads)
    assert done.exit_code == 0
    assert "4 of 4 heads" in done.output


def test_an_empty_log_that_has_told_of_entries_is_found(state: Path) -> None:
    for file in files(state / "devices/laser/audit"):
        file.unlink()
    code, said = verify("--state", state, "--heads", state / "heads.jsonl")
    assert code == 1
    assert "laser: the log: entries 1 to 5 are missing" in said
