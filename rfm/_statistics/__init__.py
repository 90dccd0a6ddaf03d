"""Intervals and corrections that are in every textbook, as pure functions of arrays: nothing here knows customers."""
