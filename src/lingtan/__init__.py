"""Lingtan 零碳: the open energy-and-carbon platform of a zero-carbon industrial park."""

__version__ = "0.1.0"
