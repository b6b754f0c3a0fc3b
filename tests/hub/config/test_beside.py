"""What must be at the same Pi, because nothing on MQTT counts for it."""

from pathlib import Path

from tests.hub.config.good_lab import examined

LAB = """\
site: alco
nodes: {{door: {{}}, other: {{}}}}
devices:
  badges: {{type: badge-reader, node: {node}, {shows}reader: {{type: rdm6300, port: /dev/a}}}}
  front-door: {{type: door, node: door, badges: badges, strike: {{line: GPIO17}}}}
"""


def problems(folder: Path, *, node: str, shows: str = "") -> list[str]:
    return [str(problem) for problem in examined(folder, LAB.format(node=node, shows=shows)).problems]


def test_a_door_and_the_reader_that_it_hears_are_at_one_pi(tmp_path: Path) -> None:
    assert problems(tmp_path, node="door", shows="shows: front-door, ") == []
    (problem,) = problems(tmp_path, node="other")
    assert (
        "config.yaml:5: devices.front-door.badges: found badges, which is at other; allowed: one at the same Pi"
        in problem
    )


def test_so_are_a_reader_and_what_it_shows(tmp_path: Path) -> None:
    said = problems(tmp_path, node="other", shows="shows: front-door, ")
    assert any("devices.badges.shows: found front-door, which is at door" in problem for problem in said)


def test_a_place_that_is_not_there_is_unknown_and_no_more(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, node="door", shows="shows: frnt-door, ")
    assert "did you mean front-door?" in problem


def test_what_a_door_hears_as_badges_is_a_reader(tmp_path: Path) -> None:
    lab = LAB.format(node="door", shows="").replace("badges: badges,", "badges: back-door,")
    lab += "  back-door: {type: door, node: door, badges: badges, strike: {line: GPIO22}}\n"
    (problem,) = [str(problem) for problem in examined(tmp_path, lab).problems]
    assert "devices.front-door.badges: found back-door, which is a door; allowed: a badge-reader" in problem


def test_a_cabinets_reader_is_at_its_pi_too(tmp_path: Path) -> None:
    lab = LAB.format(node="door", shows="")
    lab += "  cabinet: {type: arcade, node: other, badges: badges, players: [{south: GPIO4}]}\n"
    (problem,) = [str(problem) for problem in examined(tmp_path, lab).problems]
    assert "devices.cabinet.badges: found badges, which is at door; allowed: one at the same Pi" in problem
