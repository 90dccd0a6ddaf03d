"""Texts on laws' limits, under keys: customers all alike, or as different as possible."""

from __future__ import annotations

from typing import Final

from rfm._words import declare

__all__ = ["LIMITS"]

LIMITS: Final = declare(
    "laws.limits",
    {
        "the customers": "the customers",
        "those who bought again": "those who bought again",
        "leave at once or never": "customers leave at once or never",
        "one probability of leaving": "all customers leave with the same probability",
        "one rate of leaving": "all customers leave at the same rate",
        "few buy all": "a few customers make all the purchases",
        "leave evenly": "customers leave at a rate that does not change with time, as in Pareto/NBD",
        "leave at a moment": "customers leave all at one moment after their first purchase, and hardly before it",
        "one rate": "all customers buy at the same rate",
        "one probability": "all customers buy with the same probability",
        "always or never": "customers buy always or never",
        "every opportunity": "customers buy at every opportunity while alive",
        "orders alike": "all orders of a customer have the same value",
        "customers alike": "all customers spend the same on average",
    },
)
