"""The history as CSV and JSON lines."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from devices.device import Quality
from hub.history.export import PROGRESS_EVERY, Format, NoHistory, export
from hub.history.service import DATABASE
from hub.history.store import Counters, Store
from tests.hub.history.material import LAB, START, backlog, event, reading


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Readings of two devices, some merged and some recent, and an event."""
    path = tmp_path / DATABASE
    with Store.open(path, LAB, Counters()) as history:
        history.take([reading(1, 21.5, raw=2.61), reading(2, -3.0, channel="soil", unit="=HYPERLINK()")])
        history.merge()
        history.take([reading(3, None, device="tank", quality=Quality.FAILED), event(4, by="rain, «pluie»")])
        history.take([reading(5, 22.0, trusted=False)])
    return path


def lines(database: Path, **options: object) -> list[dict[str, object]]:
    out = io.StringIO(newline="")
    export(database, format=Format.JSONL, out=out, **options)  # type: ignore[arg-type]  # as the test gives them
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_lines_bear_the_names_of_the_topics(database: Path) -> None:
    assert lines(database) == [
        {
            "device": "bed",
            "reading": "air-temperature",
            "value": 21.5,
            "unit": "°C",
            "quality": "ok",
            "at": "2026-03-01T08:00:01.000Z",
            "raw": 2.61,
        },
        {
            "device": "bed",
            "reading": "air-temperature",
            "value": 22.0,
            "unit": "°C",
            "quality": "ok",
            "at": "2026-03-01T08:00:05.000Z",
            "clock": "untrusted",
        },
        {
            "device": "bed",
            "reading": "soil",
            "value": -3.0,
            "unit": "=HYPERLINK()",
            "quality": "ok",
            "at": "2026-03-01T08:00:02.000Z",
        },
        {
            "device": "tank",
            "reading": "air-temperature",
            "value": None,
            "unit": "°C",
            "quality": "failed",
            "at": "2026-03-01T08:00:03.000Z",
        },
        {
            "device": "bed",
            "event": "watered",
            "at": "2026-03-01T08:00:04.000Z",
            "data": {"by": "rain, «pluie»"},
            "log": "garden.1",
            "seq": 4,
        },
    ]


def test_csv_is_read_back_as_it_was_and_no_spreadsheet_runs_it(database: Path) -> None:
    out = io.StringIO(newline="")
    assert export(database, format=Format.CSV, out=out) == 5
    assert out.getvalue().count("\r\n") == 6
    rows = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    soil = rows[2]
    assert (soil["value"], soil["unit"]) == ("-3.0", "'=HYPERLINK()")
    assert (rows[3]["value"], rows[3]["quality"]) == ("", "failed")
    assert json.loads(rows[4]["data"]) == {"by": "rain, «pluie»"}
    assert [row["clock"] for row in rows] == ["trusted", "untrusted", "trusted", "trusted", "trusted"]


def test_a_part_of_it(database: Path) -> None:
    def of(**options: object) -> list[object]:
        return [one.get("value", one.get("event")) for one in lines(database, **options)]

    assert of(device="tank") == [None]
    assert of(device="bed") == [21.5, 22.0, -3.0, "watered"]
    assert of(device="bed", channel="soil") == [-3.0]
    assert of(channel="air-temperature") == [21.5, 22.0, None]
    assert of(since=START + timedelta(seconds=3)) == [22.0, None, "watered"]
    assert of(until=START + timedelta(seconds=3)) == [21.5, -3.0]
    assert of(since=START + timedelta(seconds=1, microseconds=1), until=START + timedelta(seconds=2.5)) == [-3.0]
    assert of(device="nobody") == []


def test_half_a_surrogate_pair_comes_through_as_json(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    with Store.open(path, LAB, Counters()) as history:
        history.take([event(1, said="\ud83d")])
    with (tmp_path / "out").open("w", encoding="utf-8", newline="") as out:
        export(path, format=Format.JSONL, out=out)
    assert json.loads((tmp_path / "out").read_text(encoding="utf-8"))["data"] == {"said": "\ud83d"}


def test_while_the_hub_writes_an_export_sees_one_moment(database: Path) -> None:
    with Store.open(database, LAB, Counters()) as history:
        seen: list[tuple[int, int]] = []

        def write_more(done: int, total: int) -> None:
            if not seen:
                history.take([backlog(reading(seq) for seq in range(3_000, 4_000))])
                history.merge()
            seen.append((done, total))

        history.take([backlog(reading(seq) for seq in range(100, 100 + 2 * PROGRESS_EVERY))])
        written = export(database, format=Format.CSV, out=io.StringIO(), progress=write_more)
    assert written == 5 + 2 * PROGRESS_EVERY
    assert seen == [(PROGRESS_EVERY, written), (2 * PROGRESS_EVERY, written), (written, written)]


def test_where_there_is_no_history_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoHistory, match="there is no history at"):
        export(tmp_path / DATABASE, format=Format.CSV, out=io.StringIO())
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(NoHistory, match="file is not a database"):
        export(path, format=Format.CSV, out=io.StringIO())
