"""A log whose power is cut: at every system call, in the middle of every write, and by kill -9 at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.audit_log import Head, verify
from devices.audit_log.writer import LogWriter, Purge
from devices.board.clock import Moment
from tests.devices.audit_log.writing import MARCH, NAME, append_all, entries, files

CALLS = ("open", "pwrite", "fsync", "truncate", "ftruncate", "rename", "replace", "unlink", "mkdir")
LATER = MARCH + timedelta(days=100)


class Cut(BaseException):
    """The power is gone: nobody catches that."""


class Power:
    """Goes off at the nth system call that changes something; a write is then half done."""

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        self._left = 0

    def goes_at(self, step: int) -> None:
        self._left = step
        for name in CALLS:
            self._patch.setattr(os, name, self._guarded(name, getattr(os, name)))

    def back(self) -> None:
        self._patch.undo()

    def _guarded(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left <= 0:
                if name == "pwrite" and self._left == 0:
                    descriptor, data, at = args
                    real(descriptor, data[: len(data) // 2], at)
                raise Cut
            return real(*args, **kwargs)

        return call


def life(folder: Path, said: list[Head]) -> None:
    """Begins a log, writes over three months, finds a torn end, purges."""
    writer = LogWriter(folder, NAME)
    waiting = entries(12, every=timedelta(days=6))
    while waiting:
        done, head = writer.append(waiting[:2])
        said.append(head)
        waiting = waiting[done:]
    with files(folder)[-1].open("ab") as file:
        file.write(b'{"at":"2026-0')
    said.extend(append_all(LogWriter(folder, NAME), entries(3, since=LATER)))
    said.append(writer.purge(Purge(date(2026, 5, 1), Moment(LATER), "kept for three months")))
    said.extend(append_all(writer, entries(2, since=LATER)))


def test_a_life_without_cut_verifies(tmp_path: Path) -> None:
    said: list[Head] = []
    life(tmp_path, said)
    verdict = verify(tmp_path, said, name=NAME)
    assert verdict.ok
    assert verdict.head == said[-1]
    assert any("kept as 000000000013-2026-06.jsonl.torn-" in note for note in verdict.notes), verdict.notes
    assert any("purged" in note for note in verdict.notes)


def test_cut_at_every_step_nothing_said_is_lost_and_the_log_still_verifies(tmp_path: Path) -> None:
    power, cut = Power(), True
    step = 0
    while cut:
        step += 1
        folder, said = tmp_path / str(step), list[Head]()
        power.goes_at(step)
        try:
            life(folder, said)
            cut = False
        except Cut:
            pass
        power.back()
        said.extend(append_all(LogWriter(folder, NAME), entries(1, since=LATER)))
        verdict = verify(folder, said, name=NAME)
        assert verdict.findings == (), f"step {step}"
        assert verdict.head == said[-1]
        assert not list(folder.glob("*.unrecorded"))
    assert step > 50


def test_what_was_torn_off_is_kept_and_an_entry_tells_where(tmp_path: Path) -> None:
    append_all(LogWriter(tmp_path, NAME), entries(3))
    with files(tmp_path)[0].open("ab") as file:
        file.write(b'{"at":"20')
    append_all(LogWriter(tmp_path, NAME), entries(1, since=LATER))
    (torn,) = tmp_path.glob("*.torn-*")
    assert torn.read_bytes() == b'{"at":"20'
    (note,) = verify(tmp_path, name=NAME).notes
    assert note == f"what a power cut tore off before entry 5 is kept as {torn.name}"


def test_a_file_of_zeros_is_set_aside_as_a_whole(tmp_path: Path) -> None:
    """As some file systems leave one whose size was written before its content."""
    said = append_all(LogWriter(tmp_path, NAME), entries(3))
    (tmp_path / "000000000005-2026-04.jsonl").write_bytes(bytes(9000))
    said += append_all(LogWriter(tmp_path, NAME), entries(1))
    verdict = verify(tmp_path, said, name=NAME)
    assert verdict.ok
    assert (tmp_path / "000000000005-2026-04.jsonl.torn-0").stat().st_size == 9000


KILLED = """
import sys
from pathlib import Path
from devices.audit_log.writer import LogWriter
from tests.devices.audit_log.writing import NAME, entries
writer, all = LogWriter(Path(sys.argv[1]), NAME), entries(400)
while True:
    for n in range(0, 400, 4):
        head = writer.append(all[n : n + 4])[1]
        print(head.entries, head.hash, flush=True)
"""


@pytest.mark.fault
def test_killed_at_many_moments_a_process_leaves_a_log_that_verifies(tmp_path: Path) -> None:
    said: list[Head] = []
    for round_ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        ) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            time.sleep(0.013 * round_)  # at another moment each time
            child.send_signal(signal.SIGKILL)
            printed = [first, *child.stdout]
        said += [
            Head(int(number), digest)
            for number, _, digest in (line.strip().partition(" ") for line in printed if line.endswith("\n"))
        ]
        said += append_all(LogWriter(tmp_path, NAME), entries(1))
        verdict = verify(tmp_path, said, name=NAME)
        assert verdict.findings == ()
        assert verdict.heads == len(set(said))
