"""The report: what was found, in words and pictures, on one page."""
