"""The places of the lab that have a page. A row is a tile of the portal and an entry of the menu."""

from dataclasses import dataclass

from hub.members.model import AccountRole
from hub.web.login.signed_in import SignedIn
from hub.web.site import Site
from hub.web.words import gettext_noop


@dataclass(frozen=True, slots=True)
class Section:
    """One page that the portal leads to."""

    path: str
    pictogram: str
    title: str
    about: str
    family: str | None = None
    """Shown only where the configuration has a device of this type."""
    simulated: bool = False
    """Shown only where a board is simulated."""
    roles: tuple[AccountRole, ...] | None = None
    """Shown only to those who are signed in with one of these; None: to everybody."""

    def is_for(self, who: SignedIn | None) -> bool:
        """Whether somebody may open it."""
        return self.roles is None or (who is not None and who.may(*self.roles))


SECTIONS = (
    Section(
        path="/garden",
        pictogram="leaf",
        title=gettext_noop("Garden"),
        about=gettext_noop("How are the plants? Warmth, soil, water."),
        family="garden",
    ),
    Section(
        path="/arcade",
        pictogram="joystick",
        title=gettext_noop("Arcade"),
        about=gettext_noop("Who plays? When is it your turn?"),
        family="arcade",
    ),
    Section(
        path="/access",
        pictogram="door",
        title=gettext_noop("Doors"),
        about=gettext_noop("What is open? When can I come?"),
        family="door",
    ),
    Section(
        path="/machines",
        pictogram="machine",
        title=gettext_noop("Machines"),
        about=gettext_noop("What is free? What needs a training?"),
        family="machine",
    ),
    Section(
        path="/members",
        pictogram="people",
        title=gettext_noop("Members"),
        about=gettext_noop("Members, badges, trainings."),
        roles=(AccountRole.RECEPTION, AccountRole.TRAINER),
    ),
    Section(
        path="/accounts",
        pictogram="key",
        title=gettext_noop("Accounts"),
        about=gettext_noop("Who may sign in, and for what."),
        roles=(),
    ),
    Section(
        path="/simulated",
        pictogram="theatre",
        title=gettext_noop("Simulated lab"),
        about=gettext_noop("Break something and see what happens."),
        simulated=True,
    ),
    Section(
        path="/health",
        pictogram="heartbeat",
        title=gettext_noop("Health of the lab"),
        about=gettext_noop("What runs and what needs help."),
    ),
    Section(
        path="/api",
        pictogram="braces",
        title=gettext_noop("For programs"),
        about=gettext_noop("Read the lab from your own program."),
    ),
)


def sections(site: Site, who: SignedIn | None) -> list[Section]:
    """The pages that this lab has for this visitor."""
    families = {entry.type for entry in site.view.lab.devices.values()}
    return [
        section
        for section in SECTIONS
        if (section.family is None or section.family in families)
        and (bool(site.worlds) or not section.simulated)
        and section.is_for(who)
    ]
