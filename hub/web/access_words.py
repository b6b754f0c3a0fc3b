"""What things are called at doors and machines. The English here is the source; the catalogues carry the others."""

from collections.abc import Collection, Mapping

from babel.dates import format_time, get_day_names

from devices.opening_hours import DAYS, Day, Hours
from devices.policy.decision import Reason
from hub.members.model import Problem
from hub.web.language import Language
from hub.web.words import Gettext, gettext_noop

WELCOME = "welcome"
"""What a screen says while nobody shows a badge."""
SILENT = "silent"
"""What it says when the hardware does not answer."""
STOPPED = "stopped"
NOT_READY = "not-ready"
BUSY = "busy"
"""What a machine's screen says by itself."""

TOLD: Mapping[str, str] = {
    WELCOME: gettext_noop("Show your badge."),
    SILENT: gettext_noop("I do not work just now. Please call the team."),
    Reason.GRANTED: gettext_noop("Welcome! Come in."),
    Reason.GRANTED_AGAIN: gettext_noop("Welcome back! Come in."),
    Reason.NO_POLICY: gettext_noop("I am not ready yet. Please call the team."),
    Reason.POLICY_TOO_OLD: gettext_noop("I have had no news for too long. Please call the team."),
    Reason.NO_RULES: gettext_noop("I have no rules yet. Please call the team."),
    Reason.UNKNOWN_BADGE: gettext_noop("I do not know this badge yet. Ask at the reception."),
    Reason.BADGE_LOST: gettext_noop("This badge was reported lost. Bring it to the reception, please."),
    Reason.BADGE_REVOKED: gettext_noop("This badge is no longer in use. Ask at the reception."),
    Reason.SUSPENDED: gettext_noop("Your membership is paused. Come and see us at the reception."),
    Reason.NOT_YET_MEMBER: gettext_noop("Your membership begins soon. See you then!"),
    Reason.MEMBERSHIP_ENDED: gettext_noop("Your membership has ended. Renew it at the reception."),
    Reason.NEEDS_CRYPTO: gettext_noop("A safer badge is needed here. Ask at the reception."),
    Reason.WRONG_ROLE: gettext_noop("Only the team may do this."),
    Reason.WRONG_GROUP: gettext_noop("This is for another group. Ask the team."),
    Reason.CLOSED: gettext_noop("It is closed now. Look at the opening hours."),
    Reason.CLOCK_UNTRUSTED: gettext_noop("My clock is not set. Please call the team."),
    Reason.NO_TRAINING: gettext_noop("You need a training first. Ask the team: it is free to ask!"),
    Reason.TRAINING_ENDED: gettext_noop("Your training is too long ago. Ask the team for a new one."),
    Reason.MINORS_NOT_ALLOWED: gettext_noop("This is for adults only. Ask the team for help."),
    Reason.ADULT_NEEDED: gettext_noop("Come with an adult. Ask them to show their badge, too."),
    Reason.SUPERVISOR_NEEDED: gettext_noop("Somebody of the team must be here. Ask them to show their badge, too."),
    Reason.SECOND_PERSON_NEEDED: gettext_noop("Two people are needed here. Ask somebody to show their badge, too."),
    Reason.INSIDE_ALREADY: gettext_noop("This badge is inside already. Ask the team."),
    Reason.FULL: gettext_noop("It is full just now. Wait until somebody leaves."),
}
"""What whoever shows a badge is told."""

MACHINE_TOLD: Mapping[str, str] = {
    Reason.GRANTED: gettext_noop("It is your turn. Have fun, and take care!"),
    Reason.GRANTED_AGAIN: gettext_noop("It is your turn. Have fun, and take care!"),
    STOPPED: gettext_noop("This machine is stopped. The team looks at it."),
    NOT_READY: gettext_noop("I do not work just now. Please call the team."),
    BUSY: gettext_noop("Somebody is using this machine."),
}
"""Said at a machine in other words than at a door."""

LOGGED: Mapping[str, str] = {
    Reason.GRANTED: gettext_noop("Allowed"),
    Reason.GRANTED_AGAIN: gettext_noop("Allowed, though inside already"),
    Reason.NO_POLICY: gettext_noop("The hub has not said yet who may enter"),
    Reason.POLICY_TOO_OLD: gettext_noop("No news from the hub for too long"),
    Reason.NO_RULES: gettext_noop("No rules for this place"),
    Reason.UNKNOWN_BADGE: gettext_noop("Unknown badge"),
    Reason.BADGE_LOST: gettext_noop("Badge reported lost"),
    Reason.BADGE_REVOKED: gettext_noop("Badge no longer in use"),
    Reason.SUSPENDED: gettext_noop("Membership paused"),
    Reason.NOT_YET_MEMBER: gettext_noop("Membership begins later"),
    Reason.MEMBERSHIP_ENDED: gettext_noop("Membership ended"),
    Reason.NEEDS_CRYPTO: gettext_noop("A safer badge is needed"),
    Reason.WRONG_ROLE: gettext_noop("Not the right role"),
    Reason.WRONG_GROUP: gettext_noop("Not the right group"),
    Reason.CLOSED: gettext_noop("Outside the hours"),
    Reason.CLOCK_UNTRUSTED: gettext_noop("Clock not set"),
    Reason.NO_TRAINING: gettext_noop("No training"),
    Reason.TRAINING_ENDED: gettext_noop("Training too long ago"),
    Reason.MINORS_NOT_ALLOWED: gettext_noop("Adults only"),
    Reason.ADULT_NEEDED: gettext_noop("Without an adult"),
    Reason.SUPERVISOR_NEEDED: gettext_noop("Without a supervisor"),
    Reason.SECOND_PERSON_NEEDED: gettext_noop("Without a second person"),
    Reason.INSIDE_ALREADY: gettext_noop("Inside already"),
    Reason.FULL: gettext_noop("Full"),
}
"""The same for those who look after a door: what happened."""

OTHERWISE = gettext_noop("Something else")
"""A reason that a newer node gives."""

GRANTED = frozenset({Reason.GRANTED, Reason.GRANTED_AGAIN})
ASK = frozenset({Reason.ADULT_NEEDED, Reason.SUPERVISOR_NEEDED, Reason.SECOND_PERSON_NEEDED})


def screen_sign(reason: str) -> str:
    """The drawing of a screen's message."""
    if reason == WELCOME:
        return "badge"
    if reason in GRANTED:
        return "check"
    if reason in {SILENT, STOPPED, NOT_READY}:
        return "wrench"
    if reason == BUSY:
        return "play"
    return "people" if reason in ASK else "hand"


DOORS: Mapping[str, str] = {
    "locked": gettext_noop("Locked: show your badge"),
    "unlocked": gettext_noop("Unlocked"),
    "free": gettext_noop("Open to everybody"),
    "fire": gettext_noop("Fire alarm: the door is free"),
    "unknown": gettext_noop("No news yet"),
}
DOOR_SIGNS: Mapping[str, str] = {
    "locked": "lock", "unlocked": "unlock", "free": "people", "fire": "warning", "unknown": "hourglass",
}  # fmt: skip
LEAVES: Mapping[str, str] = {
    "open": gettext_noop("The door stands open"),
    "shut": gettext_noop("The door is shut"),
}
ALARMS: Mapping[str, str] = {
    "forced": gettext_noop("Alarm: the door was forced open. Tell the team."),
    "held-open": gettext_noop("The door was left open. Please shut it."),
}

MACHINES: Mapping[str, str] = {
    "idle": gettext_noop("Free"),
    "running": gettext_noop("In use"),
    "warning": gettext_noop("In use: soon over"),
    "grace": gettext_noop("Finishing"),
    "stopped": gettext_noop("Stopped: the team looks at it"),
    "unknown": gettext_noop("No news yet"),
}
MACHINE_SIGNS: Mapping[str, str] = {
    "idle": "check",
    "running": "play",
    "warning": "late",
    "grace": "hourglass",
    "stopped": "stop",
    "unknown": "hourglass",
}

DONE: Mapping[str, str] = {
    "unlock": gettext_noop("The door is unlocked for a moment."),
    "oops": gettext_noop("Thank you for telling us! The machine is stopped. Somebody of the team comes and looks."),
    "release": gettext_noop("The machine may be used again."),
    "maintained": gettext_noop("The maintenance is noted. Thank you!"),
    "end": gettext_noop("The session is over."),
}
"""What whoever pressed a button is told."""


PROBLEMS: Mapping[str, str] = {
    "badge-in-two-places": gettext_noop("{about}: one badge at two places at once. Was it copied? Give a new one."),
    "audit-log-shorter": gettext_noop("{about}: its log has become shorter. Somebody may have changed it."),
    "audit-log": gettext_noop("The log of the members cannot be written. Call a technician."),
    "no-policy": gettext_noop("{about} does not get the news of members. Call a technician."),
    "other": gettext_noop("{about} needs a look. Call a technician."),
}
"""What an administrator should look after, by its kind."""

HOURS = gettext_noop("{days}, {since} to {until}")
EVERY_DAY = gettext_noop("every day")


def problem(problem: Problem, name: str | None, gettext: Gettext) -> str:
    """A problem in the visitor's language; `name` is that of the member whom it is about."""
    return gettext(PROBLEMS.get(problem.kind, PROBLEMS["other"])).replace("{about}", name or problem.about)


def hours(hours: Hours, gettext: Gettext, language: Language) -> str:
    """`lun.–ven., 14:00 à 18:30`: days that follow each other as a span."""
    since, until = (format_time(each, "short", locale=language.formats) for each in (hours.since, hours.until))
    days = gettext(EVERY_DAY) if set(hours.days) == set(DAYS) else _days(hours.days, language)
    return gettext(HOURS).replace("{days}", days).replace("{since}", since).replace("{until}", until)


def _days(days: Collection[Day], language: Language) -> str:
    names = get_day_names("abbreviated", locale=language.formats)
    numbers = sorted(DAYS.index(day) for day in days)
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] == number - 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    between = {1: "{0}", 2: "{0}, {1}"}
    return ", ".join(between.get(len(span), "{0}–{1}").format(names[span[0]], names[span[-1]]) for span in spans)
