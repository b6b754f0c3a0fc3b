"""Fault tests: real processes, a real broker, real kills. What they count is shown by `tests/faults/summary.py`."""

import random

import pytest

from tests.faults.figures import Counted
from tests.faults.summary import COUNTED


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Counted:
    """Takes what the test counts; it travels with the report of the test."""
    figures = Counted()
    request.node.user_properties.append((COUNTED, figures.figures))
    return figures


@pytest.fixture
def chance() -> random.Random:
    """The moments of the kills: random, and the same in each run as far as a machine's pace is ever the same."""
    return random.Random(20260301)  # noqa: S311 - no secret
