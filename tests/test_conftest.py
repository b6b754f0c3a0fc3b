"""The suite's own guards: a test that hides a failure must fail."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.brokers import Mosquitto

HIDING = {
    "a malformed log call": "import logging\ndef test_it():\n    logging.getLogger('hub.x').debug('%d', 'text')\n",
    "an exception that nobody retrieved": (
        "import asyncio\n"
        "async def test_it():\n"
        "    async def fail(): raise ValueError('hidden')\n"
        "    task = asyncio.create_task(fail())\n"
        "    await asyncio.sleep(0.01)\n"
    ),
    "a coroutine that nobody awaited": "import asyncio\nasync def test_it():\n    asyncio.sleep(0)\n",
    "a task left behind": "import asyncio\nasync def test_it():\n    x = asyncio.create_task(asyncio.sleep(9))\n",
    "an endless wait": (
        "import asyncio, pytest\n@pytest.mark.timeout(1)\nasync def test_it():\n    await asyncio.Event().wait()\n"
    ),
}


@pytest.mark.parametrize("hidden", HIDING)
def test_a_test_fails_that_hides(hidden: str, tmp_path: Path) -> None:
    (tmp_path / "test_hiding.py").write_text(HIDING[hidden])
    root = Path(__file__).parents[1]
    arguments = [
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        str(root / "pyproject.toml"),
        "--rootdir",
        str(tmp_path),
    ]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, tmp_path], cwd=root, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, run.stdout + run.stderr


async def test_an_async_test_gets_its_fixtures(tmp_path: Path) -> None:
    await asyncio.sleep(0)
    assert tmp_path.name.startswith("test_an_async_test")


def test_a_killed_broker_comes_back_on_its_port(mosquitto: Mosquitto) -> None:
    mosquitto.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((mosquitto.host, mosquitto.port), 1.0)
    mosquitto.start()
    socket.create_connection((mosquitto.host, mosquitto.port), 1.0).close()
