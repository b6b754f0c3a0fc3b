"""`alcolab keys`: the public keys of this Pi, as `config.yaml` wants them. Private ones are never shown."""

from typing import TYPE_CHECKING, Annotated

import typer

from hub.commandline.options import Config, NodeName, StateFolder, config_file, node_name

if TYPE_CHECKING:
    from pathlib import Path

    from hub.lab import Lab

Hub = Annotated[bool, typer.Option("--hub", help="This Pi keeps the members, even if config.yaml does not say so yet.")]


def keys(config: Config = None, node: NodeName = None, state: StateFolder = None, *, hub: Hub = False) -> None:
    """Print this Pi's public keys as lines for config.yaml, and make the keys where there are none."""
    from hub.policy.keys import policy_key, public_half, signing_key
    from hub.state import state_folder

    folder, name, lab = state or state_folder(), node_name(node), _lab_of(config_file(config))
    here = lab.nodes.get(name) if lab else None
    decides = lab is None or here is None or lab.needs_policy(name)
    keeps_members = hub or (here is not None and "members" in here.services)
    if decides:
        own = public_half(policy_key(folder))
        typer.echo(f"nodes:\n  {name}:\n    policy_key: {own}{_remark(own, here.policy_key if here else None)}")
    if keeps_members:
        signing = public_half(signing_key(folder))
        typer.echo(f"members:\n  signing_key: {signing}{_remark(signing, lab.members.signing_key if lab else None)}")
    if not decides and not keeps_members:
        typer.echo(f"{name} needs no keys: it has neither doors nor machines, and keeps no members", err=True)


def _lab_of(file: "Path") -> "Lab | None":
    """The keys may be just what `config.yaml` is not right without."""
    from devices.errors import BadConfig
    from hub.config import read_lab

    try:
        return read_lab(file)
    except (BadConfig, OSError):
        typer.echo(f"{file} cannot be read or has errors (`alcolab check` says which): it is not compared", err=True)
        return None


def _remark(own: str, configured: str | None) -> str:
    if configured is None:
        return ""
    return "  # as config.yaml has it" if configured == own else "  # config.yaml has another one"
