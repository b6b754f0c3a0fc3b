"""The page that breaks sensors: with a real simulated world behind its socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from devices.board.world import Fault, World
from devices.board.world_socket import WorldServer
from tests.hub.web.served import Served, browsing, until

AIR = "vegetable-patch/air-temperature"


@asynccontextmanager
async def simulated(folder: Path) -> AsyncIterator[tuple[World, Served, httpx.AsyncClient]]:
    world, path = World(folder / "world"), folder / "world.sock"
    world.offer(AIR)
    server = asyncio.create_task(WorldServer(world, path).run(), name="world")
    await until(path.exists)
    async with browsing(Served(worlds={"garden": path})) as (lab, client):
        yield world, lab, client
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)


def form(fault: str, *, target: str = AIR, node: str = "garden") -> dict[str, str]:
    return {"node": node, "target": target, "fault": fault}


async def test_a_sensor_is_broken_and_mended_by_forms_alone(tmp_path: Path) -> None:
    async with simulated(tmp_path) as (world, lab, client):
        page = (await client.get("/simulated")).text
        assert all(f'value="{fault}"' in page for fault in Fault)
        played = await client.post("/simulated", data=form("hang"), headers={"origin": lab.url})
        assert (played.status_code, played.headers["location"]) == (303, "/simulated")
        assert world.fault(AIR) is Fault.HANG
        assert "Bloqué" in (await client.get("/simulated")).text
        await client.post("/simulated", data=form("none"), headers={"origin": lab.url})
        assert world.fault(AIR) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://[nonsense"},
        {"host": "", "origin": ""},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_sites_page_breaks_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    async with simulated(tmp_path) as (world, _, client):
        answer = await client.post("/simulated", data=form("hang"), headers=headers)
        assert answer.status_code == 403
        assert world.fault(AIR) is None


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        (form("explode"), 422),
        (form("hang") | {"more": "x"}, 422),
        ({}, 422),
        (form("hang", node="hub"), 404),
        (form("hang", target="vegetable-patch/air-temprature"), 503),
    ],
)
async def test_a_senseless_form_is_refused_in_words(tmp_path: Path, wish: dict[str, str], status: int) -> None:
    async with simulated(tmp_path) as (world, lab, client):
        answer = await client.post("/simulated", data=wish, headers={"origin": lab.url})
        assert answer.status_code == status
        assert "<h1>" in answer.text
        assert world.fault(AIR) is None


async def test_a_world_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    async with browsing(Served(worlds={"garden": tmp_path / "nowhere.sock"})) as (_, client):
        answer = await client.get("/simulated")
    assert answer.status_code == 503
    assert "Impossible pour l’instant" in answer.text
