"""The tables of the members' database. Times are integer milliseconds of UTC since 1970, days are days.

Nothing here that PostgreSQL could not run. What must be searched without regard to case and accents stands there in
a folded form besides, because databases disagree about both.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, MetaData, Table, Text

metadata = MetaData()

PSEUDONYM_DIGITS = 16


def _of_member() -> ForeignKey:
    return ForeignKey("member.id", ondelete="CASCADE")


member = Table(
    "member",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # `searchable(name)`: what lists are sorted by and searches look through.
    Column("folded", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("born", Date),
    Column("language", Text, nullable=False),
    Column("since", Date),
    Column("until", Date),
    Column("suspended", Boolean, nullable=False),
    Column("created", Date, nullable=False),
    # The first of the month in which the hub last heard of this member; see retention.py.
    Column("active", Date, nullable=False),
)
Index("member_folded", member.c.folded)

member_role = Table(
    "member_role",
    metadata,
    Column("member", Text, _of_member(), primary_key=True),
    Column("role", Text, primary_key=True),
)

member_group = Table(
    "member_group",
    metadata,
    Column("member", Text, _of_member(), primary_key=True),
    Column("name", Text, primary_key=True),
)
Index("member_group_name", member_group.c.name)

badge = Table(
    "badge",
    metadata,
    Column("id", Text, primary_key=True),
    Column("member", Text, _of_member(), nullable=False),
    Column("credential", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("strength", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("enrolled", BigInteger, nullable=False),
    Column("ended", BigInteger),
)
Index("badge_member", badge.c.member)

training = Table(
    "training",
    metadata,
    Column("member", Text, _of_member(), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("granted", Date, nullable=False),
    Column("granted_by", Text),
    Column("expires", Date),
)
Index("training_name", training.c.name)

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("member", Text, _of_member()),
    Column("role", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("csrf", Text, nullable=False),
)
Index("session_account", session.c.account)

# The last policy that was published for each node.
policy_version = Table(
    "policy_version",
    metadata,
    Column("node", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("issued", BigInteger, nullable=False),
)

# What the audit logs of doors and machines say of themselves: rows are added, never changed.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("log", Text, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("audit_head_log", audit_head.c.log, audit_head.c.id)

# What was done, on its way into the audit log: written in the transaction that did it.
act = Table(
    "act",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", Text, nullable=False),
)

# Somebody waits for a badge at a reader; the service fills in what is shown there.
awaited_badge = Table(
    "awaited_badge",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reader", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("credential", Text),
    Column("strength", Text),
)

# Pseudonyms that were erased, so that an older backup does not bring anybody back.
erased = Table(
    "erased",
    metadata,
    Column("id", Text, primary_key=True),
    Column("day", Date, nullable=False),
)

# One row: how often something was changed that policies are made of, whichever process changed it.
change = Table(
    "change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
