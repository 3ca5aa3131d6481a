"""Lingtan as a Python library: ``import lingtan``, then ``lingtan.open(folder)``.

Tables come as pandas (the default), Polars or Arrow; stamps are the starts of intervals, in UTC. Numbers are floats in the
unit that a column ``unit`` or the name names; exact integers stand beside them in columns that end in ``_milli`` (1/1000
of the carrier's metering unit) or ``_ug`` (micrograms).
"""

from lingtan.library.accounted import Accounted
from lingtan.library.open_park import OpenPark, new, open_park
from lingtan.library.tables import Tables

__all__ = ["Accounted", "OpenPark", "Tables", "new", "open_park"]
