"""Lingtan 零碳: the open energy-and-carbon platform of a zero-carbon industrial park.

>>> import lingtan
>>> park = lingtan.open("my-park")  # doctest: +SKIP
>>> park.account("2025").indicators()  # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "new", "open"]


def open(folder: Any, *, tables: str = "pandas", lang: str = "zh") -> Any:
    """Open the workspace in ``folder``: a :class:`lingtan.library.OpenPark`. ``tables``: pandas, polars or arrow."""
    return import_module("lingtan.library").open_park(folder, tables=tables, lang=lang)


def new(folder: Any, *, template: str = "minimal", name: str | None = None) -> Any:
    """Write a commented ``park.yaml`` into ``folder`` and return its path."""
    return import_module("lingtan.library").new(folder, template=template, name=name)
