"""The total of a counter on disk."""

from pathlib import Path

import pytest

from devices.garden.sensors.total import DamagedTotal, load_total, save_total


def test_a_total_begins_at_zero_and_is_what_was_saved_last(tmp_path: Path) -> None:
    path = tmp_path / "rain.json"
    assert load_total(path) == 0
    save_total(path, 3)
    save_total(path, 4)
    assert load_total(path) == 4
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_save_leaves_the_old_total(tmp_path: Path) -> None:
    path = tmp_path / "rain.json"
    save_total(path, 3)
    path.with_suffix(".new").write_text('{"pul')
    assert load_total(path) == 3


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "3", '{"pulses": -1}', '{"pulses": "3"}', '{"pulses": true}', "\x00" * 9]
)
def test_a_damaged_total_is_said_and_never_read_as_zero(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rain.json"
    path.write_text(text)
    with pytest.raises(DamagedTotal, match="write the total into it"):
        load_total(path)
