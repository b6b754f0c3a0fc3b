"""What is kept of people, and why, in plain words. The English here is the source; the catalogues carry the others."""

from collections.abc import Mapping

from hub.members.retention import Kept, Reason
from hub.web.words import gettext_noop

KEPT: Mapping[str, str] = {
    Kept.MEMBERS: gettext_noop("Your name, how to reach you, your language, when you became a member"),
    Kept.TRAININGS: gettext_noop("Your trainings, and who trained you"),
    Kept.BADGES: gettext_noop("Your badges; their numbers only in a form that nobody can turn back"),
    Kept.MOVEMENTS: gettext_noop("When your badge opened a door, or did not"),
    Kept.SESSIONS_AT_MACHINES: gettext_noop("When you used a machine"),
    Kept.ACTS: gettext_noop("Who of the team changed what"),
    Kept.ACCOUNTS: gettext_noop("The accounts of the team"),
    Kept.LOGINS: gettext_noop("Who of the team is signed in"),
}
SIGNS: Mapping[str, str] = {
    Kept.MEMBERS: "people",
    Kept.TRAININGS: "school",
    Kept.BADGES: "badge",
    Kept.MOVEMENTS: "door",
    Kept.SESSIONS_AT_MACHINES: "machine",
    Kept.ACTS: "wrench",
    Kept.ACCOUNTS: "key",
    Kept.LOGINS: "key",
}
WHY: Mapping[str, str] = {
    Reason.MEMBERSHIP: gettext_noop("To run the fablab with you"),
    Reason.SAFETY: gettext_noop("For your safety at machines"),
    Reason.SECURITY: gettext_noop("To protect the house and what is in it"),
    Reason.ACCOUNTABILITY: gettext_noop("To be able to say who changed what"),
}
AFTER: Mapping[str, str] = {
    "last-contact": gettext_noop("{time} after we last heard of you"),
    "revoked": gettext_noop("{time} after the badge was taken back"),
    "happened": gettext_noop("{time} after it happened"),
    "logged-out": gettext_noop("Until signing out, at most {time}"),
}
