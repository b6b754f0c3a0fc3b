"""What leaves the lab for everybody: what equipment says, and nothing of whose badge it was."""

from collections.abc import Mapping
from typing import Any

PERSONAL = frozenset({"credential", "member"})
"""Fields of states and events that tell of one person, if only by a pseudonym."""


def discreet(value: Any) -> Any:
    """The same JSON without them, however deep they stand."""
    if isinstance(value, Mapping):
        return {name: discreet(each) for name, each in value.items() if name not in PERSONAL}
    if isinstance(value, list | tuple):
        return [discreet(each) for each in value]
    return value
