"""The cabinet's own Pi serves its pages: the real cabinet on a simulated board, no history, no hub, no broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest

from devices.arcade.buttons import Button
from devices.arcade.options import CabinetOptions
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from hub.lab import Broker, DeviceEntry, Lab, Node, ServiceName
from hub.lab import Web as Options
from hub.pi import Pi
from hub.web.tickets import new_key
from tests.hub.web.served import free_port
from tests.hub.web.test_pages import text_of

CABINET = CabinetOptions(
    players=({Button.UP: "GPIO4", Button.DOWN: "GPIO5", Button.SOUTH: "GPIO6", Button.START: "GPIO7"},)
)


def lab() -> Lab:
    return Lab(
        site="alco",
        broker=Broker(host="127.0.0.1", port=free_port()),
        web=Options(port=free_port()),
        nodes={"arcade": Node(services=(ServiceName.WEB,))},
        devices={"cabinet": DeviceEntry("cabinet", "arcade", "arcade", CABINET)},
        fingerprint="",
    )


@asynccontextmanager
async def own_node(folder: Path) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """The Pi in the cabinet, when its cabinet works, and somebody with a browser at its keyboard."""
    found = lab()
    address = f"http://localhost:{found.web.port}"
    with closing(World(folder / "world")) as world:
        pi = Pi(found, "arcade", SimulatedBoard(world, folder / "state"), folder / "state")
        async with pi.running(), httpx.AsyncClient(base_url=address, follow_redirects=True) as client:
            client.headers["origin"] = address
            while not await _online(client):  # noqa: ASYNC110 - a server tells nobody that it has begun
                await asyncio.sleep(0.05)
            yield world, client


async def _online(client: httpx.AsyncClient) -> bool:
    try:
        answer = await client.get("/api/devices/cabinet")
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json()["online"] is True


@pytest.fixture(autouse=True)
def state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))


async def test_people_queue_at_the_cabinet_alone(tmp_path: Path) -> None:
    async with own_node(tmp_path) as (_, client):
        joined = await client.post("/arcade/cabinet/join", data={"key": new_key()})
        assert "Votre animal : Chat" in text_of(joined)
        assert "C’est à vous ! Allez à la borne" in text_of(await client.get("/arcade"))
        assert "Chat : c’est à vous !" in text_of(await client.get("/arcade/cabinet/screen"))
        left = await client.post("/arcade/cabinet/leave")
        assert "Vous avez rendu votre place" in text_of(left)
        assert "Personne ne joue. C’est libre !" in text_of(await client.get("/arcade"))


async def test_a_technician_changes_the_cabinet_at_its_own_keyboard(tmp_path: Path) -> None:
    async with own_node(tmp_path) as (_, client):
        page = "/arcade/cabinet/technician"
        assert (await client.get(page)).status_code == 200
        for action, form in (
            ("socd", {"profile": "default", "socd": "last-wins"}),
            ("turbo", {"profile": "default", "button": "south", "hertz": "12.5"}),
            ("credit", {"credits": "3"}),
            ("renew-switch", {"player": "1", "button": "south"}),
            ("test-lamps", {}),
        ):
            answer = await client.post(f"{page}/{action}", data=form)
            assert (answer.status_code, "C’est fait." in text_of(answer)) == (200, True), action
        states = (await client.get("/api/devices/cabinet")).json()["states"]
        refused = await client.post(f"{page}/profile", data={"name": "nothing"})
    assert (states["controls"]["value"]["socd"], states["controls"]["value"]["turbo"]) == ("last-wins", {"south": 12.5})
    assert states["credits"]["value"] == 3
    assert refused.status_code == 409
    assert "nothing" in text_of(refused)


async def test_a_press_is_seen_by_whoever_watches(tmp_path: Path) -> None:
    async with own_node(tmp_path) as (world, client):
        assert (await client.post("/arcade/cabinet/watch")).status_code == 204
        world.pin("GPIO6").drive(False)
        page = ""
        while 'data-button="south" data-pressed="yes"' not in page:
            await asyncio.sleep(0.05)
            page = (await client.get("/arcade/cabinet/controls")).text
    assert page.count('data-pressed="yes"') == 1


async def test_the_pi_is_well_though_it_is_alone(tmp_path: Path) -> None:
    async with own_node(tmp_path) as (_, client):
        health = await client.get("/health", headers={"accept": "application/json"})
    assert (health.status_code, health.json()["status"]) == (200, "warn")
