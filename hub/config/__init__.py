"""`config.yaml` → `hub/lab.py`: every error at once, each with its line, its path and what to write instead.

Importing this package costs nothing: pydantic and the YAML parser are loaded by `read_lab`, and by a child process
only for `read_lab_apart`, so that a node that runs only devices stays small.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from hub.config.apart import read_lab_apart, start_reading_apart

if TYPE_CHECKING:
    from hub.lab import Lab

__all__ = ["read_lab", "read_lab_apart", "start_reading_apart"]


def read_lab(file: Path, *, node: str | None = None) -> "Lab":
    """The lab that `file` describes. With `node`, files that only other nodes need are not looked for.

    Raises:
        BadConfig: the message lists every error, a line each.
    """
    from hub.config.reading import examine  # pydantic and yaml: see above

    return examine(file, node=node).lab_or_raise()
