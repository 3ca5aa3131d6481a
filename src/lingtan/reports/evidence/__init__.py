"""The evidence pack as bytes: a container in which no byte is free, a manifest of digests, a signature.

Files by name go in, one deterministic zip comes out; read back, anything that is not exactly what a seal would have written is
named with its place.
"""
