"""`alcolab tag-keys`, for whoever personalises tags."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.access.options import SunParameters
from devices.access.sun.keys import SunKeys
from devices.access.sun.message import message_in
from devices.access.sun.simulated_tag import SimulatedTag
from hub.commandline import app

MASTER = "00112233445566778899AABBCCDDEEFF"


@pytest.mark.parametrize("uid", ["04782E21801D80", "04:78:2e:21:80:1d:80"])
def test_a_tag_that_got_these_keys_is_one_of_the_site(tmp_path: Path, uid: str) -> None:
    (tmp_path / "master").write_text(MASTER)
    done = CliRunner().invoke(app, ["tag-keys", uid, "--key-file", str(tmp_path / "master"), "--system", "a1c0"])
    keys = {name: bytes.fromhex(value) for name, value in json.loads(done.output).items()}
    tag = SimulatedTag(keys["uid"], bytes.fromhex(MASTER), system=b"\xa1\xc0")
    opened = SunKeys(keys["meta_key"], lambda _: keys["file_key"]).opened(message_in(tag.tapped(), SunParameters()))
    assert opened.uid.hex() == "04782e21801d80"


@pytest.mark.parametrize(
    ("uid", "system", "why"),
    [("04782E", "", "no UID"), ("04782E21801D80", "xyz", "is hex"), ("04782E21801D80", "00" * 25, "at most 24")],
)
def test_what_is_wrong_is_said(tmp_path: Path, uid: str, system: str, why: str) -> None:
    (tmp_path / "master").write_text(MASTER)
    arguments = ["tag-keys", uid, "--key-file", str(tmp_path / "master"), "--system", system]
    assert why in str(CliRunner().invoke(app, arguments).exception)
