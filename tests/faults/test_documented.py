"""docs/reliability.md has a place for the figures of every fault test, and none for tests that are gone."""

import ast
from pathlib import Path

from tests.faults.figures import documented


def test_every_fault_test_has_its_figures_in_the_document() -> None:
    assert documented() == set(_tests_that_count())


def _tests_that_count() -> list[str]:
    return [
        node.name
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and "counted" in {argument.arg for argument in node.args.args}
        if node.name.startswith("test_")
    ]
