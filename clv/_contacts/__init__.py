"""Whom to contact, on which day, and why."""
