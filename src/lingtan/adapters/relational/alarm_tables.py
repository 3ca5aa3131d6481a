"""The tables of alarms, rules, targets and deliveries. Times are stored as UTC without a zone."""

from sqlalchemy import JSON, Boolean, Column, DateTime, Index, Integer, String, Table, Text

from lingtan.adapters.relational.tables import metadata

alarm_rules = Table(
    "alarm_rules", metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String(63), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("by", String(63), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("rule", Text),
)  # fmt: skip
alarms = Table(
    "alarms", metadata,
    Column("id", String(26), primary_key=True),
    Column("live", String(400), unique=True),  # rule and subject while it holds or nobody has seen it
    Column("rule", String(63), nullable=False, index=True),
    Column("code", String(120), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("enterprise", String(63), index=True),
    Column("channel", String(63), index=True),
    Column("values", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("count", Integer, nullable=False),
    Column("begun", DateTime, nullable=False),
    Column("seen", DateTime, nullable=False),
    Column("raised_at", DateTime, nullable=False),
    Column("cleared_at", DateTime),
    Column("acknowledged_at", DateTime),
    Column("acknowledged_by", String(63)),
    Column("told_at", DateTime),
)  # fmt: skip
alarm_notes = Table(
    "alarm_notes", metadata,
    Column("seq", Integer, primary_key=True),
    Column("alarm", String(26), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
    Column("by", String(63), nullable=False),
    Column("act", String(16), nullable=False),
    Column("text", Text, nullable=False),
)  # fmt: skip
alarm_targets = Table(
    "alarm_targets", metadata,
    Column("id", String(63), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("label", String(200), nullable=False),
    Column("address", String(2000), nullable=False),
    Column("secret", String(63), nullable=False),  # the name of a secret, never one
    Column("lang", String(2), nullable=False),
    Column("least", String(16), nullable=False),
    Column("events", JSON, nullable=False),
    Column("tell_cleared", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("made_at", DateTime),
    Column("made_by", String(63), nullable=False),
)  # fmt: skip
deliveries = Table(
    "deliveries", metadata,
    Column("id", String(26), primary_key=True),
    Column("target", String(63), nullable=False, index=True),
    Column("event", String(40), nullable=False),
    Column("body", JSON, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("next_at", DateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("alarm", String(26), index=True),
    Column("status", Integer),
    Column("detail", String(500), nullable=False),
    Column("sent_at", DateTime),
    Index("deliveries_due", "state", "next_at"),
)  # fmt: skip
