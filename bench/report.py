"""What the benchmarks found: a line for the terminal, the raw numbers, and the section of docs/performance.md."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.measure import Goal, Measurement
from bench.peers import MQTT_IO
from tests.brokers import find_mosquitto

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- written by `make bench`: begin -->", "<!-- written by `make bench`: end -->"
HEAD = ("measured", "ALCOLAB", "the other", "judged", "goal", "")


def line(measurement: Measurement) -> str:
    """A line for the terminal."""
    what, *columns = _row(measurement)
    return f"{what:<72}" + "".join(f"{column:>18}" for column in columns)


def keep(name: str, measured: Sequence[Measurement]) -> None:
    """Put the raw numbers of one part in place of its last ones."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = {"on": _machine(), "measured": [asdict(measurement) for measurement in measured]}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def write_page() -> None:
    """Renew the generated section of the page from the raw numbers."""
    results: Mapping[str, Any] = json.loads(RESULTS.read_text())
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    sections = "\n".join(_section(name, part) for name, part in results.items())
    PAGE.write_text(f"{before}{BEGIN}\n\n{sections}\n{END}{after}")


def _section(name: str, part: Mapping[str, Any]) -> str:
    rows = [_row(_measurement(raw)) for raw in part["measured"]]
    table = [HEAD, ("---", "--:", "--:", "--:", "--:", "---"), *rows]
    lines = [f"| {' | '.join(row)} |" for row in table]
    return "\n".join([f"### `python -m bench {name}`", "", part["on"], "", *lines, ""])


def _measurement(raw: Mapping[str, Any]) -> Measurement:
    goal = Goal(**raw["goal"]) if raw["goal"] else None
    return Measurement(raw["what"], raw["unit"], raw["ours"], raw["theirs"], goal)


def _row(measurement: Measurement) -> tuple[str, ...]:
    judged = f"{measurement.judged:.2f} " + ("times" if measurement.theirs else measurement.unit)
    return (
        measurement.what,
        _median(measurement.ours, measurement.unit),
        _median(measurement.theirs, measurement.unit) if measurement.theirs else "",
        judged,
        str(measurement.goal or ""),
        "" if measurement.goal is None else "met" if measurement.met else "MISSED",
    )


def _median(values: Sequence[float], unit: str) -> str:
    median = statistics.median(values)
    return f"{median:,.0f} {unit}" if median >= 100 else f"{median:.3g} {unit}"


def _machine() -> str:
    """Where and when, without the machine's name."""
    fields = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
    model = next((value.strip() for name, _, value in fields if name.strip() == "model name"), platform.machine())
    mosquitto = subprocess.run([find_mosquitto() or "mosquitto", "-h"], capture_output=True, text=True, check=False)
    programs = (
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        mosquitto.stdout.splitlines()[0].replace("version ", ""),
        f"aiomqtt {version('aiomqtt')}",
        f"paho-mqtt {version('paho-mqtt')}",
        MQTT_IO.replace("==", " "),
    )
    where = f"{os.cpu_count()} cores of {model}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {where}; {', '.join(programs)}."
