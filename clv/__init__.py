"""What customers will do: purchase laws, spend, lifetime value with intervals, backtests.

`clv` stands on `rfm` and takes the same transactions. In its tables, as in `lifetimes` and PyMC-Marketing, `recency`
is the time from the first to the last purchase and `frequency` the number of repeat purchases.

>>> import clv, rfm
>>> model = clv.fit(rfm.datasets.cdnow(), model="bg-nbd", unit="W")
>>> customers = model.predict(horizon="52W", discount_rate=0.10)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clv.errors import FitError, FitWarning
from clv.summary import summarize

if TYPE_CHECKING:
    from clv import plot
    from clv.backtests.backtesting import Backtest, backtest
    from clv.checks.checking import check
    from clv.fit_model import fit, fit_summary, predict
    from clv.fits.covariates import CovariateFit, fit_covariates
    from clv.fits.fitting import Fit, fit_law
    from clv.fits.priors import Prior
    from clv.fits.reference import from_lifetimes
    from clv.laws import BGBB, BGNBD, MBGNBD, ConstantSpend, GammaGamma, ParetoNBD
    from clv.model import CustomerModel, load
    from clv.pages.reporting import report
    from clv.refund_rate import RefundRate
    from clv.simulation import simulate
    from clv.table import customer_table, segment_value

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "Backtest",
    "ConstantSpend",
    "CovariateFit",
    "CustomerModel",
    "Fit",
    "FitError",
    "FitWarning",
    "GammaGamma",
    "ParetoNBD",
    "Prior",
    "RefundRate",
    "backtest",
    "check",
    "customer_table",
    "fit",
    "fit_covariates",
    "fit_law",
    "fit_summary",
    "from_lifetimes",
    "load",
    "plot",
    "predict",
    "report",
    "segment_value",
    "simulate",
    "summarize",
]

# What needs scipy, matplotlib or jinja2 loads when it is first used.
_ROOMS = {
    "clv.backtests.backtesting": ["Backtest", "backtest"],
    "clv.checks.checking": ["check"],
    "clv.fits.covariates": ["CovariateFit", "fit_covariates"],
    "clv.fits.fitting": ["Fit", "fit_law"],
    "clv.fits.priors": ["Prior"],
    "clv.laws": ["BGBB", "BGNBD", "ConstantSpend", "GammaGamma", "MBGNBD", "ParetoNBD"],
    "clv.fit_model": ["fit", "fit_summary", "predict"],
    "clv.model": ["CustomerModel", "load"],
    "clv.fits.reference": ["from_lifetimes"],
    "clv.pages.reporting": ["report"],
    "clv.refund_rate": ["RefundRate"],
    "clv.simulation": ["simulate"],
    "clv.table": ["customer_table", "segment_value"],
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("clv.plot")
    if name in _ROOM_OF:
        return getattr(import_module(_ROOM_OF[name]), name)
    raise AttributeError(f"module 'clv' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
