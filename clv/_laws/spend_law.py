"""The laws of what an order is worth."""

from __future__ import annotations

from typing import TypeAlias

from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma

__all__ = ["SpendLaw"]

SpendLaw: TypeAlias = GammaGamma | ConstantSpend
