"""How fast Miavo is, next to a relay that does nothing else: `python -m tests.benchmarks`."""
