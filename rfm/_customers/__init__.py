"""One row per customer: facts that can be merged, and attributes from elsewhere."""
