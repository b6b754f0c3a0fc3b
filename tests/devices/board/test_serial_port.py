"""What every board does with serial ports. They are real ones to the kernel: ptys, and a network port."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.board.pi import PiBoard
from devices.board.serial_port import SerialPort
from devices.errors import AlcolabError, DeviceOffline, HardwareMissing, LineBusy, NoReply
from tests.devices.board.bench import Bench, opened, until


async def read(port: object, count: int) -> bytes:
    """`count` bytes, in whatever pieces they come."""
    assert isinstance(port, SerialPort)
    data = b""
    async with asyncio.timeout(5):
        while len(data) < count:
            data += await port.read()
    return data


async def test_bytes_go_both_ways(bench: Bench) -> None:
    name, wire = bench.serial()
    async with bench.board.serial(name) as port:
        wire.send(b"\xff\x01\x02\x03")
        assert await read(port, 4) == b"\xff\x01\x02\x03"
        await port.write(b"?\r\n")
        assert wire.received() == b"?\r\n"


async def test_every_byte_comes_through_as_it_is(bench: Bench) -> None:
    name, wire = bench.serial()
    every = bytes(range(256))
    async with bench.board.serial(name) as port:
        wire.send(every)
        assert await read(port, 256) == every
        await port.write(every)
        assert wire.received() == every


async def test_reading_waits_until_there_is_something(bench: Bench) -> None:
    name, wire = bench.serial()
    async with bench.board.serial(name) as port:
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0.02)
        assert not reading.done()
        wire.send(b"at last")
        assert await asyncio.wait_for(reading, 5) == b"at last"


async def test_a_cancelled_read_loses_nothing(bench: Bench) -> None:
    name, wire = bench.serial()
    async with bench.board.serial(name) as port:
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0.02)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        wire.send(b"kept")
        assert await read(port, 4) == b"kept"


async def test_what_came_before_the_port_was_opened_is_gone_as_on_a_uart(bench: Bench) -> None:
    name, wire = bench.serial()
    wire.send(b"old")
    async with bench.board.serial(name) as port:
        wire.send(b"new")
        assert await read(port, 3) == b"new"


async def test_garbage_is_just_bytes_and_a_flood_stays_bounded(bench: Bench) -> None:
    name, wire = bench.serial()
    async with bench.board.serial(name) as port:
        for _ in range(1000):
            wire.send(os.urandom(1024))
        assert 1 <= len(await port.read()) <= 65536
        await port.write(b"still alive")
        await until(lambda: wire.received().endswith(b"still alive"))


async def test_pulling_the_plug_ends_a_read_that_waits(bench: Bench) -> None:
    name, wire = bench.serial()
    async with bench.board.serial(name) as port:
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0.02)
        wire.unplug()
        with pytest.raises(DeviceOffline, match="was unplugged"):
            await asyncio.wait_for(reading, 5)
        with pytest.raises(DeviceOffline):
            await port.read()
        with pytest.raises(DeviceOffline):
            await port.write(b"anybody?")


async def test_a_port_that_is_plugged_in_again_is_opened_again(bench: Bench) -> None:
    name, wire = bench.serial()
    wire.unplug()
    with pytest.raises(HardwareMissing, match=f"there is no {name}.*plug it in"):
        async with bench.board.serial(name):
            pass
    wire.plug()
    async with bench.board.serial(name) as port:
        wire.send(b"back")
        assert await read(port, 4) == b"back"


async def test_before_anything_is_plugged_in_there_is_no_port(bench: Bench) -> None:
    with pytest.raises(HardwareMissing, match="there is no /dev/alcolab/nowhere"):
        async with bench.board.serial("/dev/alcolab/nowhere"):
            pass


async def test_a_port_has_one_holder_and_is_free_after_it(bench: Bench) -> None:
    name, wire = bench.serial()
    async with bench.board.serial(name):
        with pytest.raises(LineBusy, match=f"{name} is held by another program"):
            async with bench.board.serial(name):
                pass
    async with bench.board.serial(name) as port:
        await port.write(b"mine")
    assert wire.received() == b"mine"


async def test_nobody_who_takes_the_bytes_ends_a_write_within_a_second(bench: Bench) -> None:
    name, _ = bench.serial()
    async with bench.board.serial(name) as port:
        loop = asyncio.get_running_loop()
        before = loop.time()
        with pytest.raises(NoReply, match=r"took only \d+ of 1000000 bytes within a second"):
            await port.write(bytes(1_000_000))
        assert 0.9 <= loop.time() - before <= 3


async def test_a_long_write_waits_for_the_other_side(bench: Bench) -> None:
    name, wire = bench.serial()
    data = os.urandom(50_000)
    received = bytearray()
    async with bench.board.serial(name) as port:
        writing = asyncio.create_task(port.write(data))
        while not writing.done() or len(received) < len(data):
            received += wire.received()
            await asyncio.sleep(0)
        await writing
    assert bytes(received) == data


async def test_opening_and_closing_leaves_no_descriptor_behind(bench: Bench) -> None:
    name, _ = bench.serial()
    async with bench.board.serial(name):
        pass
    before = opened()
    for _ in range(20):
        async with bench.board.serial(name):
            pass
    assert opened() == before


async def test_cancelling_the_holder_frees_the_port(bench: Bench) -> None:
    name, _ = bench.serial()
    is_open = asyncio.Event()

    async def hold() -> None:
        async with bench.board.serial(name) as port:
            is_open.set()
            await port.read()

    holder = asyncio.create_task(hold())
    await is_open.wait()
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)
    async with bench.board.serial(name):
        pass


@pytest.fixture
def board(tmp_path: Path) -> PiBoard:
    return PiBoard(tmp_path)


@asynccontextmanager
async def gateway() -> AsyncIterator[tuple[str, asyncio.Queue[asyncio.StreamWriter]]]:
    """A serial port on the network, as ser2net offers it: its URL, and the connections to it."""
    connections: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.put_nowait(writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"socket://{host}:{port}", connections
    finally:
        server.close()


async def test_a_network_port_is_read_like_any_other_and_ends_when_the_gateway_goes(board: PiBoard) -> None:
    async with gateway() as (url, connections), board.serial(url) as port:
        other = await connections.get()
        other.write(b"$GW,1*00\r\n")
        assert await read(port, 10) == b"$GW,1*00\r\n"
        other.close()
        with pytest.raises(DeviceOffline, match="was unplugged or closed by the other side"):
            await asyncio.wait_for(port.read(), 5)


async def test_a_gateway_that_loses_its_power_is_noticed(board: PiBoard) -> None:
    async with gateway() as (url, connections), board.serial(url) as port:
        other = await connections.get()
        assert isinstance(port, SerialPort)
        with socket.socket(fileno=os.dup(port._descriptor)) as ours:
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 60
        other.close()


async def test_a_gateway_that_refuses_is_offline(board: PiBoard) -> None:
    async with gateway() as (url, _):
        pass
    with pytest.raises(DeviceOffline, match=r"does not open.*refused"):
        async with board.serial(url):
            pass


@pytest.mark.parametrize(
    ("port", "error", "words"),
    [
        ("loop://", HardwareMissing, "cannot be waited for: use a device path or socket://"),
        ("nonsense://here", HardwareMissing, "is no serial port: .*not known"),
        ("/dev/null", DeviceOffline, "does not open"),
        ("", HardwareMissing, "there is no"),
    ],
)
async def test_what_is_no_serial_port_is_said(board: PiBoard, port: str, error: type[AlcolabError], words: str) -> None:
    with pytest.raises(error, match=words):
        async with board.serial(port):
            pass


async def test_a_port_that_this_user_may_not_open_names_the_group(
    board: PiBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    import serial

    def denied(*_: object, **__: object) -> None:
        raise serial.SerialException(13, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", denied)
    with pytest.raises(HardwareMissing, match="group dialout"):
        async with board.serial("/dev/ttyUSB0"):
            pass
