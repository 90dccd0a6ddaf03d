"""The rule language: one line about a customer, compiled to one expression and never run as Python."""

from rfm._rules.rule import Rule

__all__ = ["Rule"]
