"""RetroArch's unauthenticated port, seen from this Pi and from the network: two network namespaces and a cable."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

RULES = Path(__file__).parents[1] / "systemd/alcolab-arcade.nft"
PI, VISITOR = f"alcolab-pi-{os.getpid()}", f"alcolab-visitor-{os.getpid()}"
ADDRESS, PORT = "192.0.2.1", 55355
ECHO = f"""
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
    echo.bind(("0.0.0.0", {PORT}))
    print("ready", flush=True)
    while True:
        data, sender = echo.recvfrom(64)
        echo.sendto(data, sender)
"""
ASK = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.settimeout(0.5)
    asking.connect((sys.argv[1], int(sys.argv[2])))
    asking.send(b"VERSION")
    try:
        asking.recv(64)
    except TimeoutError:
        sys.exit(1)
"""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def inside(namespace: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", namespace, *command]


def answers(namespace: str, address: str) -> bool:
    """Whether RetroArch's port at `address` answers those who ask from there."""
    asked = subprocess.run(inside(namespace, sys.executable, "-c", ASK, address, str(PORT)), check=False)
    return asked.returncode == 0


@pytest.fixture
def cable() -> Iterator[None]:
    """A Pi with a program at RetroArch's port, and a visitor's laptop on the same network."""
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("nft")):
        pytest.skip("needs root and nftables (apt install nftables iproute2)")
    try:
        ip("netns", "add", PI)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine allows no network namespaces: {error.stderr.decode().strip()}")
    try:
        ip("netns", "add", VISITOR)
        ip("-n", PI, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", VISITOR)
        for namespace, address in ((PI, ADDRESS), (VISITOR, "192.0.2.2")):
            ip("-n", namespace, "address", "add", f"{address}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                ip("-n", namespace, "link", "set", link, "up")
        command = inside(PI, sys.executable, "-c", ECHO)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as echo:
            assert echo.stdout is not None
            assert echo.stdout.readline() == "ready\n"
            yield
            echo.kill()
    finally:
        ip("netns", "delete", PI)
        ip("netns", "delete", VISITOR)


@pytest.mark.usefixtures("cable")
def test_only_this_pi_reaches_retroarch() -> None:
    assert answers(VISITOR, ADDRESS), "without the rules anybody does"
    for _ in range(2):  # the rules may be loaded again
        subprocess.run(inside(PI, "nft", "-f", str(RULES)), check=True)
    assert not answers(VISITOR, ADDRESS)
    assert answers(PI, socket.gethostbyname("localhost"))
