"""Scores in the warehouse: cut points learned there, and tables of orders read from there."""

from ._sql.learning import learn_cuts
from ._sql.reading import read

__all__ = ["learn_cuts", "read"]
