"""The attacks: whatever somebody does to the files of a log is found and named."""

import hashlib
import json
import shutil
import subprocess
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.audit_log import Finding, Head, verify
from devices.audit_log.canonical import canonical
from devices.audit_log.entry import Unwritten, entry_in
from devices.audit_log.writer import LogWriter
from tests.devices.audit_log.writing import MARCH, NAME, append_all, entries, files, lines, written

FORGED = entries(13, since=MARCH + timedelta(minutes=1))
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Head]]:
    """Thirteen entries over two months."""
    folder = tmp_path_factory.mktemp("log") / NAME / "audit"
    return folder, written(folder)


@pytest.fixture
def log(untouched: tuple[Path, list[Head]], tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    shutil.copytree(untouched[0], folder)
    return folder


def anew(log: Path, all_lines: list[bytes]) -> None:
    """What an attacker leaves, all in the first file."""
    for file in files(log)[1:]:
        file.unlink()
    files(log)[0].write_bytes(b"".join(all_lines))


def found(log: Path, heads: list[Head] | None = None) -> list[Finding]:
    return list(verify(log, heads or (), name=NAME).findings)


def about(findings: list[Finding]) -> set[int | None]:
    return {finding.entry for finding in findings}


def test_a_log_that_nobody_touched_verifies_with_all_its_heads(untouched: tuple[Path, list[Head]]) -> None:
    folder, heads = untouched
    verdict = verify(folder, heads, name=NAME)
    assert (verdict.ok, verdict.log, verdict.head, verdict.heads) == (True, NAME, heads[-1], 12)
    assert [file.name for file in files(folder)] == ["000000000001-2026-03.jsonl", "000000000008-2026-04.jsonl"]


def test_each_line_is_canonical_json(untouched: tuple[Path, list[Head]]) -> None:
    for line in lines(untouched[0]):
        assert canonical(json.loads(line)).encode() + b"\n" == line


def test_the_hash_of_an_entry_can_be_checked_with_other_tools(untouched: tuple[Path, list[Head]]) -> None:
    """Docs promise it: sha256sum of the line without its last member."""
    line = lines(untouched[0])[3]
    said = json.loads(line)
    bare = line.decode().replace(f',"sha256":"{said["sha256"]}"', "").rstrip("\n")
    hashed = subprocess.run(["sha256sum"], input=bare.encode(), capture_output=True, check=True).stdout
    assert hashed.decode().split()[0] == said["sha256"]
    assert said["previous"] == json.loads(lines(untouched[0])[2])["sha256"]


@many
@given(data=st.data())
def test_any_byte_that_was_changed_is_found_and_the_entry_named(log: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(files(log)))
    before = file.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != before[at]))
    file.write_bytes(before[:at] + bytes([byte]) + before[at + 1 :])
    try:
        entry = int(file.name[:12]) + before[:at].count(b"\n")
        assert entry in about(found(log))
    finally:
        file.write_bytes(before)


@many
@given(data=st.data())
def test_any_entries_that_were_removed_are_found_and_named(
    untouched: tuple[Path, list[Head]], log: Path, data: st.DataObject
) -> None:
    everything = lines(untouched[0])
    first = data.draw(st.integers(1, len(everything)))
    last = data.draw(st.integers(first, len(everything)))
    anew(log, everything[: first - 1] + everything[last:])
    findings = found(log, untouched[1])
    assert findings
    missing = {number for finding in findings for number in range(first, last + 1) if str(number) in finding.what}
    assert missing >= {first, last}


@many
@given(data=st.data())
def test_any_entry_that_was_moved_is_found_and_named(
    untouched: tuple[Path, list[Head]], log: Path, data: st.DataObject
) -> None:
    everything = lines(untouched[0])
    one, other = sorted(data.draw(st.lists(st.integers(0, len(everything) - 1), min_size=2, max_size=2, unique=True)))
    everything[one], everything[other] = everything[other], everything[one]
    anew(log, everything)
    assert one + 1 in about(found(log))


@many
@given(data=st.data())
def test_any_entry_that_stands_twice_is_found_and_named(
    untouched: tuple[Path, list[Head]], log: Path, data: st.DataObject
) -> None:
    everything = lines(untouched[0])
    one, at = data.draw(st.integers(0, len(everything) - 1)), data.draw(st.integers(0, len(everything)))
    anew(log, [*everything[:at], everything[one], *everything[at:]])
    assert one + 1 in about(found(log))


@many
@given(data=st.data(), trick=st.sampled_from(["insert", "replace"]))
def test_a_forged_entry_with_a_hash_of_its_own_is_found_and_named(
    untouched: tuple[Path, list[Head]], log: Path, data: st.DataObject, trick: str
) -> None:
    everything = lines(untouched[0])
    at = data.draw(st.integers(1, len(everything) - 1))
    forged, _ = FORGED[0].line_after(entry_in(everything[at - 1]).head)
    anew(log, [*everything[:at], forged, *everything[at + (trick == "replace") :]])
    assert at + 1 in about(found(log, untouched[1]))


@many
@given(data=st.data())
def test_who_writes_all_anew_from_one_entry_on_is_found_by_the_heads_alone(
    untouched: tuple[Path, list[Head]], log: Path, data: st.DataObject
) -> None:
    everything = lines(untouched[0])
    at = data.draw(st.integers(1, len(everything) - 1))
    forged, head = everything[:at], entry_in(everything[at - 1]).head
    for entry in FORGED[at:]:
        line, head = entry.line_after(head)
        forged.append(line)
    anew(log, forged)
    assert found(log) == []
    (finding,) = found(log, untouched[1])
    assert finding.entry == at + 1
    assert "written anew" in finding.what


@many
@given(data=st.data())
def test_a_log_that_was_cut_off_anywhere_is_found_by_the_heads(
    untouched: tuple[Path, list[Head]], log: Path, data: st.DataObject
) -> None:
    whole = b"".join(lines(untouched[0]))
    kept = data.draw(st.integers(0, len(whole) - 1))
    anew(log, [whole[:kept]])
    findings = found(log, untouched[1])
    assert findings
    assert any("cut off" in finding.what or "was edited" in finding.what for finding in findings)
    if whole[:kept].endswith(b"\n"):
        assert about(findings) == {13}
        entries_left = whole[:kept].count(b"\n")
        missing = f"entries {entries_left + 1} to 13 are missing" if entries_left < 12 else "entry 13 is missing"
        assert missing in findings[0].what


def test_a_log_that_was_deleted_is_found_by_the_heads(untouched: tuple[Path, list[Head]], log: Path) -> None:
    for file in files(log):
        file.unlink()
    (finding,) = found(log, untouched[1])
    assert "entries 1 to 13 are missing" in finding.what


def test_a_file_that_was_removed_is_found_and_its_entries_named(log: Path) -> None:
    files(log)[0].unlink()
    (finding,) = found(log)
    assert "entries 1 to 7 are missing, and no entry says that they were purged" in finding.what


def test_the_log_of_another_door_in_its_place_is_found(log: Path) -> None:
    verdict = verify(log, name="back-door")
    assert [finding.what for finding in verdict.findings] == [
        "this is the log of front-door, not of back-door: exchanged"
    ]


def test_a_file_with_another_name_is_found(log: Path) -> None:
    files(log)[1].rename(log / "000000000009-2026-04.jsonl")
    (finding,) = found(log)
    assert str(finding) == (
        "000000000009-2026-04.jsonl, line 1: the file is named after entry 9, but begins with entry 8"
    )


def test_an_entry_that_the_log_itself_would_not_make_is_found(untouched: tuple[Path, list[Head]], log: Path) -> None:
    everything = lines(untouched[0])
    head = entry_in(everything[-1]).head
    forged, _ = Unwritten.saying("log-purged", {"everything": True}, entries(1)[0].at).line_after(head)
    anew(log, [*everything, forged])
    assert 14 in about(found(log))


def test_a_clock_that_was_set_back_is_noted_and_no_finding(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, NAME)
    append_all(writer, entries(2))
    append_all(writer, entries(1, since=MARCH - timedelta(days=400)))
    verdict = verify(tmp_path)
    assert verdict.ok
    assert verdict.notes == ("entry 4 is dated before one that stands before it: the clock was set back",)


def test_garbage_of_any_length_needs_no_memory(log: Path) -> None:
    with files(log)[1].open("ab") as file:
        file.write(b"x" * 40_000_000)
    tracemalloc.start()
    try:
        findings = found(log)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert about(findings) == {14}


def test_a_long_log_needs_no_memory(tmp_path: Path) -> None:
    append_all(LogWriter(tmp_path, NAME), entries(20_000, every=timedelta(seconds=1)))
    tracemalloc.start()
    try:
        assert verify(tmp_path).ok
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_more_findings_than_anybody_reads_are_not_kept(tmp_path: Path) -> None:
    append_all(LogWriter(tmp_path, NAME), entries(5000, every=timedelta(seconds=1)))
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes().replace(b'"granted":true', b'"granted":null'))
    assert len(verify(tmp_path).findings) == 1000


def test_a_damaged_first_line_hides_no_month_that_is_missing(log: Path) -> None:
    files(log)[0].unlink()
    (file,) = files(log)
    file.write_bytes(b"x" + file.read_bytes()[1:])
    findings = found(log)
    assert about(findings) == {8, 1}
    assert any("entries 1 to 7 are missing" in finding.what for finding in findings)


@pytest.mark.parametrize(
    "body",
    [
        b'{"at":5,"data":{},"entry":14,"kind":"access","previous":"%s"',
        b'{"at":"2026-03-30T12:00:00.000Z","data":[],"entry":14,"kind":"access","previous":"%s"',
        b'{"at":"2026-03-30T12:00:00.000Z","data":{},"entry":true,"kind":"access","previous":"%s"',
        b'{"at":"2026-03-30T12:00:00.000Z","data":{},"entry":14,"kind":5,"previous":"%s"',
        b'{"at":"2026-03-30T12:00:00.000Z","data":{},"entry":14,"kind":"access","previous":["%s"]',
        b'{"data":%s,"entry":14' % (b"[" * 20_000),
        b'{"\xff":1,"entry":14,"previous":"%s"',
    ],
)
def test_whatever_has_a_hash_and_is_no_entry_is_found(
    untouched: tuple[Path, list[Head]], log: Path, body: bytes
) -> None:
    body = body.replace(b"%s", entry_in(lines(untouched[0])[-1]).hash.encode())
    forged = body + b',"sha256":"%s"}\n' % hashlib.sha256(body + b"}").hexdigest().encode()
    with files(log)[-1].open("ab") as file:
        file.write(forged)
    assert about(found(log)) == {14}
