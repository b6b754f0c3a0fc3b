"""Who has a file open."""

import os
from pathlib import Path

import pytest

from devices.board import holders
from devices.board.holders import holders_of
from tests.devices.board.bench import program

OPEN = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "event0"
    file.touch()
    return file


def test_nobody_holds_what_nobody_has_open(file: Path) -> None:
    assert holders_of(file) == []


def test_another_program_is_named_with_its_process(file: Path) -> None:
    with program(OPEN, file) as running:
        name = Path(f"/proc/{running.pid}/comm").read_text().strip()
        assert holders_of(file) == [f"{name} (process {running.pid})"]


def test_a_link_leads_to_its_holder_and_we_are_named_as_ourselves(file: Path) -> None:
    link = file.with_name("by-id")
    link.symlink_to(file.name)
    with file.open():
        assert holders_of(link) == [f"alcolab (process {os.getpid()})"]


def test_processes_that_have_ended_or_are_not_ours_are_passed_over(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "proc/1/fd").mkdir(parents=True)
    (tmp_path / "proc/1/fd/0").touch()  # as unreadable as a link that has just gone
    (tmp_path / "proc/2").mkdir()
    monkeypatch.setattr(holders, "PROC", tmp_path / "proc")
    assert holders_of(file) == []
