"""No challenge to a reader can be known before."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from devices.access.readers.osdp.codes import CommandCode
from devices.access.readers.osdp.frame import parse
from devices.access.readers.osdp.panel import Panel
from devices.access.readers.osdp.simulated_peer import SimulatedOsdpReader
from tests.devices.access.readers.osdp.running import KEY

FIRST_CHALLENGE = """
from tests.devices.access.readers.osdp.test_challenge import challenge
print(challenge().hex())
"""


def challenge() -> bytes:
    """What a new panel challenges a new reader with."""
    panel, reader = Panel("the reader", 1, KEY), SimulatedOsdpReader(1, KEY)
    while parse(command := panel.command()).code != CommandCode.CHLNG:
        assert panel.takes(reader.hears(command))
    return parse(command).data


def started_anew() -> str:
    return subprocess.run([sys.executable, "-c", FIRST_CHALLENGE], check=True, capture_output=True, text=True).stdout


def test_each_start_of_the_program_challenges_with_other_numbers() -> None:
    assert started_anew() != started_anew()


def test_no_two_challenges_are_the_same() -> None:
    assert len({challenge() for _ in range(50)}) == 50


def test_all_of_a_challenge_comes_from_our_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    def fixed(byte: int) -> Callable[[int], bytes]:
        return lambda count: bytes([byte]) * count

    challenge()
    found = []
    for byte in (0x11, 0x11, 0x77):
        monkeypatch.setattr("devices.access.readers.osdp.challenge.secrets.token_bytes", fixed(byte))
        found.append(challenge())
    assert found[0] == found[1] != found[2]
