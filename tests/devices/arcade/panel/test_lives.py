"""What a switch has gone through is kept through restarts, and begins anew with a new switch."""

import json
from pathlib import Path

import pytest

from devices.arcade.buttons import Button
from devices.arcade.input.counters import SwitchCounters
from devices.arcade.panel.kept_file import Unreadable
from devices.arcade.panel.lives import FILE, Lives
from devices.errors import Refused, StorageFull
from tests.devices.arcade.panel.cabinet import cabinet
from tests.faults.small_disk import small_disk

SOUTH, EAST = (1, Button.SOUTH), (1, Button.EAST)


def counters(*bounces: int) -> SwitchCounters:
    return SwitchCounters(sum(bounces), bounces)


async def opened(folder: Path, *, buttons: tuple[Button, ...] = (Button.SOUTH, Button.EAST)) -> Lives:
    lives = Lives(cabinet(buttons=buttons), folder)
    await lives.load()
    return lives


async def test_each_opening_of_the_controls_adds_to_the_whole_life(tmp_path: Path) -> None:
    for restart in range(1, 4):
        lives = await opened(tmp_path)
        for live in range(1, 4):
            lives.count({SOUTH: counters(live, 0, live, 0)})
        assert lives.all[SOUTH].total == (3 * restart, 0, 3 * restart, 0)
        assert lives.unsaved
        await lives.save()
        assert not lives.unsaved


async def test_nothing_is_to_be_saved_when_nothing_was_pressed(tmp_path: Path) -> None:
    lives = await opened(tmp_path)
    lives.count({SOUTH: counters(1, 0, 0, 0)})
    await lives.save()
    lives.count({SOUTH: counters(1, 0, 0, 0)})
    assert not lives.unsaved


async def test_a_new_switch_begins_anew(tmp_path: Path) -> None:
    lives = await opened(tmp_path)
    lives.count({SOUTH: counters(5, 0, 0, 0), EAST: counters(9, 0, 0, 0)})
    lives.renew(*SOUTH)
    assert (lives.all[SOUTH].presses, lives.all[EAST].presses) == (0, 9)
    assert lives.all[SOUTH].neighbours == {Button.EAST: 9}
    lives.count({SOUTH: counters(6, 0, 0, 0), EAST: counters(9, 0, 0, 0)})
    assert lives.all[SOUTH].presses == 1


async def test_a_switch_that_config_gets_later_begins_when_it_is_there(tmp_path: Path) -> None:
    lives = await opened(tmp_path)
    lives.count({EAST: counters(9, 0, 0, 0)})
    await lives.save()
    more = await opened(tmp_path, buttons=(Button.SOUTH, Button.EAST, Button.WEST))
    assert more.all[1, Button.WEST].neighbours == {Button.SOUTH: 0, Button.EAST: 9}


async def test_a_switch_that_config_loses_for_a_while_is_remembered(tmp_path: Path) -> None:
    lives = await opened(tmp_path)
    lives.count({EAST: counters(9, 0, 0, 0)})
    await lives.save()
    await (await opened(tmp_path, buttons=(Button.SOUTH,))).save()
    assert (await opened(tmp_path)).all[EAST].presses == 9


@pytest.mark.parametrize(
    ("player", "button", "why"),
    [
        (1, Button.L3, "player 1 has no switch l3; there are: south, east"),
        (3, Button.SOUTH, "player 3 has no switch south; there are: none"),
    ],
)
async def test_what_is_not_wired_cannot_be_renewed(tmp_path: Path, player: int, button: Button, why: str) -> None:
    with pytest.raises(Refused, match=why):
        (await opened(tmp_path)).renew(player, button)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"{}1", b"[1]", b'[{"player": 1, "button": "south"}]', b'{"a":1}']
)
async def test_a_damaged_file_is_set_aside_and_counting_goes_on(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    lives = Lives(cabinet(), tmp_path)
    with pytest.raises(Unreadable, match=r"began anew; the old file is switches\.damaged"):
        await lives.load()
    assert (tmp_path / "switches.damaged").read_bytes() == content
    lives.count({SOUTH: counters(1, 0, 0, 0)})
    await lives.save()
    assert (await opened(tmp_path)).all[SOUTH].presses == 1


async def test_a_power_cut_between_two_savings_leaves_the_older_one(tmp_path: Path) -> None:
    lives = await opened(tmp_path)
    lives.count({SOUTH: counters(1, 0, 0, 0)})
    await lives.save()
    lives.count({SOUTH: counters(3, 0, 0, 0)})
    (tmp_path / f"{FILE}.new").write_bytes(b"half of wh")
    assert (await opened(tmp_path)).all[SOUTH].presses == 1


async def test_a_full_disk_keeps_what_it_had_and_gets_the_rest_later(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, "64k") as disk:
        lives = await opened(folder)
        lives.count({SOUTH: counters(1, 0, 0, 0)})
        await lives.save()
        disk.fill()
        lives.count({SOUTH: counters(3, 0, 0, 0)})
        with pytest.raises(StorageFull, match="free some space"):
            await lives.save()
        assert lives.unsaved
        assert json.loads((folder / FILE).read_bytes())[0]["total"] == [1, 0, 0, 0]
        disk.free()
        await lives.save()
        assert (await opened(folder)).all[SOUTH].presses == 3
