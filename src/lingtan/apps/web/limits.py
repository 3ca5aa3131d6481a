"""Rate limits: a bucket of tokens for each caller and class of request."""

import threading
import time
from dataclasses import dataclass


@dataclass
class _Bucket:
    tokens: float
    at: float


# class -> (a second, at once)
CLASSES = {"sign-in": (0.2, 10.0), "api": (60.0, 300.0), "page": (60.0, 300.0), "upload": (2.0, 20.0)}
MOST = 20_000


class Limits:
    """Buckets in memory; they forget whoever has been quiet."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._guard = threading.Lock()

    def take(self, kind: str, who: str, *, at: float | None = None) -> float:
        """0 if there is room, else the seconds to wait."""
        rate, most = CLASSES[kind]
        now = time.monotonic() if at is None else at
        with self._guard:
            if len(self._buckets) > MOST:
                self._buckets = {k: b for k, b in self._buckets.items() if now - b.at < 60}
            bucket = self._buckets.setdefault((kind, who), _Bucket(most, now))
            bucket.tokens = min(most, bucket.tokens + (now - bucket.at) * rate)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / rate
