"""Whatever the lab understands or says is described in `docs/`."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from devices import CATALOGUE, FRAMES
from devices.board.world import Fault
from hub import lab
from hub.commandline import app
from hub.config import shape
from hub.mqtt.topics import DeviceTopicKind, NodeTopicKind

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
SECTIONS = {
    "broker": lab.Broker,
    "broker.tls": lab.BrokerTls,
    "web": lab.Web,
    "web.tls": lab.WebTls,
    "members": lab.Members,
    "nodes": lab.Node,
    "nodes.<node>.outbox": lab.Outbox,
}


PAGES = {"door": "doors"}
"""Of types that have one of their own, not their family's."""


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"(?m)^#+ `{re.escape(heading)}`\n((?:(?!#).*\n)*)", text)
    assert found, f"no heading `{heading}`"
    return found[1]


def options_inside(cls: type[Any]) -> Iterator[str]:
    for option in shape.options_of(cls).values():
        yield option.name
        for inner in shape.options_inside(option.hint):
            yield from options_inside(inner)


def not_in(text: str, names: Iterator[str] | list[str]) -> list[str]:
    return sorted({name for name in names if f"`{name}`" not in text})


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_option_of_the_lab_has_its_row(heading: str) -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| (.*?) \|", section(page("configuration"), heading))
    options = shape.options_of(SECTIONS[heading])
    assert [name for name, _ in rows] == list(options)
    assert [name for name, default in rows if default == "required"] == [o.name for o in options.values() if o.required]


def test_every_dataclass_of_the_lab_is_among_those_sections() -> None:
    options = {each for each in vars(lab).values() if shape.is_options(each) and hasattr(each, "__pydantic_config__")}
    assert options == set(SECTIONS.values())


def test_every_top_level_field_of_the_lab_has_a_heading() -> None:
    for field in dataclasses.fields(lab.Lab):
        if field.name != "fingerprint":
            assert f"\n## `{field.name}`\n" in page("configuration")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_type_of_device_has_a_page_with_its_options_states_events_and_commands(name: str) -> None:
    device = CATALOGUE[name].load()
    described = PAGES.get(name, CATALOGUE[name].module.split(".")[1])
    text = page(described)
    assert not_in(text, options_inside(device.options)) == []
    for names in ([s.name for s in device.states], [e.name for e in device.events], [a.name for a in device.actions]):
        assert not_in(text, names) == []
    for action in device.actions:
        assert not_in(text, options_inside(action.arguments)) == []
    for inner in shape.options_inside(shape.options_of(device.options)["sensors"].hint) if name == "garden" else ():
        assert not_in(text, [kind for values in shape.literals_of(inner).values() for kind in values]) == []
    assert f"[`{name}`]({described}.md)" in page("configuration")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_option_says_what_it_is_for(name: str) -> None:
    def silent(cls: type[Any]) -> Iterator[str]:
        for option in shape.options_of(cls).values():
            if not option.about:
                yield f"{cls.__name__}.{option.name}"
            for inner in shape.options_inside(option.hint):
                yield from silent(inner)

    assert sorted(set(silent(CATALOGUE[name].load().options))) == []


def commands(group: Any, words: tuple[str, ...] = ("alcolab",)) -> Iterator[tuple[str, Any]]:
    inner = getattr(group, "commands", None)
    if inner is None:
        yield " ".join(words), group
    for name, command in (inner or {}).items():
        yield from commands(command, (*words, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_row_with_its_options(name: str) -> None:
    (row,) = [row for row in page("technician").splitlines() if row.startswith(f"| `{name}")]
    options = [option for each in COMMANDS[name].params for option in each.opts if option.startswith("--")]
    assert [option for option in options if option not in row] == []


def test_there_are_commands_to_describe() -> None:
    assert {"alcolab run", "alcolab decode", "alcolab history export", "alcolab fault play"} <= set(COMMANDS)


def test_every_kind_of_frame_and_fault_is_described() -> None:
    assert not_in(page("technician"), [*FRAMES, *Fault]) == []


def test_every_topic_is_described() -> None:
    text = page("topics")
    for node_kind in NodeTopicKind:
        assert f"alcolab/<site>/node/<node>/{node_kind}" in text
    for device_kind in DeviceTopicKind:
        assert f"alcolab/<site>/<device>/{device_kind}" in text
    assert "homeassistant/device/<site>-<device>/config" in text


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for file in (REPOSITORY / "README.md", *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\((?!\w+://)([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_the_readme_is_under_two_screens() -> None:
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) <= 60
