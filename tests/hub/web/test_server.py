"""The service: where it listens, and how it ends."""

import asyncio
import signal
import socket
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from devices.device import Event
from devices.errors import AlcolabError
from hub.lab import Web as Options
from hub.lab import WebTls
from hub.web.server import listen
from tests.hub.web.served import Served, browsing, free_port, now, serving, small_lab, until


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    port = free_port()
    with closing(listen("127.0.0.1", port)), closing(listen("127.0.0.1", port)) as second:
        assert port < second.getsockname()[1] <= port + 100


def test_a_host_that_is_not_ours_is_an_error_that_says_where_to_look() -> None:
    with pytest.raises(AlcolabError, match=r"192\.0\.2\.1.*config\.yaml"):
        listen("192.0.2.1", 8080)


def test_a_host_that_nobody_knows_is_an_error_too() -> None:
    with pytest.raises(AlcolabError, match="the pages cannot be at"):
        listen("no-such-host.invalid", 8080)


def test_it_listens_on_ipv6_as_well() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with closing(listen("::1", free_port())) as listener:
        assert listener.family is socket.AF_INET6


async def test_it_says_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    lab = Served()
    with closing(listen("127.0.0.1", lab.lab.web.port)):
        web = lab.web()
        running = asyncio.create_task(web.run())
        await web.listening.wait()
        async with httpx.AsyncClient(base_url=web.url) as client:
            assert (await client.get("/")).status_code == 200
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert web.url in caplog.text
    assert f"port {lab.lab.web.port} is taken" in caplog.text


async def test_open_streams_are_let_go_within_a_second() -> None:
    async with browsing() as (lab, client):
        web = replace(lab, lab=small_lab()).web()
        running = asyncio.create_task(web.run())
        await web.listening.wait()
        streams = [client.stream("GET", f"{web.url}/api/events") for _ in range(20)]
        responses = [await stream.__aenter__() for stream in streams]
        started = time.monotonic()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        took_s = time.monotonic() - started
        for response in responses:
            await response.aclose()
    assert running.cancelled()
    assert took_s < 1


async def test_a_browser_that_does_not_read_cannot_hold_up_the_end() -> None:
    lab = Served()
    web = lab.web()
    running = asyncio.create_task(web.run())
    await web.listening.wait()
    with socket.create_connection(("127.0.0.1", lab.lab.web.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: web._live.clients == 1)
        for _ in range(200):
            lab.bus.publish("rain-tank", Event("poem", {"verses": "la pluie " * 10_000}, now()))
            await asyncio.sleep(0.001)
        started = time.monotonic()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert time.monotonic() - started < 2


async def test_it_can_be_started_again_at_the_same_port() -> None:
    lab = Served()
    for _ in range(2):
        async with serving(lab), httpx.AsyncClient() as client:
            assert (await client.get(lab.url)).status_code == 200


async def test_the_signals_of_the_process_stay_with_the_process() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with browsing():
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


async def test_a_certificate_that_is_not_there_is_an_error_that_says_where_to_look(tmp_path: Path) -> None:
    tls = WebTls(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    lab = Served(lab=replace(small_lab(), web=Options(port=free_port(), tls=tls)))
    with pytest.raises(AlcolabError, match=r"web\.tls in config\.yaml"):
        await lab.web().run()
