"""A number of pulses that survives restarts, kills and power cuts."""

import json
from pathlib import Path

from devices.board.durable_file import replace_file
from devices.errors import AlcolabError


class DamagedTotal(AlcolabError, ValueError):
    """The file of a total does not hold one; starting again at 0 would look as if the meter had been exchanged."""


def load_total(path: Path) -> int:
    """The pulses that were saved; 0 where nothing was.

    Raises:
        DamagedTotal: the file holds something else.
    """
    try:
        pulses = json.loads(path.read_bytes())["pulses"]
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise DamagedTotal(f"{path} cannot be read: {error.strerror}; check the SD card") from error
    except (ValueError, KeyError, TypeError):
        pulses = None
    if not isinstance(pulses, int) or isinstance(pulses, bool) or pulses < 0:
        raise DamagedTotal(f'{path} is damaged: write the total into it, such as {{"pulses": 1200}}, or delete it')
    return pulses


def save_total(path: Path, pulses: int) -> None:
    """Replace the file as a whole: after a power cut it holds the old total or the new one."""
    replace_file(path, json.dumps({"pulses": pulses}).encode())
