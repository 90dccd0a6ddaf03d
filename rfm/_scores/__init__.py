"""R, F and M: cut points learned from exact counts, and applied to any later period."""
