"""The commands of `alcolab`. Each module imports what it needs only when its command runs, so that all start fast."""

import os
from typing import Annotated

import typer

from hub.commandline import (
    audit,
    backup,
    catalogue,
    check,
    decode,
    doctor,
    fault,
    history,
    keys,
    member,
    probe,
    start,
    tag_keys,
)

DEBUG = "ALCOLAB_DEBUG"
"""In the environment: show tracebacks and debugging messages, here and in what is started."""

app = typer.Typer(
    help="The software of the fablab: its Pis, its sensors, its pages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(*, debug: Annotated[bool, typer.Option("--debug", help="Show what an error hides.")] = False) -> None:
    """The software of the fablab: its Pis, its sensors, its pages."""
    if debug:
        os.environ[DEBUG] = "1"


app.command()(start.run)
app.command()(start.demo)
app.command()(check.check)
app.command()(catalogue.devices)
app.command()(probe.probe)
app.command(context_settings={"ignore_unknown_options": True})(decode.decode)
app.command("tag-keys")(tag_keys.tag_keys)
app.command()(doctor.doctor)
app.command()(keys.keys)
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(member.app, name="member")
app.add_typer(history.app, name="history")
app.add_typer(audit.app, name="audit")
app.add_typer(fault.app, name="fault")
