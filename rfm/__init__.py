"""What customers did: transactions, an audited summary, R, F and M scores, named segments, and migration.

In `rfm` tables `recency` is days since the last purchase (small is good) and `frequency` the number of orders.

>>> import rfm
>>> tx = rfm.Transactions(rfm.datasets.cdnow())
>>> segmented = rfm.segment(tx, scheme="classic")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rfm import datasets
from rfm._customers.summary import summarize
from rfm._orders.transactions import Transactions
from rfm._profile import pareto, profile
from rfm._rules import Rule
from rfm._schemes.scheme import Scheme
from rfm._schemes.segment import Segment
from rfm._scores.score import score
from rfm._scores.scorer import Scorer
from rfm._segment import segment
from rfm.errors import (
    DataError,
    DataWarning,
    EngineError,
    LateRowsError,
    RuleError,
    SchemeError,
    ScoringError,
    TransactionsError,
)

if TYPE_CHECKING:
    from rfm import campaigns, plot, privacy, sql
    from rfm._audiences.audience import Audience, to_audience
    from rfm._base_report.report import BaseReport, base_report
    from rfm._baskets.affinity import affinity
    from rfm._baskets.cross_shop import cross_shop
    from rfm._baskets.first_items import first_items
    from rfm._baskets.next_best_offers import next_best_offers
    from rfm._baskets.white_space import white_space
    from rfm._clusters import cluster
    from rfm._customers.customer_base import CustomerBase
    from rfm._description import Description, describe
    from rfm._dynamics.cohorts import cohorts, retention_curve
    from rfm._dynamics.drift import Drift, drift
    from rfm._dynamics.migration import Migration, migration
    from rfm._dynamics.segment_changes import compare_segments
    from rfm._dynamics.snapshots import snapshots
    from rfm._dynamics.trend import trend

__all__ = [
    "Audience",
    "BaseReport",
    "CustomerBase",
    "DataError",
    "DataWarning",
    "Description",
    "Drift",
    "EngineError",
    "LateRowsError",
    "Migration",
    "Rule",
    "RuleError",
    "Scheme",
    "SchemeError",
    "Scorer",
    "ScoringError",
    "Segment",
    "Transactions",
    "TransactionsError",
    "affinity",
    "base_report",
    "campaigns",
    "cluster",
    "cohorts",
    "compare_segments",
    "cross_shop",
    "datasets",
    "describe",
    "drift",
    "first_items",
    "migration",
    "next_best_offers",
    "pareto",
    "plot",
    "privacy",
    "profile",
    "retention_curve",
    "score",
    "segment",
    "snapshots",
    "sql",
    "summarize",
    "to_audience",
    "trend",
    "white_space",
]

# What comes after the segments, and what needs matplotlib or scikit-learn, is loaded on first use.
_MODULE_OF = {
    "Audience": "rfm._audiences.audience",
    "to_audience": "rfm._audiences.audience",
    "BaseReport": "rfm._base_report.report",
    "base_report": "rfm._base_report.report",
    "CustomerBase": "rfm._customers.customer_base",
    "affinity": "rfm._baskets.affinity",
    "cross_shop": "rfm._baskets.cross_shop",
    "first_items": "rfm._baskets.first_items",
    "next_best_offers": "rfm._baskets.next_best_offers",
    "white_space": "rfm._baskets.white_space",
    "cluster": "rfm._clusters",
    "Description": "rfm._description",
    "describe": "rfm._description",
    "Drift": "rfm._dynamics.drift",
    "drift": "rfm._dynamics.drift",
    "Migration": "rfm._dynamics.migration",
    "migration": "rfm._dynamics.migration",
    "compare_segments": "rfm._dynamics.segment_changes",
    "snapshots": "rfm._dynamics.snapshots",
    "cohorts": "rfm._dynamics.cohorts",
    "retention_curve": "rfm._dynamics.cohorts",
    "trend": "rfm._dynamics.trend",
}


def __getattr__(name: str) -> Any:
    if name in ("campaigns", "plot", "privacy", "sql"):
        return import_module(f"rfm.{name}")
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'rfm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
