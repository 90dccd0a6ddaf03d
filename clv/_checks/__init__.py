"""Checks of the models' assumptions against the data, in words; one assumption per file."""
