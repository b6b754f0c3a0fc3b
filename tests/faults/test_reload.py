"""A configuration that cannot be used is refused on reload, and the lab runs on as if nobody had asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.process import Process, until
from tests.faults.real_lab import HUB, RealLab, scripted

pytestmark = pytest.mark.fault
NODE = "garden"
PAUSE_MOST_MS = 1_000
REFUSED = "the new configuration is refused"
TAKEN = "config.yaml was read again"

MALFORMED: tuple[Callable[[str], str | bytes], ...] = (
    lambda _: "",
    lambda good: good[: len(good) // 2] + "\n  ][",
    lambda good: good.replace("type: steady", "type: staedy"),
    lambda good: good.replace("node: garden", "node: gardne"),
    lambda good: good + "\nnodes: {}\n",
    lambda good: "\t" + good,
    lambda _: b"\xff\xfe\x00binary\x00",
    lambda _: "[" * 5_000,
    lambda _: "a: &a [x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\n" * 50,
    lambda good: good.replace("site: faults", "site: [1, 2]"),
)


def test_a_malformed_config_is_refused_on_reload_and_disturbs_nobody(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    probe = scripted("steady", NODE, tmp_path / "probe.journal", readings_per_s=100.0)
    with RealLab(tmp_path, mosquitto.port, {"probe": probe}) as lab:
        lab.start(HUB)
        node = lab.start(NODE)
        lab.until_stored(1, 20.0)
        good = lab.config.read_text()
        began = len(lab.reported("probe").readings)
        for spoil in MALFORMED:
            bad = spoil(good)
            lab.config.write_bytes(bad.encode() if isinstance(bad, str) else bad)
            _refused(node)
        lab.config.unlink()
        _refused(node)
        pause_ms = lab.reported("probe").longest_pause_ms(since=began)
        verdict = lab.until_all_is_stored("probe", 20.0)
        counted("malformed or missing files", len(MALFORMED) + 1)
        counted("refused", node.output.count(REFUSED))
        counted("longest pause of a device that reads every 10 ms, ms", pause_ms)
        counted("its readings that are missing", verdict.missing)
        lab.config.write_text(good.replace("readings_per_s: 100.0", "readings_per_s: 50.0"))
        node.reload()
        until(lambda: node.output.count(TAKEN) == 1, 20.0, "a good file is taken")
        counted("good file afterwards, taken", node.output.count(TAKEN))
        assert pause_ms < PAUSE_MOST_MS
        assert node.alive
    assert verdict.missing == 0


def _refused(node: Process) -> None:
    """Ask for a reload and wait until it is refused."""
    before = node.output.count(REFUSED)
    node.reload()
    until(lambda: node.output.count(REFUSED) > before, 20.0, "the file is refused")
