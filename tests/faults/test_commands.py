"""Commands that are too large, or no commands at all: each is answered, none is carried out, nothing is delayed."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.board.clock import rfc3339
from tests.brokers import Mosquitto
from tests.faults.correspondent import Correspondent
from tests.faults.figures import Counted
from tests.faults.malformed import malformed_command
from tests.faults.process import until
from tests.faults.real_lab import HUB, SITE, RealLab, scripted
from tests.faults.sensor_tree import SensorTree

pytestmark = pytest.mark.fault
NODE = "garden"
MEBIBYTE = 1_048_576
MALFORMED = 1_000
PAUSE_MOST_MS = 1_000
MEMORY_MOST_KB = 10_000


def test_a_1_mib_command_and_1000_malformed_ones_are_each_refused_with_a_reason(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted, chance: random.Random
) -> None:
    tree = SensorTree(tmp_path / "sysfs", ["air"])
    devices = {
        "bed": tree.options(NODE, ["air"]),
        "probe": scripted("steady", NODE, tmp_path / "probe.journal", readings_per_s=100.0),
    }
    with RealLab(tmp_path, mosquitto.port, devices) as lab:
        lab.node(NODE, sysfs=str(tree.folder))
        lab.start(HUB)
        node = lab.start(NODE)
        lab.until_stored(1, 20.0)
        somebody = Correspondent(mosquitto.port, "bed", SITE)
        with somebody.connected():
            somebody.send("measure", _command("before"))
            until(lambda: len(somebody.replies) == 1, 10.0, "the reply to a good command")
            before_kb, began = node.memory_kb(), len(lab.reported("probe").readings)
            somebody.send("measure", _command("large", padding="x" * MEBIBYTE))
            for number in range(MALFORMED):
                somebody.send("measure", malformed_command(chance, number))
            until(lambda: len(somebody.replies) == 2 + MALFORMED, 30.0, f"a reply to each, not {len(somebody.replies)}")
            somebody.send("measure", _command("after"))
            until(lambda: len(somebody.replies) == 3 + MALFORMED, 10.0, "the reply to a good command")
        grown_kb = node.memory_kb() - before_kb
        replies = [(name, json.loads(payload)) for name, payload in somebody.replies]
        refused = [(name, reply) for name, reply in replies[1:-1] if not reply["ok"] and reply["error"]]
        pause_ms = lab.reported("probe").longest_pause_ms(since=began)
        counted("commands of 1 MiB", 1)
        counted("malformed commands", MALFORMED)
        counted("replies that refuse, each with its reason", len(refused))
        counted("different reasons", len({reply["error"] for _, reply in refused}))
        counted("growth of the node's memory, kB", grown_kb)
        counted("longest pause of a device that reads every 10 ms, ms", pause_ms)
    assert [name for name, reply in replies if reply["ok"]] == ["before", "after"]
    assert len(refused) == 1 + MALFORMED
    assert pause_ms < PAUSE_MOST_MS
    assert grown_kb < MEMORY_MOST_KB


def _command(name: str, **arguments: str) -> bytes:
    expires = rfc3339(datetime.now(UTC) + timedelta(seconds=30))
    return json.dumps({"id": name, "expires": expires, **arguments}).encode()
