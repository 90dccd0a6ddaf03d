"""The film: segments at several dates, moves between them, cohorts and trends."""
