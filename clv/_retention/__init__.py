"""Contracts that are renewed or not: laws of retention, their data, fits, values and backtests."""
