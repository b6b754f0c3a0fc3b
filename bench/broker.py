"""A mosquitto of its own for each run, so that none finds what another left."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import running
from tests.brokers import find_mosquitto, free_port

STARTS_WITHIN_S = 10.0


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Set up as the lab's own is (`hub/mqtt/broker/mosquitto.py`), on a free port of 127.0.0.1, which is given."""
    program = find_mosquitto()
    if program is None:
        raise FileNotFoundError("mosquitto is not installed (apt install mosquitto)")
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n"
        f"persistence true\npersistence_location {folder}/\nlog_dest stderr\nlog_type warning\nlog_type error\n"
        "set_tcp_nodelay true\nmax_queued_messages 20000\n"
    )
    with running([program, "-c", config], folder / "mosquitto.log") as broker:
        _wait_until_it_listens(port, broker.check)
        yield port


def _wait_until_it_listens(port: int, check: Callable[[], None]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        check()
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise ConnectionError(f"mosquitto did not listen within {STARTS_WITHIN_S:g} s")
