"""The tables. Times are stored as UTC without a zone."""

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

users = Table(
    "users", metadata,
    Column("name", String(63), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("enterprise", String(63)),
    Column("label", String(200), nullable=False),
    Column("password", String(200)),
    Column("totp", String(64)),
    Column("lang", String(2), nullable=False, default="zh"),
    Column("active", Boolean, nullable=False, default=True),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", DateTime),
)  # fmt: skip
sessions = Table(
    "sessions", metadata,
    Column("digest", String(64), primary_key=True),
    Column("user", String(63), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False, index=True),
    Column("second_factor", Boolean, nullable=False, default=False),
)  # fmt: skip
tokens = Table(
    "tokens", metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user", String(63), nullable=False, index=True),
    Column("label", String(200), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("expires_at", DateTime),
    Column("last_used_at", DateTime),
)  # fmt: skip
passkeys = Table(
    "passkeys", metadata,
    Column("credential", LargeBinary, primary_key=True),
    Column("user", String(63), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False, default=0),
    Column("label", String(200), nullable=False, default=""),
    Column("made_at", DateTime, nullable=False),
)  # fmt: skip
audit = Table(
    "audit", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("actor", String(63), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("action", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("object", String(300), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
