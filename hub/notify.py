"""What systemd wants to know (`sd_notify(3)`), without a library: a datagram to the socket that it names.

The watchdog is fed from the event loop, so that it bites when the loop stands still, and never because a sensor
failed.
"""

import asyncio
import os
import socket
import time
from collections.abc import Mapping


def notify(message: str, environment: Mapping[str, str] = os.environ) -> None:
    """Tell systemd, e.g. `READY=1`; does nothing where systemd does not listen."""
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as systemd:
        systemd.sendto(message.encode(), address)


def ready(status: str) -> None:
    """Everything runs; `status` is what `systemctl status` shows."""
    notify(f"READY=1\nSTATUS={status}")


def reloading() -> None:
    """`config.yaml` is being read again; `ready` ends it."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The hardware is being made safe."""
    notify("STOPPING=1")


async def feed_watchdog(environment: Mapping[str, str] = os.environ) -> None:
    """Feed the watchdog twice a period, where the unit asks for one."""
    if not (period_us := environment.get("WATCHDOG_USEC")):
        return
    while True:
        notify("WATCHDOG=1", environment)
        await asyncio.sleep(int(period_us) / 2e6)
