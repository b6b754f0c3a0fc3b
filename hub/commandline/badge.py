"""`alcolab member badge`: badges handed out, taken back, lost and found."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from devices.errors import AlcolabError
from hub.commandline.members_here import Who, meant, with_members
from hub.commandline.options import StateFolder

if TYPE_CHECKING:
    from hub.members.model import Badge
    from hub.members.store import Store

app = typer.Typer(help="Badges of members.", no_args_is_help=True)

WAIT_S = 60.0


class StrengthName(StrEnum):
    UID = "uid"
    CRYPTO = "crypto"


Which = Annotated[str, typer.Argument(metavar="BADGE", help="As `alcolab member badge list` shows it.")]


@app.command("list")
def list_badges(member: Who, state: StateFolder = None) -> None:
    """List a member's badges."""
    from hub.members import badges

    async def found(store: "Store") -> tuple["Badge", ...]:
        return await store.read(badges.of, (await meant(store, member)).id)

    for badge in with_members(state, found):
        typer.echo(_line(badge))


@app.command()
def enrol(
    member: Who,
    *,
    reader: Annotated[str | None, typer.Option(help="Wait for the badge at this reader; the hub must run.")] = None,
    credential: Annotated[str | None, typer.Option(help="Or what readers say of it: 64 hex digits.")] = None,
    strength: Annotated[StrengthName, typer.Option(help="With --credential: what it proves.")] = StrengthName.UID,
    label: Annotated[str, typer.Option(help="What people call it, such as blue key fob.")] = "",
    state: StateFolder = None,
) -> None:
    """Give a member a badge: by presenting it at a reader."""
    from devices.policy.decision import Presented
    from devices.policy.rules import Strength
    from hub.members import badges
    from hub.members.enrolment import ask_for_badge
    from hub.members.model import CONSOLE

    if (reader is None) is (credential is None):
        raise AlcolabError("say either --reader or --credential")

    async def enrolled(store: "Store") -> "Badge":
        known = await meant(store, member)
        if reader is not None:
            typer.echo(f"Present the badge of {known.name} at {reader} within {WAIT_S:.0f} s", err=True)
            shown = await ask_for_badge(store, reader, WAIT_S)
        else:
            shown = Presented(credential or "", Strength(strength.value))
        return await store.write(
            badges.enrol, known.id, shown.credential, label=label, strength=shown.strength, by=CONSOLE
        )

    typer.echo(_line(with_members(state, enrolled)))


@app.command()
def revoke(badge: Which, state: StateFolder = None) -> None:
    """Take a badge back: it opens nothing any more, and may be given to somebody else."""
    from hub.members import badges
    from hub.members.model import CONSOLE

    typer.echo(_line(with_members(state, lambda store: store.write(badges.revoke, badge, by=CONSOLE))))


@app.command()
def lost(badge: Which, state: StateFolder = None) -> None:
    """Bar a badge that was lost: it opens nothing, and whoever shows it is told apart."""
    from hub.members import badges
    from hub.members.model import CONSOLE

    typer.echo(_line(with_members(state, lambda store: store.write(badges.lost, badge, by=CONSOLE))))


@app.command()
def found(badge: Which, state: StateFolder = None) -> None:
    """Let a badge count again that was lost or taken back."""
    from hub.members import badges
    from hub.members.model import CONSOLE

    typer.echo(_line(with_members(state, lambda store: store.write(badges.found, badge, by=CONSOLE))))


def _line(badge: "Badge") -> str:
    return f"{badge.id}  {badge.state}  {badge.strength}  {badge.label}".rstrip()
