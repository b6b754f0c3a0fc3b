"""What the tests counted: printed after each run, and written into docs/reliability.md where that is asked for."""

import re
from pathlib import Path
from typing import TypeAlias

from tests.faults.verdict import Verdict

Figure: TypeAlias = int | float | str
DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
MARKED = re.compile(r"(<!-- counted by (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Counted:
    """The figures of one test, in the order in which they were counted."""

    def __init__(self) -> None:
        self.figures: dict[str, Figure] = {}

    def __call__(self, what: str, figure: Figure) -> None:
        self.figures[what] = figure

    def verdict(self, verdict: Verdict) -> None:
        """All of what a comparison with the history gave."""
        self("different readings in the history", verdict.readings)
        self("different events in the history", verdict.events)
        self("missing", verdict.missing)
        self("standing there twice", verdict.twice)
        self("with another time than they were reported with", verdict.with_another_time)
        self("never reported", verdict.never_reported)


def table(figures: dict[str, Figure]) -> str:
    """As Markdown."""
    rows = [f"| {what} | {_text(figure)} |" for what, figure in figures.items()]
    return "\n".join(["| counted | |", "|---|---:|", *rows]) + "\n"


def documented() -> set[str]:
    """The tests whose figures have their place in the document."""
    return {found[2] for found in MARKED.finditer(DOCUMENT.read_text())}


def write(figures: dict[str, dict[str, Figure]]) -> None:
    """Put the figures of these tests in their places; the others stay."""

    def replaced(found: re.Match[str]) -> str:
        return f"{found[1]}{table(figures[found[2]])}{found[3]}" if found[2] in figures else found[0]

    DOCUMENT.write_text(MARKED.sub(replaced, DOCUMENT.read_text()))


def _text(figure: Figure) -> str:
    if isinstance(figure, float):
        return f"{figure:,.1f}"
    return f"{figure:,}" if isinstance(figure, int) else figure
