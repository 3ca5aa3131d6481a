"""The shapes of meter files: tables of text come in, readings and rejected cells go out.

``sheet`` is a table as read, ``recognise`` finds its shape, ``rows`` / ``day_row`` / ``period_columns`` / ``forms`` take it
apart into cells, ``assemble`` turns cells into readings. Numbers and times are read in ``numbers`` and ``stamps``.
"""
