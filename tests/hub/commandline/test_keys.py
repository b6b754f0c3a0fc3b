"""`alcolab keys` as a technician types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.commandline import app
from hub.policy.keys import policy_key, public_half, signing_key


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def _config(folder: Path, *, policy: str | None = None, signing: str | None = None) -> Path:
    file = folder / "config.yaml"
    lab = {
        "site": "alco",
        "broker": {"host": "localhost"},
        "nodes": {
            "hub": {"services": ["members"]},
            "entrance": {"policy_key": policy} if policy else {},
            "garden": {},
        },
        "devices": {
            "badges": {
                "type": "badge-reader",
                "node": "entrance",
                "reader": {"type": "rdm6300", "port": "/dev/badges"},
            },
            "front-door": {"type": "door", "node": "entrance", "badges": "badges", "strike": {"line": "GPIO17"}},
        },
        **({"members": {"signing_key": signing}} if signing else {}),
    }
    file.write_text(json.dumps(lab))
    return file


def _keys(config: Path, state: Path, *more: str, node: str = "entrance") -> Result:
    done = CliRunner().invoke(app, ["keys", "--config", str(config), "--state", str(state), "--node", node, *more])
    assert done.exit_code == 0, done.output
    return done


def test_a_node_shows_its_own_key_alone(state: Path, tmp_path: Path) -> None:
    done = _keys(_config(tmp_path), state)
    assert done.stdout == f"nodes:\n  entrance:\n    policy_key: {public_half(policy_key(state))}\n"
    assert [file.name for file in (state / "keys").iterdir()] == ["policy.key"]


def test_the_hub_shows_the_key_that_the_nodes_believe(state: Path, tmp_path: Path) -> None:
    done = _keys(_config(tmp_path), state, node="hub")
    assert done.stdout == f"members:\n  signing_key: {public_half(signing_key(state))}\n"


def test_nothing_private_is_shown(state: Path, tmp_path: Path) -> None:
    done = _keys(_config(tmp_path), state, "--hub")
    for file in (state / "keys").iterdir():
        assert file.read_text().strip() not in done.output


def test_a_pi_without_doors_machines_or_members_needs_none_and_makes_none(state: Path, tmp_path: Path) -> None:
    done = _keys(_config(tmp_path), state, node="garden")
    assert "needs no keys" in done.stderr
    assert done.stdout == ""
    assert not (state / "keys").exists()


def test_it_says_whether_config_yaml_has_the_same(state: Path, tmp_path: Path) -> None:
    own = public_half(policy_key(state))
    done = _keys(_config(tmp_path, policy=own, signing="ab" * 32), state, "--hub")
    assert f"{own}  # as config.yaml has it" in done.stdout
    assert "# config.yaml has another one" in done.stdout


def test_it_works_while_config_yaml_is_not_yet_right_since_the_keys_may_be_what_it_lacks(
    state: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text("site: [")
    done = _keys(tmp_path / "config.yaml", state, "--hub")
    assert "policy_key" in done.stdout
    assert "signing_key" in done.stdout
    assert "alcolab check" in done.stderr
