"""How fast it is, beside two baselines: ``python -m benchmarks``; see README.md."""
