"""What things are called at the members' desk. The English here is the source; the catalogues carry the others."""

from collections.abc import Mapping

from devices.policy.policy import BadgeState
from devices.policy.rules import Role, Strength
from hub.members.model import AccountRole
from hub.web.words import gettext_noop

ROLES: Mapping[str, str] = {
    Role.SUPERVISOR: gettext_noop("Supervisor: is there while others work"),
    Role.TRAINER: gettext_noop("Trainer: shows others how machines work"),
    Role.RECEPTION: gettext_noop("Reception: welcomes members"),
    Role.MAINTAINER: gettext_noop("Maintainer: mends, and passes at any time"),
    Role.ADMINISTRATOR: gettext_noop("Administrator: decides who may do what"),
}

ACCOUNT_ROLES: Mapping[str, str] = {
    AccountRole.ADMINISTRATOR: gettext_noop("Administrator: everything"),
    AccountRole.RECEPTION: gettext_noop("Reception: members, badges, doors"),
    AccountRole.TRAINER: gettext_noop("Trainer: trainings"),
    AccountRole.TECHNICIAN: gettext_noop("Technician: machines and arcade"),
}

BADGES: Mapping[str, str] = {
    BadgeState.ACTIVE: gettext_noop("Valid"),
    BadgeState.LOST: gettext_noop("Lost"),
    BadgeState.REVOKED: gettext_noop("No longer in use"),
}

STRENGTHS: Mapping[str, str] = {
    Strength.UID: gettext_noop("Simple: can be copied"),
    Strength.CRYPTO: gettext_noop("Safe: cannot be copied"),
}

WRONG: Mapping[str, str] = {
    "name": gettext_noop("A name is needed, on one line."),
    "email": gettext_noop("This is no e-mail address."),
    "phone": gettext_noop("This is no telephone number."),
    "born": gettext_noop("This is no date of birth."),
    "language": gettext_noop("Choose one of the languages."),
    "since": gettext_noop("This is no date."),
    "until": gettext_noop("This is no date, or it is before the first day."),
    "roles": gettext_noop("Choose among these."),
    "groups": gettext_noop("Letters, digits and hyphens only, such as: sewing-club"),
    "training": gettext_noop("Letters, digits and hyphens only, such as: laser-cutter"),
    "expires": gettext_noop("This is no date, or it has passed."),
    "label": gettext_noop("Too long, or characters that nobody can see."),
    "password": gettext_noop("At least ten characters: three words that do not belong together."),
    "account": gettext_noop("There is an account with this name already."),
    "file": gettext_noop("This file cannot be read. Save it as CSV (UTF-8) and try again."),
}
"""What is wrong with a detail, by its name."""

ENROLLED: Mapping[str, str] = {
    "done": gettext_noop("The badge is enrolled."),
    "nobody": gettext_noop("No badge was shown. Try again."),
    "taken": gettext_noop("This badge is somebody else’s, or was reported lost."),
    "reader": gettext_noop("The reader does not answer. Try again, or call a technician."),
}
ENROLLED_SIGNS: Mapping[str, str] = {"done": "check", "nobody": "hourglass", "taken": "cross", "reader": "unplug"}

DONE: Mapping[str, str] = {
    "created": gettext_noop("Welcome! The member is written down."),
    "changed": gettext_noop("The changes are kept."),
    "suspended": gettext_noop("The membership is paused: no badge of theirs opens anything."),
    "readmitted": gettext_noop("The membership goes on."),
    "lost": gettext_noop("The badge opens nothing any more."),
    "found": gettext_noop("The badge works again."),
    "trained": gettext_noop("The training is noted."),
    "withdrawn": gettext_noop("The training is withdrawn."),
    "erased": gettext_noop("Everything about this person is erased."),
    "account": gettext_noop("The account is changed."),
}

CHANGES: Mapping[str, str] = {
    "new": gettext_noop("New members"),
    "changed": gettext_noop("Changed"),
    "same": gettext_noop("As before"),
}
"""What an import does with its lines."""

FIELDS: Mapping[str, str] = {
    "name": gettext_noop("Name"),
    "email": gettext_noop("E-mail"),
    "phone": gettext_noop("Telephone"),
    "born": gettext_noop("Born on"),
    "language": gettext_noop("Language"),
    "since": gettext_noop("Member from"),
    "until": gettext_noop("Last day"),
    "roles": gettext_noop("In the lab"),
    "groups": gettext_noop("Groups"),
}
