"""The JSON Schema of the whole `config.yaml`, for editors that check and complete while one types."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from devices import CATALOGUE
from devices.options import Name
from hub.lab import Broker, Members, Node, Web

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODE: JsonSchemaMode = "validation"


def lab_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `config.yaml`, with every type of device in the catalogue."""
    parts: dict[str, Any] = {"site": Name, "broker": Broker, "web": Web, "members": Members, "node": Node}
    parts |= {name: device_type.load().options for name, device_type in CATALOGUE.items()}
    inputs = [(name, MODE, TypeAdapter(hint)) for name, hint in parts.items()]
    schemas, definitions = TypeAdapter.json_schemas(inputs)
    shared = definitions.get("$defs", {})
    for name in CATALOGUE:
        _add_common_options(shared[schemas[name, MODE]["$ref"].rpartition("/")[2]], name)
    return {
        "$schema": DIALECT,
        "title": "ALCOLAB config.yaml",
        "type": "object",
        "additionalProperties": False,
        "required": ["site", "nodes", "devices"],
        "properties": {
            **{name: schemas[name, MODE] for name in ("site", "broker", "web", "members")},
            "nodes": _by_name(schemas["node", MODE]),
            "devices": _by_name({"oneOf": [schemas[name, MODE] for name in CATALOGUE]}),
        },
        "$defs": shared,
    }


def _by_name(value: Any) -> dict[str, Any]:
    return {"type": "object", "minProperties": 1, "additionalProperties": value}


def _add_common_options(options: dict[str, Any], device_type: str) -> None:
    """What every device has beside its type's own options."""
    options["properties"] = {
        "type": {"const": device_type, "description": CATALOGUE[device_type].about},
        "node": {"type": "string", "description": "The node (Pi) at which it stands."},
        **options["properties"],
    }
    options["required"] = ["type", "node", *options.get("required", ())]
