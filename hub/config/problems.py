"""What is wrong with a `config.yaml`, said so that whoever wrote it can mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hub.config.document import Node, Path

SHOWN_AT_MOST = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or with `is_note` only worth knowing."""

    file: str
    line: int
    path: Path
    text: str
    is_note: bool = False

    def __str__(self) -> str:
        where = f"{dotted(self.path)}: " if self.path else ""
        return f"{self.file}:{self.line}: {'note: ' if self.is_note else ''}{where}{self.text}"


@dataclass(slots=True)
class Problems:
    """Everything that was found in one file."""

    file: str
    root: Node = field(default_factory=lambda: Node(1, None))
    found: set[Problem] = field(default_factory=set)

    def add(self, path: Path, text: str, *, line: int | None = None) -> None:
        self.found.add(Problem(self.file, line or self.root.nearest(path).line, path, text))

    def note(self, path: Path, text: str) -> None:
        self.found.add(Problem(self.file, self.root.nearest(path).line, path, text, is_note=True))

    def replace(self, path: Path, text: str) -> None:
        """Say this instead of whatever was said about `path`: that may quote a secret."""
        self.found = {problem for problem in self.found if problem.path != path}
        self.add(path, text)

    def in_order(self, *, notes: bool) -> list[Problem]:
        chosen = [problem for problem in self.found if problem.is_note == notes]
        return sorted(chosen, key=lambda problem: (problem.line, dotted(problem.path), problem.text))


def dotted(path: Path) -> str:
    """`devices.greenhouse.sensors.rain.calibration[0].since`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path)
    return text.removeprefix(".")


def printable(text: str) -> str:
    """One line that a terminal shows as it is: no control characters, not endless."""
    clean = visible(text)
    return clean if len(clean) <= SHOWN_AT_MOST else clean[: SHOWN_AT_MOST - 1] + "…"


def visible(text: str) -> str:
    """The same without control characters."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def described(node: Node) -> str:
    """What stands there, in words."""
    match node.data:
        case None:
            return "nothing"
        case bool():
            return "true" if node.data else "false"
        case int() | float():
            return f"the number {printable(node.text)}"
        case str():
            return f"the text '{printable(node.data)}'"
        case dict():
            return "a mapping (key: value)"
        case _:
            return "a list"


def listed(names: Iterable[Any]) -> str:
    return ", ".join(str(name) for name in names) or "none"


def suggestion(written: str, known: Iterable[str]) -> str:
    """`; did you mean rain?`, or nothing when no known name is like the written one."""
    by_lower = {name.lower(): name for name in known}
    like = difflib.get_close_matches(written.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean {by_lower[like[0]]}?" if like else ""


def unknown(what: str, written: str, known: Iterable[str]) -> str:
    """The sentence for a name that is not one of those known."""
    names = list(known)
    return f"found the unknown {what} '{printable(written)}'; allowed: {listed(names)}{suggestion(written, names)}"
