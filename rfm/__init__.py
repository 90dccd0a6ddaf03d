"""What customers did: transactions, an audited summary, R, F and M scores, named segments, and their moves.

In `rfm` tables `recency` is days since the last purchase (small is good) and `frequency` the number of orders.

>>> import rfm
>>> tx = rfm.Transactions(rfm.datasets.cdnow())
>>> segmented = rfm.segment(tx, scheme="classic")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rfm import datasets
from rfm.base import CustomerBase
from rfm.drifts import Drift, drift
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
from rfm.migrations import Migration, migration
from rfm.periods import snapshots
from rfm.profiles import pareto, profile
from rfm.retention import cohorts, retention_curve
from rfm.scheme import Scheme
from rfm.scheme_rows import Segment
from rfm.scoring import Scorer, score
from rfm.segments import segment
from rfm.summary import summarize
from rfm.transactions import Transactions
from rfm.trends import trend

if TYPE_CHECKING:
    from rfm import plot
    from rfm.clusters import cluster

__all__ = [
    "CustomerBase",
    "DataError",
    "DataWarning",
    "Drift",
    "EngineError",
    "LateRowsError",
    "Migration",
    "RuleError",
    "Scheme",
    "SchemeError",
    "Scorer",
    "ScoringError",
    "Segment",
    "Transactions",
    "TransactionsError",
    "cluster",
    "cohorts",
    "datasets",
    "drift",
    "migration",
    "pareto",
    "plot",
    "profile",
    "retention_curve",
    "score",
    "segment",
    "snapshots",
    "summarize",
    "trend",
]


def __getattr__(name: str) -> Any:
    # matplotlib and scikit-learn load when they are first used.
    if name == "plot":
        return import_module("rfm.plot")
    if name == "cluster":
        return import_module("rfm.clusters").cluster
    raise AttributeError(f"module 'rfm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
