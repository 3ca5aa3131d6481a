"""Whose kilowatt-hour was it? Metered flows come in; each consumer's mix of sources, by interval, goes out.

``network`` says where things are connected, ``mix`` shares the sources over the nodes, ``storage`` remembers what a store
holds, ``trace`` joins the three. ``contracts`` is the other rule of allocation. Tracing speaks of kilowatt-hours only:
what they mean in carbon is the account's business.
"""
