"""Benchmarks of speed, size and exactness; other packages are timed in the same run."""
