"""One value of the file against its model, with pydantic's errors said as found, allowed and did you mean.

Values are checked strictly, as JSON: a text is no number, a number is no text, and nothing is converted silently.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from devices.options import Name, Within
from hub.config import shape
from hub.config.document import Node, Path
from hub.config.problems import Problems, described, listed, printable, suggestion, unknown, visible

NAME_PATTERN = next(mark.pattern for mark in shape.marks(Name) if isinstance(mark, Within))
INVALID: Any = object()
"""What `validated` returns when something was wrong; every valid value may be falsy."""

BOOLEAN_WORDS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def validated(hint: Any, node: Node, path: Path, problems: Problems) -> Any:
    """The value as its model gives it, or INVALID after everything wrong with it was added to `problems`."""
    try:
        return _adapter(hint).validate_json(json.dumps(node.data), strict=True)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _explain(detail, hint, node, path, problems)
    return INVALID


def is_valid(hint: Any, data: Any) -> tuple[bool, Any]:
    """Whether `data` fits, and the value."""
    try:
        return True, _adapter(hint).validate_json(json.dumps(data), strict=True)
    except ValidationError:
        return False, None


def _explain(detail: ErrorDetails, hint: Any, node: Node, path: Path, problems: Problems) -> None:
    inner, value, value_hint = _located(detail["loc"], hint, node)
    where = (*path, *inner)
    if detail["loc"][-1:] == ("[key]",):
        value = Node(value.line, inner[-1], str(inner[-1]))
    match detail["type"]:
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            name = detail["loc"][-1]
            asked = shape.inside(value_hint, name, value.data)
            text = f"found nothing; allowed: {shape.wanted(asked)}{_meaning(asked)}"
            problems.add((*where, name), text)
        case "extra_forbidden" | "unexpected_keyword_argument":
            owner = node.get(*inner[:-1]) or node
            owner_hint = hint_at(hint, node, inner[:-1])
            problems.add(where, unknown("option", str(inner[-1]), _names(owner_hint, owner.data)))
        case "union_tag_not_found":
            field = str(detail["ctx"]["discriminator"]).strip("'")
            problems.add((*where, field), f"found nothing; allowed: {listed(_tags(value_hint, field))}")
        case "union_tag_invalid":
            field = str(detail["ctx"]["discriminator"]).strip("'")
            problems.add((*where, field), unknown(field, str(detail["ctx"]["tag"]), _tags(value_hint, field)))
        case "value_error" if value.children:
            why = visible(str(detail["ctx"]["error"]))
            problems.add(where, f"found options that do not fit together; allowed: {why}")
        case _:
            problems.add(where, f"found {described(value)}; allowed: {_allowed(detail, value, value_hint)}")


def _located(loc: Iterable[str | int], hint: Any, node: Node) -> tuple[Path, Node, Any]:
    """The path in the file, the node there and its type; pydantic's own labels of unions are passed over."""
    inner: tuple[str | int, ...] = ()
    for part in loc:
        if part in node.children:
            hint = shape.inside(hint, part, node.data)
            node = node.children[part]
            inner = (*inner, part)
    return inner, node, hint


def hint_at(hint: Any, node: Node, path: Path) -> Any:
    """The type of what stands at `path` below `node`, which itself is of the type `hint`; None if it cannot be told."""
    for part in path:
        hint = shape.inside(hint, part, node.data)
        node = node.children[part]
    return hint


def _names(hint: Any, data: Any) -> list[str]:
    member = shape.chosen(hint, data)
    return list(shape.options_of(member)) if shape.is_options(member) else []


def _tags(hint: Any, field: str) -> list[str]:
    return [str(value) for member in shape.members(hint) for value in shape.literals_of(member).get(field, ())]


def _meaning(hint: Any) -> str:
    text = shape.about(hint)
    return f" ({text.rstrip('.')})" if text else ""


def _allowed(detail: ErrorDetails, value: Node, hint: Any) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch" if context["pattern"] == NAME_PATTERN:
            return f"small letters, digits and hyphens, at most 63{_as_name(str(value.data))}"
        case "string_pattern_mismatch":
            return f"a text that matches {context['pattern']}{_meaning(hint)}"
        case "literal_error" | "enum":
            known = shape.wanted(hint).split(", ")
            return f"{listed(known)}{suggestion(value.text, known)}"
        case "string_type" if isinstance(value.data, bool | int | float):
            return f'a text; did you mean "{printable(value.text)}" (in quotes)?'
        case "bool_type" if value.text.lower() in BOOLEAN_WORDS:
            return f"true or false; did you mean {BOOLEAN_WORDS[value.text.lower()]}?"
        case "int_type" | "float_type" if isinstance(value.data, str):
            return f"{shape.wanted(hint)}{_as_number(value.text)}"
        case kind if kind.endswith(("_type", "_parsing")):
            return f"{shape.wanted(hint)}{_meaning(hint)}"
        case _:
            return detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")


def _as_name(text: str) -> str:
    tried = "-".join(part for part in "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split())
    return f"; did you mean {tried[:63]}?" if tried else ""


def _as_number(text: str) -> str:
    for tried in (text, text.replace(",", ".")):
        try:
            return f"; did you mean {float(tried):g}?"
        except ValueError:
            continue
    return ""
