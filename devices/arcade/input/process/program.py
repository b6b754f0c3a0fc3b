"""The input process, a program of its own: a thread would wait for the daemon's interpreter whenever that is busy.

It is started by `owner.py` with the descriptors of the lines, the input devices and a control socket, and imports next
to nothing, so that it is back at once. Its first message is the set-up; when the socket ends, so does the process.
"""

import _signal  # type: ignore[import-not-found] # `signal` brings enum, half of the time until we are ready
import gc
import marshal
import os
import sys

from .codes import CHIP_GONE, MESSAGE_MOST
from .loop import Loop
from .player import Player, Tables
from .wiring import Chip, ChipGone


def main() -> None:
    """`python -c … CONTROL`: the number of the control socket's descriptor."""
    gc.disable()  # there are no cycles, and looking for some takes time
    _signal.signal(_signal.SIGTERM, _leave)
    control = int(sys.argv[1])
    loop = _set_up(control)
    os.set_blocking(control, False)
    try:
        loop.run()
    except EOFError:
        return
    except ChipGone:
        sys.exit(CHIP_GONE)
    finally:
        loop.release()


def _set_up(control: int) -> Loop:
    window_ns, chips, tables, admitted = marshal.loads(os.read(control, MESSAGE_MOST))  # noqa: S302 - from our owner
    players = [Player(Tables(**of_player)) for of_player in tables]
    for number, player in enumerate(players):
        player.admit(number < admitted)
    return Loop(control, [Chip(window_ns, *of_chip) for of_chip in chips], players)


def _leave(*_: object) -> None:
    sys.exit()
