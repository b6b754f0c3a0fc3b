"""Makes the challenges of libosdp unpredictable, without which a recorded session could be replayed.

libosdp 3.2.9 takes the random number with which it challenges a reader from the C library's `rand()` and seeds it
nowhere: each start of a program would challenge with the same numbers in the same order, and whoever has recorded one
session could play the reader after the next start, cards and all. A seed would not do, for `srand` takes 32 bits: so
the whole state of `rand()` is made of secret bytes, and made anew before each reply from which a challenge may follow.
Source of the state's layout: random(3), and glibc's stdlib/random_r.c, where a state of 128 bytes is a word of
bookkeeping and 31 words, and the first number is half the sum of words 0 and 3.
"""

import ctypes
import secrets
from functools import cache

from devices.errors import HardwareMissing

STATE_BYTES = 128
WORD_BYTES = 4


@cache
def _state() -> "ctypes.Array[ctypes.c_char]":
    """The state that `rand()` uses from now on. It is never given back.

    Raises:
        HardwareMissing: this C library works in another way.
    """
    library = ctypes.CDLL(None)
    state = ctypes.create_string_buffer(STATE_BYTES)
    library.initstate.argtypes = [ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t]
    library.initstate(0, ctypes.cast(state, ctypes.c_char_p), STATE_BYTES)
    secret = _fill(state)
    words = [int.from_bytes(secret[at : at + WORD_BYTES], "little") for at in (0, 3 * WORD_BYTES)]
    if library.rand() != (sum(words) & 0xFFFFFFFF) >> 1:
        raise HardwareMissing("OSDP is not secure with this C library: use Raspberry Pi OS or another Debian")
    return state


def _fill(state: "ctypes.Array[ctypes.c_char]") -> bytes:
    secret = secrets.token_bytes(STATE_BYTES - WORD_BYTES)
    ctypes.memmove(ctypes.addressof(state) + WORD_BYTES, secret, len(secret))
    return secret


def make_unpredictable() -> None:
    """Whatever libosdp takes for random next, nobody can know before; errors as in `_state`."""
    _fill(_state())
