"""Tests marked `pi` run inside the virtual Pi, and are reported here as any others: name, outcome, output, duration.

This one plugin of pytest stands on both sides. Outside, it boots the virtual Pi as soon as these tests are known, lets
it run beside all others, and after them gives pytest the reports that came out of it; inside, it sends each report as a
line of JSON. Where the workers of pytest-xdist run the others, they leave these to the host.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import pytest

from tests.virtual_pi.boot import INSIDE, Boot, Test
from tests.virtual_pi.machine import WIRE, missing

LEFT = "left to the virtual Pi"
"""Names the file in which a worker says which tests it leaves to the host."""


def pytest_configure(config: pytest.Config) -> None:
    if INSIDE in os.environ:
        side: object = Inside(config)
    elif told := getattr(config, "workerinput", None):
        side = Worker(Path(told[LEFT]))
    else:
        side = Host(config)
    config.pluginmanager.register(side, "virtual Pi")


class Inside:
    """Sends every report through the wire."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._wire: TextIO = Path(WIRE).open("w", buffering=1)  # noqa: SIM115 - held until the Pi is off

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        print(json.dumps(data), file=self._wire)


class Worker:
    """Leaves the tests for the Pi to the host."""

    def __init__(self, left: Path) -> None:
        self._left = left

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._left.write_text(json.dumps(_take_from(items)))


class Host:
    """Has the tests for the Pi run in one boot, and reports them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._left = TemporaryDirectory(prefix="virtual-pi-tests-")
        self._boot: Boot | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if not self._config.option.collectonly:
            self._boot = Boot(self._config, _take_from(items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[LEFT] = str(Path(self._left.name) / node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        if self._boot is None:  # each worker leaves the same
            left = json.loads(Path(node.workerinput[LEFT]).read_text())
            self._boot = Boot(self._config, [Test(*test) for test in left])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        result = yield
        if self._boot is not None:
            session.testscollected += len(self._boot.tests)
            for test in self._boot.tests:
                self._report(test, self._boot)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
        return result

    def pytest_unconfigure(self) -> None:
        if self._boot is not None:
            self._boot.switch_off()
        self._left.cleanup()

    def _report(self, test: Test, boot: Boot) -> None:
        hook = self._config.hook
        hook.pytest_runtest_logstart(nodeid=test.nodeid, location=test.location)
        for report in boot.reports_of(test):
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=test.nodeid, location=test.location)


def _take_from(items: list[pytest.Item]) -> list[Test]:
    """Takes out what is to run in the virtual Pi; where there can be none, these tests stay, and are skipped."""
    for_the_pi = [item for item in items if item.get_closest_marker("pi") and not item.get_closest_marker("skip")]
    if packages := missing() if for_the_pi else []:
        reason = f"there is no virtual Pi here; it needs: sudo apt-get install {' '.join(packages)}"
        for item in for_the_pi:
            item.add_marker(pytest.mark.skip(reason=reason))
        return []
    items[:] = [item for item in items if item not in for_the_pi]
    return [Test(item.nodeid, item.location) for item in for_the_pi]
