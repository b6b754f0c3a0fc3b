"""A card should be the same badge at every reader of the lab."""

from pathlib import Path

import pytest

from tests.hub.config.good_lab import examined

LAB = """\
site: alco
nodes: {{door: {{}}, arcade: {{}}}}
devices:
  door-badges: {{type: badge-reader, node: door, {door}reader: {{type: rdm6300, port: /dev/a}}}}
  more-badges: {{type: badge-reader, node: {node}, {more}reader: {{type: rdm6300, port: /dev/b}}}}
"""
KEY = "key_file: secret.txt, "


def notes(folder: Path, **parts: str) -> list[str]:
    return [str(note) for note in examined(folder, LAB.format(**parts)).notes]


@pytest.mark.parametrize("key", ["", KEY])
def test_readers_at_one_pi_have_one_key(tmp_path: Path, key: str) -> None:
    assert notes(tmp_path, node="door", door=key, more=key) == []


def test_readers_at_several_pis_with_a_key_file_have_one_key(tmp_path: Path) -> None:
    assert notes(tmp_path, node="arcade", door=KEY, more=KEY) == []


def test_at_several_pis_each_that_makes_its_own_key_is_noted(tmp_path: Path) -> None:
    first, second = notes(tmp_path, node="arcade", door="", more="")
    assert "config.yaml:4: note: devices.door-badges: without key_file this Pi makes a key of its own" in first
    assert "devices.more-badges" in second


@pytest.mark.parametrize("node", ["door", "arcade"])
def test_so_is_the_one_that_was_forgotten(tmp_path: Path, node: str) -> None:
    (note,) = notes(tmp_path, node=node, door=KEY, more="")
    assert "devices.more-badges" in note
