"""Tests marked `pi` run inside the virtual Pi, and are reported here as any others: name, outcome, output, duration.

This one plugin of pytest stands on both sides. Outside, it boots the virtual Pi when the first of these tests is due
and gives pytest the reports that come out of it; inside, it sends each report as a line of JSON.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from tests.virtual_pi.machine import WIRE, Machine, NotBuilt, missing

INSIDE = "VIRTUAL_PI"
"""Set in the environment inside."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Inside(config) if INSIDE in os.environ else Outside(config), "virtual Pi")


class Inside:
    """Sends every report through the wire."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._wire: TextIO = Path(WIRE).open("w", buffering=1)  # noqa: SIM115 - held until the Pi is off

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        print(json.dumps(data), file=self._wire)


class Outside:
    """Runs the tests for the Pi after all others, in one boot."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._items: list[pytest.Item] = []
        self._machine: Machine | None = None
        self._reports: Iterator[pytest.TestReport] = iter(())
        self._broken = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for_the_pi = list(filter(_is_for_the_pi, items))
        packages = missing() if for_the_pi else []
        for item in for_the_pi:
            item.add_marker(pytest.mark.timeout(0), append=False)  # inside, the test has its own
            if packages:
                reason = f"there is no virtual Pi here; it needs: sudo apt-get install {' '.join(packages)}"
                item.add_marker(pytest.mark.skip(reason=reason))
        items.sort(key=_is_for_the_pi)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._items = list(filter(_runs_inside, session.items))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        if not _runs_inside(item):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._reports_of(item):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_unconfigure(self) -> None:
        if self._machine is not None:
            self._machine.switch_off()

    def _reports_of(self, item: pytest.Item) -> Iterator[pytest.TestReport]:
        """Of one test: setup, call and teardown; or one that says why there is none."""
        if self._broken:
            yield _report(item, "skipped", (str(item.path), 0, "Skipped: the virtual Pi is broken"))
            return
        try:
            machine = self._machine or self._boot()
            for report in self._reports:
                yield report
                if (report.nodeid, report.when) == (item.nodeid, "teardown"):
                    return
            self._broken = f"the virtual Pi ended in this test:\n{machine.last_words()}"
        except NotBuilt as error:
            self._broken = str(error)
        yield _report(item, "failed", self._broken)

    def _boot(self) -> Machine:
        tests = [item.nodeid for item in self._items]
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rN", "--no-header", *tests]
        self._machine = Machine(command, {INSIDE: "yes"})
        self._reports = map(self._from_line, self._machine.lines())
        return self._machine

    def _from_line(self, line: str) -> pytest.TestReport:
        report = self._config.hook.pytest_report_from_serializable(config=self._config, data=json.loads(line))
        assert isinstance(report, pytest.TestReport)
        return report


def _is_for_the_pi(item: pytest.Item) -> bool:
    return item.get_closest_marker("pi") is not None


def _runs_inside(item: pytest.Item) -> bool:
    return _is_for_the_pi(item) and item.get_closest_marker("skip") is None


def _report(item: pytest.Item, outcome: Any, why: str | tuple[str, int, str]) -> pytest.TestReport:
    return pytest.TestReport(item.nodeid, item.location, {}, outcome, why, "call")
