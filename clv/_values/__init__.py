"""Predictions for customers: purchases, spend, value, intervals, due dates."""
