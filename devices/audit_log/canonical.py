"""JSON in the one form of RFC 8785 (JSON Canonicalization Scheme), so that the same entry always has the same hash."""

import math
from collections.abc import Mapping
from json.encoder import encode_basestring

from devices.device import Json

WHOLE = 2**53
"""Beyond it a double cannot tell a whole number from the next (RFC 7493)."""


def canonical(value: Json) -> str:
    """No spaces, members by their names' UTF-16, numbers as ECMAScript writes them.

    Raises:
        ValueError: an infinite number or none, a whole one beyond 2⁵³, or half a surrogate pair.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            if abs(value) > WHOLE:
                raise ValueError(f"{value} is beyond what JSON can say exactly")
            return str(value)
        case float():
            return _number(value)
        case str():
            value.encode()
            return encode_basestring(value)
        case Mapping():
            members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
            return "{" + ",".join(f"{canonical(name)}:{canonical(inner)}" for name, inner in members) + "}"
        case _:
            return "[" + ",".join(map(canonical, value)) + "]"


def _number(value: float) -> str:
    """ECMA-262, Number::toString; Python finds the same shortest digits and sets them otherwise."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number that JSON knows")
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return ("-" if value < 0 else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """`digits`, of which `point` stand before the decimal point."""
    if not -6 < point <= 21:
        return f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{point - 1:+d}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits.ljust(point, "0")
    return f"{digits[:point]}.{digits[point:]}"
