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
    Column("used_at", DateTime),
)  # fmt: skip
recovery_codes = Table(
    "recovery_codes", metadata,
    Column("digest", String(64), primary_key=True),
    Column("user", String(63), nullable=False, index=True),
)  # fmt: skip
used_codes = Table(  # codes of second factors that were taken: none counts twice
    "used_codes", metadata,
    Column("user", String(63), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
)  # fmt: skip
pending = Table(  # what was begun and is to be finished soon, once: challenges of passkeys, sign-ins at a provider
    "pending", metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("user", String(63)),
    Column("data", JSON, nullable=False),
    Column("expires_at", DateTime, nullable=False, index=True),
)  # fmt: skip
identities = Table(  # who somebody is at a provider of sign-ins
    "identities", metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user", String(63), nullable=False, index=True),
    Column("by_role", Boolean, nullable=False, default=False),
    Column("made_at", DateTime, nullable=False),
)  # fmt: skip
audit_head = Table(  # where the audit log ends, so that lines cut off at its end are missed
    "audit_head", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
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
