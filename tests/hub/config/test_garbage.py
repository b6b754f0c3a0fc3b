"""Whatever a file holds, reading it ends in problems with lines and never in a traceback."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.config.reading import examine
from tests.hub.config.good_lab import GOOD, lab_file

SCRAPS = """
site nodes devices broker web type garden node sensors iio pulse every calibration points set null no 1e999 -1 .nan
2026-03-01 60s &a *a << !x { } [ ] : , - ' " | # % ? é \U0001f33b
"""
VALUES = """
null [] {} [[]] {a:b} no -5 1e999 .nan '' "\\0" *x 2026-02-30 [{since:1}] ../.. \U0001f33b
"""
words = st.sampled_from([*SCRAPS.split(), ": ", "- ", "\n", "\n  ", "\n    ", "\t", "\x00", "\ud800"])
values = st.sampled_from([*VALUES.split(), "&x 5", "!y z", "{<<: 5}", "{type: iio}", "9" * 400, "'" + "x" * 300 + "'"])
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _read(folder: Path, content: bytes) -> None:
    file = lab_file(folder)
    file.write_bytes(content)
    found = examine(file)
    lines = content.count(b"\n") + content.count(b"\r") + 2
    assert all(1 <= problem.line <= lines for problem in found.problems)
    assert all(str(problem).isprintable() for problem in found.problems)
    assert (found.lab is None) == bool(found.problems)


@QUICK
@given(content=st.binary(max_size=400))
def test_bytes(tmp_path: Path, content: bytes) -> None:
    _read(tmp_path, content)


@QUICK
@given(scraps=st.lists(words, max_size=40))
def test_scraps_of_yaml(tmp_path: Path, scraps: list[str]) -> None:
    _read(tmp_path, "".join(scraps).encode(errors="surrogatepass"))


@QUICK
@given(data=st.data())
def test_a_good_file_with_something_else_in_one_place(tmp_path: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 30)))
    _read(tmp_path, (GOOD[:start] + data.draw(values) + GOOD[end:]).encode())


@QUICK
@given(data=st.data())
def test_a_good_file_with_another_value_for_one_key(tmp_path: Path, data: st.DataObject) -> None:
    places = [position for position, char in enumerate(GOOD) if char == ":" and GOOD[position + 1] in " \n"]
    start = data.draw(st.sampled_from(places)) + 1
    end = min(GOOD.find(mark, start) for mark in ",}\n" if GOOD.find(mark, start) > 0)
    _read(tmp_path, (GOOD[:start] + " " + data.draw(values) + GOOD[end:]).encode())
