"""Engines that run the ledger: DuckDB in process, or any Spark Connect server."""
