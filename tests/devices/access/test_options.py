"""What may stand together in the options of a reader."""

from pathlib import Path

import pytest

from tests.hub.config.good_lab import examined

LAB = """\
site: alco
nodes: {{door: {{}}}}
devices:
  badges: {{type: badge-reader, node: door, reader: {reader}}}
"""
KEYS = "sun: {key_file: secret.txt}"


def problems(folder: Path, reader: str) -> list[str]:
    return [str(problem) for problem in examined(folder, LAB.format(reader=f"{{{reader}}}")).problems]


@pytest.mark.parametrize(
    "reader",
    [
        "type: wiegand, d0: GPIO5, d1: GPIO6",
        "type: wiegand, d0: GPIO5, d1: GPIO6, format: 34, away: 500ms",
        "type: keyboard, device: Sycreader USB Reader",
        "type: keyboard, device: /dev/input/by-id/usb-1-event-kbd, format: hex, reversed: true",
        f"type: keyboard, device: a reader, format: sun, {KEYS}",
        "type: serial-lines, port: /dev/alcolab/badges",
        f"type: serial-lines, port: /dev/alcolab/badges, baudrate: 9600, format: sun, {KEYS}",
    ],
)
def test_every_kind_of_reader_can_be_configured(tmp_path: Path, reader: str) -> None:
    assert problems(tmp_path, reader) == []


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("type: wiegand, d0: GPIO5, d1: GPIO5", "which devices.badges.reader.d0 (line 4) uses already"),
        ("type: wiegand, d0: GPIO5, d1: GPIO6, format: 27", "26"),
        ("type: keyboard, device: a reader, format: sun", "format sun needs keys: add sun: {key_file: …}"),
        (f"type: keyboard, device: a reader, {KEYS}", "format decimal does not use: set format: sun"),
        (f"type: serial-lines, port: /dev/a, {KEYS}", "format hex does not use: set format: sun"),
        (f"type: serial-lines, port: /dev/a, format: sun, reversed: true, {KEYS}", "leave out reversed"),
        ("type: serial-lines, port: /dev/a, format: sun, sun: {key_file: no.key}", "there is no such file"),
        ("type: serial-lines, port: /dev/a, baudrate: 1", "1200"),
        ("type: keyboard, device: ' '", "reader.device"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, reader: str, said: str) -> None:
    (problem,) = problems(tmp_path, reader)
    assert said in problem
