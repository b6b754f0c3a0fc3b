"""Members, badges, trainings, accounts, and what is published of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _member(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    reference = sa.ForeignKey("member.id", ondelete="CASCADE")
    return sa.Column("member", sa.Text(), reference, primary_key=primary_key, nullable=nullable)


def upgrade() -> None:
    _people()
    _what_they_have()
    _accounts()
    _what_is_published()
    change = op.create_table(
        "change",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(change, [{"id": 1, "count": 0}])


def _people() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("born", sa.Date()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.Column("active", sa.Date(), nullable=False),
    )
    op.create_index("member_folded", "member", ["folded"])
    op.create_table("member_role", _member(primary_key=True), sa.Column("role", sa.Text(), primary_key=True))
    op.create_table("member_group", _member(primary_key=True), sa.Column("name", sa.Text(), primary_key=True))
    op.create_index("member_group_name", "member_group", ["name"])
    op.create_table("erased", sa.Column("id", sa.Text(), primary_key=True), sa.Column("day", sa.Date(), nullable=False))


def _what_they_have() -> None:
    op.create_table(
        "badge",
        sa.Column("id", sa.Text(), primary_key=True),
        _member(),
        sa.Column("credential", sa.Text(), nullable=False, unique=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("enrolled", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
    )
    op.create_index("badge_member", "badge", ["member"])
    op.create_table(
        "training",
        _member(primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("granted", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.Text()),
        sa.Column("expires", sa.Date()),
    )
    op.create_index("training_name", "training", ["name"])
    op.create_table(
        "awaited_badge",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("credential", sa.Text()),
        sa.Column("strength", sa.Text()),
    )


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        _member(nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
    )
    op.create_index("session_account", "session", ["account"])


def _what_is_published() -> None:
    op.create_table(
        "policy_version",
        sa.Column("node", sa.Text(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", ROW_NUMBER, primary_key=True),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("audit_head_log", "audit_head", ["log", "id"])
    op.create_table(
        "act",
        sa.Column("id", ROW_NUMBER, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
