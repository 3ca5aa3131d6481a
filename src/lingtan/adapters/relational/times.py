"""Times as the tables keep them."""

from datetime import UTC, datetime


def naive(at: datetime | None) -> datetime | None:
    """UTC without a zone, as the tables keep it."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def aware(at: datetime | None) -> datetime | None:
    """An instant as the services use it."""
    return None if at is None else at.replace(tzinfo=UTC)
