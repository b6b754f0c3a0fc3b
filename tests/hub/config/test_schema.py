"""The JSON Schema for editors describes the file that is read."""

import json
from collections.abc import Iterator
from typing import Any

from devices import CATALOGUE
from hub.config.reading import SECTIONS
from hub.config.schema import lab_schema


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "$ref")
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def test_it_has_every_section_and_no_other() -> None:
    schema = lab_schema()
    assert set(schema["properties"]) == set(SECTIONS)
    assert schema["additionalProperties"] is False


def test_every_reference_leads_somewhere() -> None:
    schema = lab_schema()
    targets = {f"#/$defs/{name}" for name in schema["$defs"]}
    assert set(_references(schema)) <= targets
    json.dumps(schema)


def test_every_type_of_device_can_be_written_with_its_node_and_its_own_options() -> None:
    schema = lab_schema()
    written = {}
    for choice in schema["properties"]["devices"]["additionalProperties"]["oneOf"]:
        options = schema["$defs"][choice["$ref"].rpartition("/")[2]]
        written[options["properties"]["type"]["const"]] = options
    assert set(written) == set(CATALOGUE)
    assert {"type", "node", "sensors"} <= set(written["garden"]["required"])


def test_a_duration_may_be_a_number_or_text_and_each_option_says_what_it_is_for() -> None:
    every = lab_schema()["$defs"]["IioSensor"]["properties"]["every"]
    assert {choice["type"] for choice in every["anyOf"]} == {"number", "string"}
    assert every["description"]
