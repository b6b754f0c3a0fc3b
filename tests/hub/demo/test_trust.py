"""The demo's keys."""

from contextlib import closing
from pathlib import Path

from devices.access.card import Card
from devices.access.site_key import site_key
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from hub.demo.trust import one_site_key, with_keys
from hub.lab import Broker, Lab, Node, ServiceName, Web
from hub.policy.keys import public_half, signing_key


def lab() -> Lab:
    nodes = {"hub": Node(services=(ServiceName.MEMBERS,)), "workshop": Node()}
    return Lab("alco", Broker(), Web(), nodes, {}, "")


def test_all_nodes_believe_the_hub(tmp_path: Path) -> None:
    assert with_keys(lab(), tmp_path).members.signing_key == public_half(signing_key(tmp_path / "hub"))


async def test_a_badge_is_the_same_at_every_node(tmp_path: Path) -> None:
    key = one_site_key(lab(), tmp_path)
    with closing(World(tmp_path / "world")) as world:
        found = await site_key(SimulatedBoard(world, tmp_path / "workshop"), None)
    card = Card.numbered(27885)
    assert found.credential(card) == key.credential(card)
