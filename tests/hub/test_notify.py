"""What systemd hears."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.notify import feed_watchdog, notify


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def environment(systemd: socket.socket) -> dict[str, str]:
    return {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "20000"}


def test_a_message_reaches_systemd(systemd: socket.socket) -> None:
    notify("READY=1\nSTATUS=3 devices", environment(systemd))
    assert systemd.recv(100) == b"READY=1\nSTATUS=3 devices"


def test_an_abstract_socket_is_found_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0alcolab-test-notify")
        listener.settimeout(5)
        notify("READY=1", {"NOTIFY_SOCKET": "@alcolab-test-notify"})
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_nothing_happens() -> None:
    notify("READY=1", {})


async def test_the_watchdog_is_fed_twice_a_period(systemd: socket.socket) -> None:
    feeding = asyncio.create_task(feed_watchdog(environment(systemd)), name="watchdog")
    heard = [await asyncio.to_thread(systemd.recv, 100) for _ in range(3)]
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)
    assert heard == [b"WATCHDOG=1"] * 3


async def test_without_a_watchdog_nobody_waits() -> None:
    await asyncio.wait_for(feed_watchdog({}), 1)
