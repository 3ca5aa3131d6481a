"""What to tell: an account and its indicators as a document of sections, paragraphs and tables.

In goes an account with its record; out comes a :class:`~lingtan.reports.document.Document` that a writer turns into Word,
Excel or PDF. Numbers are rounded here, once.
"""
