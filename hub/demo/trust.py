"""The demo's keys: what a technician would copy from Pi to Pi, and into `config.yaml`."""

import secrets
from dataclasses import replace
from pathlib import Path

from devices.access.site_key import KEY_BYTES, SHARED_FOLDER, SiteKey
from devices.board.durable_file import replace_file
from hub.lab import Lab, Members, ServiceName
from hub.policy.keys import policy_key, public_half, signing_key


def with_keys(lab: Lab, state: Path) -> Lab:
    """The lab in which all nodes know each other's public keys; `state` has a folder for each node. Blocks."""
    nodes = {
        name: replace(node, policy_key=public_half(policy_key(state / name))) if lab.needs_policy(name) else node
        for name, node in lab.nodes.items()
    }
    hubs = lab.nodes_with(ServiceName.MEMBERS)
    members = Members(signing_key=public_half(signing_key(state / hubs[0]))) if hubs else lab.members
    return replace(lab, nodes=nodes, members=members)


def one_site_key(lab: Lab, state: Path) -> SiteKey:
    """The same key at all nodes, so that a badge is the same one everywhere. Blocks."""
    key = secrets.token_bytes(KEY_BYTES)
    for node in lab.nodes:
        folder = state / node / "devices" / SHARED_FOLDER
        folder.mkdir(parents=True)
        replace_file(folder / "key", key.hex().encode() + b"\n")
    return SiteKey(key)
