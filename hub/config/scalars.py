"""What an unquoted word in `config.yaml` means: the core schema of YAML 1.2, and dates stay text.

The surprises of YAML 1.1 are left out: `no`, `on`, `12:30` and `010` are text, `1e3` is a number.
Source: https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re

NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
BASED_INTEGER = re.compile(r"0x[0-9a-fA-F]{1,16}|0o[0-7]{1,21}")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?")
SPECIAL = re.compile(r"([-+]?)\.(?:(inf|Inf|INF)|(nan|NaN|NAN))")


def meaning(word: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar."""
    if word in NULLS:
        return None
    if word in BOOLEANS:
        return BOOLEANS[word]
    if INTEGER.fullmatch(word):
        return int(word)
    if BASED_INTEGER.fullmatch(word):
        return int(word, 0)
    if FLOAT.fullmatch(word):
        return float(word)
    if special := SPECIAL.fullmatch(word):
        return float("nan") if special[3] else float(special[1] + "inf")
    return word
