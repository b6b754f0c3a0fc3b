"""What a member has been trained for, as trainers say it."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse
from pydantic import Field

from devices.errors import Refused
from hub.members import trainings
from hub.members.details import BadDetails
from hub.web.login.roles import Confirmed, SignedForm, Trainer
from hub.web.pages.errors import Explained
from hub.web.pages.members.form import as_name, day
from hub.web.pages.members.store import MemberHere, StoreHere
from hub.web.words import gettext_noop

router = APIRouter()


class Grant(SignedForm):
    """That somebody was trained, and until when it holds."""

    training: Annotated[str, Field(min_length=1, max_length=63)]
    expires: Annotated[str, Field(max_length=10)] = ""


class Withdrawal(SignedForm):
    """That a training no longer holds."""

    training: Annotated[str, Field(min_length=1, max_length=63)]


@router.post("/members/{member}/trainings")
async def grant(
    member: MemberHere, typed: Annotated[Grant, Form()], store: StoreHere, who: Trainer, _: Confirmed
) -> RedirectResponse:
    try:
        expires = day("expires", typed.expires)
        name = as_name(typed.training)
        await store.write(trainings.grant, member.id, name, by=who.account.id, expires=expires)
    except BadDetails as error:
        return RedirectResponse(f"/members/{member.id}?wrong={error.field}", 303)
    except Refused as error:
        raise _not_trained(error) from None
    return RedirectResponse(f"/members/{member.id}?done=trained", 303)


@router.post("/members/{member}/trainings/withdraw")
async def withdraw(
    member: MemberHere, typed: Annotated[Withdrawal, Form()], store: StoreHere, who: Trainer, _: Confirmed
) -> RedirectResponse:
    if not await store.read(trainings.may_train, who.account.id, typed.training):
        raise _not_trained(Refused(f"who decides about {typed.training} needs that training themselves"))
    await store.write(trainings.withdraw, member.id, typed.training, by=who.account.id)
    return RedirectResponse(f"/members/{member.id}?done=withdrawn", 303)


def _not_trained(error: Refused) -> Explained:
    return Explained(
        403,
        title=gettext_noop("You need this training yourself"),
        advice=gettext_noop("Who trains others must be trained. Ask an administrator."),
        detail=str(error),
    )
