"""What an option in `config.yaml` may be, said beside the device that reads it.

Options are frozen dataclasses of the standard library whose fields are `Annotated` with the marks below. They are
validated by pydantic where `config.yaml` is read (`hub/config.py`), and nowhere else: a node that only runs
devices never imports pydantic and stays small enough for a Pi Zero 2 W.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

STRICT: Mapping[str, Any] = {"extra": "forbid", "allow_inf_nan": False}
"""`__pydantic_config__` of every options class: an option that nobody reads is an error."""


@dataclass(frozen=True, slots=True)
class About:
    """One sentence on an option, for `alcolab devices`, the JSON Schema and the technicians' guide."""

    text: str

    def __get_pydantic_json_schema__(self, schema: "CoreSchema", handler: "GetJsonSchemaHandler") -> "JsonSchemaValue":
        described = handler(schema)
        described["description"] = self.text
        return described


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value written as text, such as `90s`, and read by `parse`, which raises ValueError with a hint."""

    parse: Callable[[Any], Any]
    pattern: str
    example: str

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema  # only where config.yaml is read: see the module's first lines

        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def __get_pydantic_json_schema__(self, schema: "CoreSchema", handler: "GetJsonSchemaHandler") -> "JsonSchemaValue":
        return {"anyOf": [handler(schema), {"type": "string", "pattern": self.pattern}], "examples": [self.example]}


@dataclass(frozen=True, slots=True)
class ChosenBy:
    """A union whose member is named by one field, such as `type`."""

    field: str

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic import Field

        return handler(Annotated[source, Field(discriminator=self.field)])


@dataclass(frozen=True, slots=True)
class NamesSecret:
    """The text is a file's path, or the name of a systemd credential: a word without slash and dot."""


UNITS_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = r"^\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|min|h|d)\s*$"


def parse_duration(value: Any) -> Any:
    """`90s`, `10min`, `500ms`, `2h`, `1d` or a number of seconds → seconds."""
    if not isinstance(value, str | bool):
        return value
    if not (match := re.match(DURATION, str(value))):
        raise ValueError("a duration is a number and a unit: 500ms, 90s, 10min, 2h, 1d")
    return float(match[1]) * UNITS_S[match[2]]


SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
SIZE = r"^\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(kB|MB|GB)\s*$"


def parse_size(value: Any) -> Any:
    """`500kB`, `50MB`, `2GB` or a number of bytes → bytes."""
    if not isinstance(value, str | bool):
        return value
    if not (match := re.match(SIZE, str(value))):
        raise ValueError("a size is a number and a unit: 500kB, 50MB, 2GB")
    return round(float(match[1]) * SIZES[match[2]])


@dataclass(frozen=True, slots=True)
class Within:
    """Bounds of a number (`over` is excluded), or the shape of a text."""

    over: float | None = None
    least: float | None = None
    most: float | None = None
    pattern: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic import Field

        return handler(Annotated[source, Field(gt=self.over, ge=self.least, le=self.most, pattern=self.pattern)])


Name = Annotated[str, Within(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
"""A site, node, device, channel, state, event or action: it becomes a level of a topic."""
Seconds = Annotated[float, Within(over=0), Parsed(parse_duration, DURATION, "10min")]
Bytes = Annotated[int, Within(over=0), Parsed(parse_size, SIZE, "50MB")]
SecretFile = Annotated[str, NamesSecret()]
"""Where a secret is, never the secret itself: `devices/secret.py` reads it."""
PortNumber = Annotated[int, Within(least=1, most=65535)]
