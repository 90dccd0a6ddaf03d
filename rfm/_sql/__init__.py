"""The scores and segments of a scorer as one statement of SQL, and cut points learned where the orders lie."""
