"""What technologies cost and do: capex, upkeep, efficiency, lifetime, each with range, source and confidence.

Comes in: the name of a technology and a parameter. Goes out: one :class:`~lingtan.optimize.library.book.Entry`, of exactly
the region and year that were asked for, or of the first in an order that the caller states; what was taken is in the entry.
Chinese rows stand first in the table.
"""

from lingtan.optimize.library.book import Entry, entries, lookup, names, technologies

__all__ = ["Entry", "entries", "lookup", "names", "technologies"]
