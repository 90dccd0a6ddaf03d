"""What laws say of their limits, under keys: how customers are alike, or as different as can be."""

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
        "one probability of leaving": "all customers leave with one probability",
        "one rate of leaving": "all customers leave at one rate",
        "few buy all": "a few customers make all the purchases",
        "one rate": "all customers buy at one rate",
        "one probability": "all customers buy with one probability",
        "always or never": "customers buy always or never",
        "every opportunity": "customers buy at every opportunity while they live",
        "orders alike": "all orders of a customer are worth the same",
        "customers alike": "all customers spend the same on average",
    },
)
