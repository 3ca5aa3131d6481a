"""How long a channel may be silent before somebody should look."""

from datetime import timedelta

from lingtan.metering.alarms.rule import Missing
from lingtan.park.model import Channel

STEPS = {
    "1min": timedelta(minutes=1), "5min": timedelta(minutes=5), "10min": timedelta(minutes=10), "15min": timedelta(minutes=15),
    "30min": timedelta(minutes=30), "1h": timedelta(hours=1),
}  # fmt: skip
# what people read or bills bring comes days after its period, and the next period must be over first
COARSE = {"1d": timedelta(days=3), "1month": timedelta(days=31 + 15), "1year": timedelta(days=366 + 90)}


def patience(channel: Channel, missing: Missing) -> timedelta:
    """From the end of a channel's newest reading until it is late."""
    delay = timedelta(minutes=channel.delay_minutes)
    least = timedelta(minutes=missing.least_minutes)
    if channel.step in COARSE:
        return max(least, COARSE[channel.step] + delay)
    return max(least, missing.steps * STEPS.get(channel.step, timedelta(hours=1)) + delay)
