"""Meter files to tables of text: the adapter behind :class:`lingtan.services.ports.FileReader`.

In goes a path; out comes a :class:`~lingtan.metering.shapes.sheet.Book`. What a file is, is told by its first bytes, not
by its name (``sniff``). Text goes through ``encoding`` and ``csv_file``, tables of web pages saved as ``.xls`` through
``html_table``, Parquet and Arrow through ``columnar``, workbooks through ``excel``, which reads them in a process of its
own (``excel_worker``) with bounded memory, so that a hostile file can end that process and nothing else.
"""

from lingtan.adapters.readers.files import FileReader

__all__ = ["FileReader"]
