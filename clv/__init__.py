"""What customers will do: purchase laws, spend, lifetime value with intervals, backtests.

`clv` builds on `rfm` and takes the same transactions. In its tables, as in `lifetimes` and PyMC-Marketing, `recency`
is the time from the first to the last purchase and `frequency` the number of repeat purchases.

>>> import clv, rfm
>>> model = clv.fit(rfm.datasets.cdnow(), model="bg-nbd", unit="W")
>>> customers = model.predict(horizon="52W", discount_rate=0.10)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clv._summary import summarize
from clv.errors import FitError, FitWarning

if TYPE_CHECKING:
    from clv import plot
    from clv._backtests.backtest import Backtest, backtest
    from clv._calibration_and_holdout import calibration_and_holdout
    from clv._checks.check import check
    from clv._choice.choice import Choice
    from clv._contacts.contact_plan import ContactPlan
    from clv._contacts.prioritize import prioritize
    from clv._customer_model import CustomerModel, load
    from clv._customer_table import customer_table
    from clv._fit import fit, fit_summary, predict
    from clv._fits.covariates import CovariateFit, fit_covariates
    from clv._fits.fit_law import Fit, fit_law
    from clv._fits.lifetimes import from_lifetimes
    from clv._fits.prior import Prior
    from clv._laws import (
        BGBB,
        BGCNBD,
        BGNBD,
        MBGCNBD,
        MBGNBD,
        Beta,
        ConstantSpend,
        CredibilitySpend,
        Gamma,
        GammaGamma,
        GGompertzNBD,
        ParetoNBD,
        PurchaseLaw,
        Simulation,
        SpendLaw,
        register_law,
    )
    from clv._past_errors.past_errors import PastErrors
    from clv._payback.payback import Payback, payback
    from clv._refund_rate import RefundRate
    from clv._report.report import report
    from clv._retention.bdw import BdW
    from clv._retention.fit_retention import fit_retention
    from clv._retention.retention_model import RetentionModel
    from clv._retention.sbg import SBG
    from clv._season.season import Season
    from clv._segment_forecast.segment_forecast import segment_forecast
    from clv._segment_value import segment_value
    from clv._simulate import simulate

__all__ = [
    "BGBB",
    "BGCNBD",
    "BGNBD",
    "MBGCNBD",
    "MBGNBD",
    "SBG",
    "Backtest",
    "BdW",
    "Beta",
    "Choice",
    "ConstantSpend",
    "ContactPlan",
    "CovariateFit",
    "CredibilitySpend",
    "CustomerModel",
    "Fit",
    "FitError",
    "FitWarning",
    "GGompertzNBD",
    "Gamma",
    "GammaGamma",
    "ParetoNBD",
    "PastErrors",
    "Payback",
    "Prior",
    "PurchaseLaw",
    "RefundRate",
    "RetentionModel",
    "Season",
    "Simulation",
    "SpendLaw",
    "backtest",
    "calibration_and_holdout",
    "check",
    "customer_table",
    "fit",
    "fit_covariates",
    "fit_law",
    "fit_retention",
    "fit_summary",
    "from_lifetimes",
    "load",
    "payback",
    "plot",
    "predict",
    "prioritize",
    "register_law",
    "report",
    "segment_forecast",
    "segment_value",
    "simulate",
    "summarize",
]

# What needs scipy, matplotlib or jinja2 is loaded on first use.
_MODULES = {
    "clv._backtests.backtest": ["Backtest", "backtest"],
    "clv._calibration_and_holdout": ["calibration_and_holdout"],
    "clv._checks.check": ["check"],
    "clv._choice.choice": ["Choice"],
    "clv._contacts.contact_plan": ["ContactPlan"],
    "clv._contacts.prioritize": ["prioritize"],
    "clv._fits.covariates": ["CovariateFit", "fit_covariates"],
    "clv._fits.fit_law": ["Fit", "fit_law"],
    "clv._fits.prior": ["Prior"],
    "clv._laws": [
        "BGBB",
        "BGCNBD",
        "BGNBD",
        "Beta",
        "ConstantSpend",
        "CredibilitySpend",
        "GGompertzNBD",
        "Gamma",
        "GammaGamma",
        "MBGCNBD",
        "MBGNBD",
        "ParetoNBD",
        "PurchaseLaw",
        "Simulation",
        "SpendLaw",
        "register_law",
    ],
    "clv._fit": ["fit", "fit_summary", "predict"],
    "clv._customer_model": ["CustomerModel", "load"],
    "clv._fits.lifetimes": ["from_lifetimes"],
    "clv._report.report": ["report"],
    "clv._past_errors.past_errors": ["PastErrors"],
    "clv._payback.payback": ["Payback", "payback"],
    "clv._refund_rate": ["RefundRate"],
    "clv._retention.bdw": ["BdW"],
    "clv._retention.fit_retention": ["fit_retention"],
    "clv._retention.retention_model": ["RetentionModel"],
    "clv._retention.sbg": ["SBG"],
    "clv._season.season": ["Season"],
    "clv._segment_forecast.segment_forecast": ["segment_forecast"],
    "clv._segment_value": ["segment_value"],
    "clv._simulate": ["simulate"],
    "clv._customer_table": ["customer_table"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("clv.plot")
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'clv' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
