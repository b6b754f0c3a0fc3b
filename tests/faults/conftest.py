"""Fault tests: real processes, a real broker, real kills. What they counted is printed at the end of the run.

`RELIABILITY=write pytest tests/faults` also puts the figures into docs/reliability.md.
"""

import os
import random
from collections.abc import Generator, Iterator

import pytest

from tests.faults.figures import Counted, Figure, table, write

ALL_FIGURES = pytest.StashKey[dict[str, dict[str, Figure]]]()
PASSED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ALL_FIGURES] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Iterator[Counted]:
    """Takes what the test counted; it is shown and documented when the test has passed."""
    figures = Counted()
    yield figures
    if request.node.stash.get(PASSED, False):
        request.config.stash[ALL_FIGURES][request.node.name] = figures.figures


@pytest.fixture
def chance() -> random.Random:
    """The moments of the kills: random, and the same in each run as far as a machine's pace is ever the same."""
    return random.Random(20260301)  # noqa: S311 - no secret


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for test, figures in config.stash[ALL_FIGURES].items():
        terminalreporter.section(test)
        terminalreporter.write(table(figures))
    if os.environ.get("RELIABILITY") == "write":
        write(config.stash[ALL_FIGURES])
