"""Shows what the fault tests counted, at the end of the run; only tests that passed are heard.

`RELIABILITY=write pytest tests/faults` also puts the figures into docs/reliability.md.
"""

import os
from typing import cast

import pytest

from tests.faults.figures import Figure, table, write

COUNTED = "counted"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counted = {report.head_line or "": _figures(report) for report in terminalreporter.getreports("passed")}
    figures_of = {test: figures for test, figures in counted.items() if figures}
    for test, figures in figures_of.items():
        terminalreporter.section(test)
        terminalreporter.write(table(figures))
    if os.environ.get("RELIABILITY") == "write":
        write(figures_of)


def _figures(report: pytest.TestReport) -> dict[str, Figure]:
    return cast("dict[str, Figure]", dict(report.user_properties).get(COUNTED, {}))
