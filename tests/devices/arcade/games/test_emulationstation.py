import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.games.emulationstation import EmulationStation, parse_game, parse_script
from devices.arcade.games.game import Game
from devices.board.blocking import BlockingCalls
from devices.errors import BadFrame, DeviceOffline, NoReply
from tests.devices.arcade.games.real_retroarch import free_udp_port

RUNNING = {"name": "Nova", "path": "/userdata/roms/nes/nova.zip", "systemName": "nes", "hash": "ab12"}


class Batocera(ThreadingHTTPServer):
    """Answers as Batocera's EmulationStation does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.running: dict[str, str] | None = RUNNING
        self.notified: list[str] = []
        self.silent = threading.Event()
        self.done = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Batocera

    def do_GET(self) -> None:
        if self.server.silent.is_set():
            self.server.done.wait(10)
            return
        if self.path == "/emukill":
            self.server.running = None
        running = self.server.running
        self._answer(200 if running else 201, json.dumps(running or {"msg": "NO GAME RUNNING"}))

    def do_POST(self) -> None:
        self.server.notified.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(200, "OK")

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Not to the terminal."""


@contextmanager
def batocera() -> Iterator[Batocera]:
    with Batocera() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield server
        finally:
            server.done.set()
            server.shutdown()
            serving.join()


def station(port: int) -> EmulationStation:
    return EmulationStation(port, BlockingCalls())


async def test_the_running_game_is_known_and_ended() -> None:
    with batocera() as server:
        ours = station(server.server_port)
        assert await ours.running_game() == Game("nova", "nes")
        await ours.end_game()
        assert await ours.running_game() is None


async def test_a_message_reaches_its_screen_in_any_letters() -> None:
    with batocera() as server:
        await station(server.server_port).say("انتهى الوقت")
        assert server.notified == ["انتهى الوقت"]


async def test_where_it_does_not_run_that_is_said() -> None:
    with pytest.raises(DeviceOffline, match="EmulationStation is not at port"):
        await station(free_udp_port()).running_game()


async def test_a_silent_one_is_given_up() -> None:
    with batocera() as server:
        server.silent.set()
        with pytest.raises(NoReply, match="does not answer"):
            await station(server.server_port).running_game()


@given(st.binary())
def test_no_answer_breaks_it(body: bytes) -> None:
    with suppress(BadFrame):
        parse_game(body)


@pytest.mark.parametrize(
    ("said", "game"),
    [
        (b"start\tnes\t/home/pi/RetroPie/roms/nes/Nova (World).nes\n", Game("Nova (World)", "nes")),
        (b"end\n", None),
    ],
)
def test_the_script_is_understood(said: bytes, game: Game | None) -> None:
    assert parse_script(said) == game


@given(st.binary())
def test_nothing_that_is_sent_to_the_script_port_breaks_it(said: bytes) -> None:
    with suppress(BadFrame):
        parse_script(said)
