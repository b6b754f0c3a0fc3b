"""The right to be forgotten (RGPD, article 17)."""

from sqlalchemy import Connection, delete, insert

from hub.members import accounts, acts, people
from hub.members.rows import today
from hub.members.schema import erased, member


def erase(connection: Connection, id: str, *, by: str) -> None:  # noqa: A002 - what it is called everywhere
    """Forget a person: name, contact, birth date, badges, trainings, account.

    The pseudonym stays in the logs, which so can still be verified, and tells nobody anything any more.

    Raises:
        NoSuch: nobody has this pseudonym.
        Conflict: nobody would be left to administer the lab.
    """
    people.get(connection, id)
    for account in accounts.of_member(connection, id):
        accounts.keep_an_administrator(connection, account)
    connection.execute(delete(member).where(member.c.id == id))  # all that refers to it goes with it
    connection.execute(insert(erased).values(id=id, day=today()))
    acts.done(connection, by, "member-erased", member=id)
