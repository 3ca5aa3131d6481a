"""Green certificates (绿证) by serial number: events come in, a register comes out, or the reason why not.

``serials`` reads serial numbers, ``register`` keeps who holds what and applies events, ``sheet`` reads issue files, ``claims``
finds kilowatt-hours that are claimed twice. A certificate stands for 1 MWh.
"""
