"""The report: findings in words and plots, on one page."""
