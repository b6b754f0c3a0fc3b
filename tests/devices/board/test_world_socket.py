"""The simulated world on a Unix socket."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.board import world_socket
from devices.board.world import Fault, World
from devices.board.world_socket import CLIENTS_MOST, WorldServer, ask_world
from devices.errors import BadFrame, HardwareMissing, LineBusy, NoReply
from tests.devices.board.bench import opened, until


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "world")
    world.offer("bed/air")
    return world


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simulated" / "garden.sock"


@asynccontextmanager
async def served(world: World, path: Path) -> AsyncIterator[None]:
    serving = asyncio.create_task(WorldServer(world, path).run())
    await until(lambda: serving.done() or path.exists())
    await asyncio.sleep(0.01)
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def say(path: Path, line: bytes) -> dict[str, Any]:
    """Send raw bytes and read one answer."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(line)
        answer: dict[str, Any] = json.loads(await asyncio.wait_for(reader.readline(), 5))
        return answer
    finally:
        writer.close()


async def test_faults_are_listed_played_and_mended(world: World, path: Path) -> None:
    async with served(world, path):
        assert await ask_world(path, {"do": "targets"}) == {"ok": True, "targets": {"bed/air": None}}
        played = await ask_world(path, {"do": "play", "target": "bed/air", "fault": "hang"})
        assert played == {"ok": True, "targets": {"bed/air": "hang"}}
        assert world.fault("bed/air") is Fault.HANG
        assert (await ask_world(path, {"do": "mend", "target": "bed/air"}))["ok"]
        assert world.fault("bed/air") is None


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"do": "play", "target": "bed/aire", "fault": "hang"}, "did you mean bed/air"),
        ({"do": "play", "target": "bed/air", "fault": "explode"}, "there is no fault explode, but: unplug, hang"),
        ({"do": "play", "target": "bed/air"}, "a request is"),
        ({"do": "play", "target": ["bed/air"], "fault": "hang"}, "a request is"),
        ({"do": "launch"}, "a request is"),
        ({}, "a request is"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_why(
    world: World, path: Path, request_: dict[str, Any], error: str
) -> None:
    async with served(world, path):
        answer = await ask_world(path, request_)
    assert answer["ok"] is False
    assert error in answer["error"]


@pytest.mark.parametrize("line", [b"\n", b"hello\n", b"[]\n", b"\xff\xfe\n", b"[" * 4000 + b"\n", b"{" * 4000 + b"\n"])
async def test_garbage_is_answered_and_the_server_goes_on(world: World, path: Path, line: bytes) -> None:
    async with served(world, path):
        assert (await say(path, line))["ok"] is False
        assert (await ask_world(path, {"do": "targets"}))["ok"]


@given(line=st.binary(max_size=200))
def test_no_line_breaks_the_server(line: bytes) -> None:
    answer = WorldServer.answer(WorldServer(_Untouched(), Path("unused")), line)  # type: ignore[arg-type]  # not used
    assert answer["ok"] is False
    json.dumps(answer)


class _Untouched:
    """A world that no garbage may reach."""


@pytest.mark.parametrize("size", [4097, 1_000_000])
async def test_a_line_that_is_too_long_is_refused_with_why(world: World, path: Path, size: int) -> None:
    async with served(world, path):
        answer = await say(path, b"x" * size + b"\n")
        assert answer == {"ok": False, "error": "a request has at most 4096 bytes"}
        assert (await ask_world(path, {"do": "targets"}))["ok"]


async def test_several_requests_on_one_connection_are_answered_in_order(world: World, path: Path) -> None:
    async with served(world, path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"do":"targets"}\nnonsense\n{"do":"targets"}\n')
        answers = [json.loads(await asyncio.wait_for(reader.readline(), 5))["ok"] for _ in range(3)]
        writer.close()
    assert answers == [True, False, True]


async def test_there_is_an_end_to_how_many_may_connect(world: World, path: Path) -> None:
    async with served(world, path):
        others = [await asyncio.open_unix_connection(path) for _ in range(CLIENTS_MOST)]
        for reader, writer in others:
            writer.write(b'{"do":"targets"}\n')
            await reader.readline()
        answer = await ask_world(path, {"do": "targets"})
        assert "try again later" in answer["error"]
        for _, writer in others:
            writer.close()

        async def is_free() -> bool:
            return bool((await ask_world(path, {"do": "targets"}))["ok"])

        async with asyncio.timeout(5):
            while not await is_free():  # noqa: ASYNC110 - the server says nothing when a place is free
                await asyncio.sleep(0.01)


async def test_a_client_that_says_nothing_is_let_go(world: World, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_socket, "IDLE_S", 0.05)
    async with served(world, path):
        reader, writer = await asyncio.open_unix_connection(path)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_only_the_same_user_may_connect(world: World, path: Path) -> None:
    async with served(world, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_the_end_of_the_server_dismisses_its_clients_and_removes_the_socket(world: World, path: Path) -> None:
    async with served(world, path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"do":"targets"}\n')
        await reader.readline()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    assert not path.exists()


async def test_the_socket_of_a_killed_process_is_replaced(world: World, path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    async with served(world, path):
        assert (await ask_world(path, {"do": "targets"}))["ok"]


async def test_a_living_world_is_left_in_peace(world: World, path: Path) -> None:
    async with served(world, path):
        with pytest.raises(LineBusy, match="another simulated world is served"):
            await WorldServer(world, path).run()
        assert (await ask_world(path, {"do": "targets"}))["ok"]


async def test_a_path_that_is_too_long_for_a_socket_serves_all_the_same(world: World, tmp_path: Path) -> None:
    path = tmp_path / ("long" * 40) / "garden.sock"
    async with served(world, path):
        assert (await ask_world(path, {"do": "targets"}))["ok"]
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize("place", ["nowhere/garden.sock", "garden.sock"])
async def test_asking_where_no_world_is_says_how_to_start_one(tmp_path: Path, place: str) -> None:
    with pytest.raises(HardwareMissing):
        await ask_world(tmp_path / place, {"do": "targets"})


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", b"x" * (1 << 21)])
async def test_an_answer_that_is_none_is_an_error(tmp_path: Path, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "bad.sock")
    with pytest.raises(BadFrame):
        await ask_world(tmp_path / "bad.sock", {"do": "targets"})
    server.close()


async def test_a_world_that_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_socket, "ANSWER_WITHIN_S", 0.05)
    server = await asyncio.start_unix_server(lambda _reader, writer: held.append(writer), tmp_path / "deaf.sock")
    held: list[asyncio.StreamWriter] = []
    with pytest.raises(NoReply, match="did not answer in time"):
        await ask_world(tmp_path / "deaf.sock", {"do": "targets"})
    for writer in held:
        writer.close()
    server.close()


async def test_no_descriptor_is_left_behind(world: World, path: Path) -> None:
    before = opened()
    for _ in range(3):
        async with served(world, path):
            await ask_world(path, {"do": "targets"})
        await asyncio.sleep(0)
    assert opened() == before
