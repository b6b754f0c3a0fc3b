"""A good configuration that the tests of this folder spoil, one place at a time."""

from pathlib import Path

from hub.config.reading import Examination, examine

GOOD = """\
site: alco
broker: {host: hub.local, username: garden, password_file: secret.txt, tls: {ca: ca.pem}}
web: {host: 0.0.0.0, port: 8080}
nodes:
  hub: {services: [broker, history, web]}
  garden: {board: pi, sysfs: sys, outbox: {size: 50MB, age: 7d}}
  shed: {board: simulated}
devices:
  bed:
    type: garden
    node: garden
    sensors:
      air: {type: iio, name: bme280, attribute: in_temp_input, scale: 1e-3, unit: °C, every: 60s, range: [-30, 60]}
      soil:
        type: iio
        name: ads1015
        attribute: in_voltage0_raw
        set: {in_voltage0_scale: 0.125}
        unit: "%"
        every: 10min
        calibration: [{since: 2026-03-01, points: [[2.61, 0], [1.12, 100]]}]
      rain: {type: pulse, line: GPIO17, per_pulse: 0.2794, unit: mm, every: 10min}
      tank: {type: uart-distance, port: /dev/ttyUSB0, unit: mm}
  hen-house:
    type: garden
    node: shed
    sensors:
      rain: {type: pulse, line: GPIO17, unit: mm}
      water: {type: w1, id: 28-000005e2fdc3, every: 5min}
"""


def lab_file(folder: Path, text: str = GOOD) -> Path:
    """The configuration in `folder`, with the files beside it that GOOD names."""
    for name in ("ca.pem", "secret.txt"):
        (folder / name).write_text("not empty")
    (folder / "sys").mkdir(exist_ok=True)
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def examined(folder: Path, text: str = GOOD) -> Examination:
    return examine(lab_file(folder, text))


def spoilt(old: str, new: str) -> str:
    """GOOD with the one place `old` replaced."""
    assert GOOD.count(old) == 1, f"{old!r} stands {GOOD.count(old)} times"
    return GOOD.replace(old, new)


def line_of(text: str) -> int:
    """The line of GOOD on which `text` stands."""
    return GOOD[: GOOD.index(text)].count("\n") + 1
