"""All that is engine-specific: wrapping frames, one module per engine, the join, columns, dates, temporary tables."""
