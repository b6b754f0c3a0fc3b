"""Readings and events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _measured() -> tuple[sa.Column[float], ...]:
    return (
        sa.Column("value", sa.Double()),
        sa.Column("raw", sa.Double()),
        sa.Column("quality", sa.SmallInteger(), nullable=False),
        sa.Column("clock_log", sa.Integer(), sa.ForeignKey("log.id")),
    )


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.UniqueConstraint("device", "channel", "unit"),
    )
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("correction_ms", sa.BigInteger()),
    )
    op.create_table(
        "stored_above",
        sa.Column("log", sa.Integer(), sa.ForeignKey("log.id"), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("series", sa.Integer(), sa.ForeignKey("series.id"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_measured(),
    )
    op.create_table(
        "reading",
        sa.Column("series", sa.Integer(), sa.ForeignKey("series.id"), primary_key=True),
        sa.Column("at", sa.BigInteger(), primary_key=True),
        sa.Column("nth", sa.Integer(), primary_key=True),
        *_measured(),
        sqlite_with_rowid=False,
    )
    untrusted = sa.text("clock_log IS NOT NULL")
    op.create_index("reading_untrusted", "reading", ["clock_log"], sqlite_where=untrusted, postgresql_where=untrusted)
    op.create_table(
        "event",
        sa.Column("log", sa.Integer(), sa.ForeignKey("log.id"), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("untrusted", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("event_device_at", "event", ["device", "at"])
