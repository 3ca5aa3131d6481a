"""By what secrets are kept."""

import hashlib


def digest_of(secret: str) -> str:
    """By what a cookie, a token or a challenge is kept: the secrets are random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
