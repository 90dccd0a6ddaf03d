"""The laws: one per file, each an immutable value of its parameters with its formulas."""

from clv._laws.bg_bb import BGBB
from clv._laws.bg_cnbd import BGCNBD
from clv._laws.bg_nbd import BGNBD
from clv._laws.constant_spend import ConstantSpend
from clv._laws.credibility_spend import CredibilitySpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.ggompertz_nbd import GGompertzNBD
from clv._laws.mbg_cnbd import MBGCNBD
from clv._laws.mbg_nbd import MBGNBD
from clv._laws.mixing import Beta, Gamma
from clv._laws.pareto_nbd import ParetoNBD
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import register_law
from clv._laws.simulation import Simulation
from clv._laws.spend_law import SpendLaw

__all__ = [
    "BGBB",
    "BGCNBD",
    "BGNBD",
    "MBGCNBD",
    "MBGNBD",
    "Beta",
    "ConstantSpend",
    "CredibilitySpend",
    "GGompertzNBD",
    "Gamma",
    "GammaGamma",
    "ParetoNBD",
    "PurchaseLaw",
    "Simulation",
    "SpendLaw",
    "register_law",
]
