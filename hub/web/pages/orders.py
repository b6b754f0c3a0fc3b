"""Orders that the hub signs: a page asks a door or machine for what only a permit allows."""

from devices.errors import Refused
from hub.web.login.signed_in import SignedIn
from hub.web.pages.errors import Explained
from hub.web.site import Site
from hub.web.words import gettext_noop


async def order(site: Site, who: SignedIn, device: str, action: str, detail: str | None = None) -> None:
    """Have the device do it, in the name of whoever is signed in.

    Raises:
        Explained: it refuses, cannot be reached or is too slow.
    """
    assert site.members is not None  # noqa: S101 - for the type checker: without members nobody is signed in
    permit = await site.members.permit(device, action, by=who.account.id, detail=detail)
    await ask(site, device, action, dict(permit.arguments()))


async def ask(site: Site, device: str, action: str, arguments: dict[str, str | None] | None = None) -> None:
    """Have the device do what needs no permit.

    Raises:
        Explained: it refuses, cannot be reached or is too slow.
    """
    try:
        await site.ask(device, action, arguments)
    except Refused as error:
        raise Explained(
            409,
            title=gettext_noop("It did not work"),
            advice=gettext_noop("Wait a moment and try again. If it still does not work, call a technician."),
            detail=str(error),
        ) from None
