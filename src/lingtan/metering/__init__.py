"""What was measured? Readings as Arrow columns, their quality, and what may be derived from them.

In come tables in the :data:`~lingtan.metering.readings.SCHEMA`; out go hourly activities, flags and corrections.
Pure: nothing here opens a file or a store.
"""
