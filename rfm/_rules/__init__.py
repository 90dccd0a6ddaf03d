"""The rule language: a condition on a customer, compiled to one expression and never evaluated as Python."""

from rfm._rules.rule import Rule

__all__ = ["Rule"]
