"""The one shape of readings.

A reading is the channel's number as read, before its multiplier, in 1/1000 of the carrier's metering unit
(a channel read in MWh keeps Wh), for the interval that begins at ``start`` and lasts ``seconds``.
Counter states and stock levels are instants: ``seconds`` is 0.
A null ``value`` withdraws the reading of that key: the key is (channel, start), the newest revision of it counts.
"""

from enum import IntEnum

import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("channel", pa.int64(), nullable=False),  # lingtan.base.ids.channel_key(id)
        pa.field("start", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("seconds", pa.int32(), nullable=False),
        pa.field("value", pa.int64()),
        pa.field("quality", pa.int8(), nullable=False),
        pa.field("method", pa.int8(), nullable=False),
        pa.field("available_at", pa.timestamp("us", tz="UTC")),  # null: interval end plus the channel's stated delay
    ]
)
# as the store gives them back: with the revision, the sequence number of the commit that brought the row
STORED = SCHEMA.append(pa.field("rev", pa.int64(), nullable=False))
BUCKETS = 16


class Quality(IntEnum):
    """How a value came to be."""

    MEASURED = 0
    ESTIMATED = 1  # by a named method
    EDITED = 2  # by a person, with a reason
    CONFIRMED = 3  # measured, looked implausible, and a person says it is right
    WITHDRAWN = 4  # value is null


class Method(IntEnum):
    """The method of an estimate or of an edit."""

    NONE = 0
    LINEAR = 1  # interpolation over a short gap
    SIMILAR_DAY = 2  # mean of the same hours of like days
    PROFILE = 3  # a known total spread by the channel's own profile
    PARENT = 4  # parent less the other children
    CHILDREN = 5  # sum of the children
    FLAT = 6  # a known total spread evenly
    STATED = 7  # a person's number
    SCALED = 8  # measured number times a stated factor
    SHIFTED = 9  # measured number moved in time


def bucket(channel: int) -> int:
    """The one of 16 contiguous ranges of channel keys that ``channel`` lies in; caches are kept by month and bucket."""
    return channel >> 59
