"""One row per customer: facts that can be merged, and what else is known of them."""
