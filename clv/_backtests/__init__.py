"""Backtests: hold-outs, baselines and metrics."""
