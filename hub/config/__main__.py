"""The child process of `apart.py`: `python -m hub.config FILE [NODE]` writes a pickled Lab or BadConfig."""

import pickle
import sys
from pathlib import Path

from devices.errors import BadConfig
from hub.config import read_lab
from hub.lab import Lab


def answer(file: str, node: str | None = None) -> Lab | BadConfig:
    try:
        return read_lab(Path(file), node=node)
    except BadConfig as error:
        return error


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(answer(*sys.argv[1:])))
