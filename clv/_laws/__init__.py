"""The laws: one a file, each an immutable value of its parameters with its formulas."""

from clv._laws.bg_bb import BGBB
from clv._laws.bg_nbd import BGNBD
from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.mbg_nbd import MBGNBD
from clv._laws.pareto_nbd import ParetoNBD

__all__ = ["BGBB", "BGNBD", "LAWS", "MBGNBD", "ConstantSpend", "GammaGamma", "ParetoNBD"]

LAWS = {law.name: law for law in (BGNBD, MBGNBD, ParetoNBD, BGBB, GammaGamma)}
"""The laws that are fitted, by name."""
