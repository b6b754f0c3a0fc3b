"""Reading in a child process gives the same lab, and costs this process nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from devices.errors import BadConfig
from hub.config import read_lab, read_lab_apart
from tests.hub.config.good_lab import lab_file, spoilt

HEAVY = ("pydantic", "yaml", "typer", "rich", "sqlalchemy", "fastapi", "jinja2")


def test_the_lab_is_the_same(tmp_path: Path) -> None:
    file = lab_file(tmp_path)
    assert read_lab_apart(file) == read_lab(file)


def test_the_problems_are_the_same(tmp_path: Path) -> None:
    file = lab_file(tmp_path, spoilt("board: pi,", "board: pie,"))
    with pytest.raises(BadConfig) as here:
        read_lab(file)
    with pytest.raises(BadConfig) as apart:
        read_lab_apart(file)
    assert str(apart.value) == str(here.value)


def test_the_node_is_passed_on(tmp_path: Path) -> None:
    file = lab_file(tmp_path, spoilt("sysfs: sys", "sysfs: nowhere"))
    assert read_lab_apart(file, node="hub").site == "alco"
    with pytest.raises(BadConfig, match="nowhere"):
        read_lab_apart(file, node="garden")


def test_a_child_that_dies_is_an_error_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\necho 'out of memory' >&2\nexit 137\n")
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    with pytest.raises(BadConfig, match="out of memory"):
        read_lab_apart(lab_file(tmp_path))


def test_the_reading_process_stays_small(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from hub.config import read_lab_apart; "
        f"read_lab_apart(Path(sys.argv[1])); print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, lab_file(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
