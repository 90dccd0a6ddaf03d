"""Dynamics: segments at several dates, migration between them, cohorts and trends."""
