"""`alcolab decode sun`, for whoever personalises tags."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.access.sun.simulated_tag import SimulatedTag
from hub.commandline import app

ZERO = "00" * 16
MASTER = "00112233445566778899AABBCCDDEEFF"
EXAMPLE = "https://ntag.nxp.com/424?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"
UID = bytes.fromhex("04782E21801D80")


def decode(*arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["decode", "sun", *arguments])
    said: dict[str, object] = json.loads(done.output)
    assert done.exit_code == (0 if said["ok"] else 1)
    return said


def test_the_example_of_nxp() -> None:
    assert decode(EXAMPLE, "--key", ZERO) == {
        "kind": "sun",
        "ok": True,
        "uid": "04DE5F1EACC040",
        "counter": 61,
        "number": "04DE5F1EACC040",
    }


@pytest.mark.parametrize("plain", [True, False])
def test_a_tag_of_the_site_by_its_master_key(plain: bool) -> None:
    tag = SimulatedTag(
        UID, bytes.fromhex(MASTER), system=b"alco", counter=6, plain=plain, file_data=b"0123456789abcdef"
    )
    said = decode(tag.tapped(), "--master", MASTER, "--system", b"alco".hex())
    assert (said["ok"], said["uid"], said["counter"]) == (True, UID.hex().upper(), 7)
    assert said["file_data"] == b"0123456789abcdef".hex().upper()


def test_keys_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "master").write_text(MASTER + "\n")
    tag = SimulatedTag(UID, bytes.fromhex(MASTER))
    assert decode(tag.tapped(), "--master", str(tmp_path / "master"))["counter"] == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((EXAMPLE,), "say with which key: --key HEX"),
        ((EXAMPLE, "--key", MASTER), "derived from the site's (--master)"),
        ((EXAMPLE[:-1] + "7", "--key", ZERO), "the MAC is wrong"),
        ((EXAMPLE, "--master", MASTER), "SDMMACInputOffset"),
        ((EXAMPLE, "--key", "0"), "cannot be read"),
        ((EXAMPLE[:-1], "--key", ZERO), "cmac is not as many hex digits"),
        (("https://alco.example", "--key", ZERO), "cmac is missing"),
        ((EXAMPLE, "--master", MASTER, "--system", "00" * 25), "a system identifier is hex, of at most 24 bytes"),
        ((EXAMPLE, "--format", "26"), "sun has no --format"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_try(arguments: tuple[str, ...], why: str) -> None:
    said = decode(*arguments)
    assert said["ok"] is False
    assert why in str(said["error"])
