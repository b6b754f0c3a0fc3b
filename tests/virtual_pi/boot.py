"""One boot of the virtual Pi with the tests that run in it, and what came of each."""

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from tests.virtual_pi.machine import Machine, NotBuilt

INSIDE = "VIRTUAL_PI"
"""Set in the environment inside."""


class Test(NamedTuple):
    """As pytest names it."""

    nodeid: str
    location: tuple[str, int | None, str]


class Boot:
    """Begins at once, in a thread: a kernel that is new here takes a minute to build. No tests, no boot."""

    def __init__(self, config: pytest.Config, tests: Sequence[Test]) -> None:
        self.tests = tests
        self._config = config
        self._reports = self._all_reports()
        self._broken = ""
        self._machine: Future[Machine] | None = None
        if tests:
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rN", "--no-header"]
            thread = ThreadPoolExecutor(1, "virtual Pi")
            self._machine = thread.submit(Machine, [*command, *(test.nodeid for test in tests)], {INSIDE: "yes"})
            thread.shutdown(wait=False)

    def reports_of(self, test: Test) -> Iterator[pytest.TestReport]:
        """Of one test, in the order of `tests`: setup, call and teardown; or one that says why there is none."""
        if self._broken:
            yield _report(test, "skipped", (test.location[0], 0, "Skipped: the virtual Pi is broken"))
            return
        try:
            for report in self._reports:
                yield report
                if (report.nodeid, report.when) == (test.nodeid, "teardown"):
                    return
            self._broken = f"the virtual Pi ended in this test:\n{self._booted.last_words()}"
        except NotBuilt as error:
            self._broken = str(error)
        yield _report(test, "failed", self._broken)

    def switch_off(self) -> None:
        if self._machine is not None and self._machine.exception() is None:
            self._machine.result().switch_off()

    @property
    def _booted(self) -> Machine:
        assert self._machine is not None
        return self._machine.result()

    def _all_reports(self) -> Iterator[pytest.TestReport]:
        for line in self._booted.lines():
            report = self._config.hook.pytest_report_from_serializable(config=self._config, data=json.loads(line))
            assert isinstance(report, pytest.TestReport)
            yield report


def _report(test: Test, outcome: Any, why: str | tuple[str, int, str]) -> pytest.TestReport:
    return pytest.TestReport(test.nodeid, test.location, {}, outcome, why, "call")
