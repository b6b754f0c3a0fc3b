"""Key codes of <linux/input-event-codes.h> by what a US keyboard types with them, as badge readers do everywhere."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from devices.errors import AlcolabError

KEY_LEFTSHIFT = 42
ROWS = {
    2: ("1234567890-=", "!@#$%^&*()_+"),
    15: ("\tqwertyuiop[]\n", "QWERTYUIOP{}"),
    30: ("asdfghjkl;'`", 'ASDFGHJKL:"~'),
    43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
    57: (" ", ""),
}
"""The codes of a row follow each other from its first; what each key types, without shift and with it."""


def _codes(shifted: bool) -> Mapping[str, int]:
    return MappingProxyType(
        {character: first + n for first, row in ROWS.items() for n, character in enumerate(row[shifted])}
    )


PLAIN = _codes(shifted=False)
SHIFTED = _codes(shifted=True)


def strokes(text: str) -> Iterator[tuple[int, bool]]:
    """What the keys do that type this, one after the other: the code, and whether it goes down. A new line is Enter.

    Raises:
        AlcolabError: there is no key for a character.
    """
    if missing := set(text) - PLAIN.keys() - SHIFTED.keys():
        raise AlcolabError(f"a US keyboard has no key for {', '.join(sorted(missing))}")
    for character in text:
        keys = [PLAIN[character]] if character in PLAIN else [KEY_LEFTSHIFT, SHIFTED[character]]
        yield from ((code, True) for code in keys)
        yield from ((code, False) for code in reversed(keys))
