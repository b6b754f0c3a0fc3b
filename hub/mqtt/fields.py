"""Reads JSON that anybody may have sent: objects whose fields have the right type, or `BadPayload` saying why not."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, NoReturn

from devices.board.clock import Moment, parse_rfc3339
from devices.errors import AlcolabError
from hub.mqtt.topics import IDENTIFIER

TEXT_MOST = 200
"""Characters of a name, unit or log."""
NUMBER_MOST = 2**53
"""What JSON carries exactly."""
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


class BadPayload(AlcolabError, ValueError):
    """What came over MQTT is not what its topic carries."""


def _no_constant(name: str) -> NoReturn:
    raise BadPayload(f"{name} is no number in JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise BadPayload(f"{number[:20]} is too large a number")
    return value


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def parse_object(payload: bytes) -> dict[str, Any]:
    """A JSON object that can also be written again.

    Raises:
        BadPayload: anything else, however deep or long.
    """
    try:
        found = _DECODER.decode(payload.decode())
        if b"\\u" in payload:
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair cannot be written again
    except BadPayload:
        raise
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"it is not JSON: {_short(error)}") from None
    if not isinstance(found, dict):
        raise BadPayload("it must be a JSON object")
    return found


def _short(error: Exception) -> str:
    match error:
        case json.JSONDecodeError(msg=message, pos=position):
            return f"{message} at character {position}"
        case UnicodeError():
            return "it is not UTF-8"
        case RecursionError():
            return "too deep"
        case _:
            return "a number is too long"


def text(found: Mapping[str, Any], field: str, *, may_be_empty: bool = False) -> str:
    value = found.get(field)
    if not isinstance(value, str) or len(value) > TEXT_MOST or not (value or may_be_empty):
        raise BadPayload(
            f"{field} must be text of at most {TEXT_MOST} characters" if field in found else missing(field)
        )
    return value


def identifier(found: Mapping[str, Any], field: str) -> str:
    value = found.get(field)
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        raise BadPayload(f"{field} must be 1 to 64 letters, digits or hyphens" if field in found else missing(field))
    return value


def sequence_number(found: Mapping[str, Any], field: str, *, least: int = 1) -> int:
    value = found.get(field)
    if type(value) is not int or not least <= value <= NUMBER_MOST:
        raise BadPayload(f"{field} must be a whole number from {least}" if field in found else missing(field))
    return value


def number_or_none(found: Mapping[str, Any], field: str, *, absent_is_none: bool = False) -> float | None:
    value = found.get(field)
    if value is None and (absent_is_none or field in found):
        return None
    if type(value) is float:
        return value
    if type(value) is not int or abs(value) > NUMBER_MOST:
        raise BadPayload(f"{field} must be a number or null" if field in found else missing(field))
    return float(value)


def moment(found: Mapping[str, Any], field: str) -> Moment:
    """A time, trusted unless the object's `clock` says otherwise."""
    clock = found.get("clock")
    if clock not in (None, "untrusted"):
        raise BadPayload('clock can only be "untrusted"')
    return Moment(time_of(found, field), trusted=clock is None)


def time_of(found: Mapping[str, Any], field: str) -> datetime:
    value = found.get(field)
    if not isinstance(value, str) or not RFC3339.fullmatch(value):
        example = f"{field} must be a time such as 2026-03-01T08:15:30.000Z"
        raise BadPayload(example if field in found else missing(field))
    try:
        return parse_rfc3339(value.upper())
    except (ValueError, OverflowError):
        raise BadPayload(f"{field} is no time that exists: {value}") from None


def missing(field: str) -> str:
    return f"{field} is missing"


def without(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Everything but these fields."""
    return {key: value for key, value in found.items() if key not in names}
