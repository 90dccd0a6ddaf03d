"""The rule language: one line about a customer that compiles to one expression, and is never run as Python."""

from rfm.rules.rule import Rule

__all__ = ["Rule"]
