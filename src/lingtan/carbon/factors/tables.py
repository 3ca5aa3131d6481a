"""The packaged tables as rows of text."""

import csv
from importlib.resources import files


def table_rows(name: str) -> list[dict[str, str]]:
    """The rows of a packaged table, by column."""
    text = files("lingtan.carbon.factors").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
