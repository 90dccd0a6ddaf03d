"""Uploads of customers to advertising platforms."""
