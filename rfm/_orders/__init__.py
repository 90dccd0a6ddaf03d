"""The log of orders: columns mapped, dates and amounts read once, every row accounted for in the audit."""
