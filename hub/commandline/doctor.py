"""`alcolab doctor`: what is missing on this Pi, and what to do about it."""

import dataclasses
import json
from typing import Annotated

import typer

from hub.commandline.options import Config, NodeName, config_file, node_name

SIGNS = {"good": "ok  ", "warning": "look", "missing": "MISSING"}


def doctor(
    config: Config = None,
    node: NodeName = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is missing on this Pi and what to do about it; exit code 1 if something that it needs is."""
    from hub.doctor import Level, examined

    findings = examined(config_file(config), node_name(node))
    healthy = all(finding.level != Level.MISSING for finding in findings)
    if as_json:
        checks = [dataclasses.asdict(finding) for finding in findings]
        typer.echo(json.dumps({"ok": healthy, "checks": checks}, ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{SIGNS[finding.level]:8}{finding.name}: {finding.found}")
            if finding.advice:
                typer.echo(f"        → {finding.advice}")
    raise typer.Exit(0 if healthy else 1)
