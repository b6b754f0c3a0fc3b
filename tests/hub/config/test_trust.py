"""A door that nobody tells who may pass is noted, with what to do."""

from pathlib import Path

import pytest

from tests.hub.config.good_lab import examined

KEY = "ab" * 32
LAB = """\
site: alco
broker: {{host: hub.local}}
{members}
nodes:
  hub: {{services: [{services}]}}
  entrance: {{board: pi{key}}}
devices:
{devices}
"""
DOOR = """\
  badges: {type: badge-reader, node: entrance, reader: {type: rdm6300, port: /dev/badges}}
  front-door: {type: door, node: entrance, readers: [badges], strike: {line: GPIO17, fail: secure}}
"""
GARDEN = "  badges: {type: badge-reader, node: entrance, reader: {type: rdm6300, port: /dev/badges}}\n"


def notes(
    folder: Path, *, services: str = "members", signer: str = KEY, key: str = KEY, devices: str = DOOR
) -> list[str]:
    text = LAB.format(
        members=f"members: {{signing_key: {signer}}}" if signer else "",
        services=services,
        key=f", policy_key: {key}" if key else "",
        devices=devices,
    )
    return [str(note) for note in examined(folder, text).notes if "open to nobody" in str(note)]


def test_with_members_and_keys_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert notes(tmp_path) == []


@pytest.mark.parametrize(
    ("missing", "advice"),
    [
        ({"services": "history"}, "no node has the service members"),
        ({"signer": ""}, "members.signing_key"),
        ({"key": ""}, "policy_key"),
    ],
)
def test_what_is_missing_is_noted_with_what_to_do(tmp_path: Path, missing: dict[str, str], advice: str) -> None:
    (note,) = notes(tmp_path, **missing)
    assert advice in note


def test_a_lab_without_doors_needs_no_members(tmp_path: Path) -> None:
    assert notes(tmp_path, services="history", signer="", key="", devices=GARDEN) == []
