"""What customers did: transactions, an audited summary, R, F and M scores, named segments, and their moves.

In `rfm` tables `recency` is days since the last purchase (small is good) and `frequency` the number of orders.

>>> import rfm
>>> tx = rfm.Transactions(rfm.datasets.cdnow())
>>> segmented = rfm.segment(tx, scheme="classic")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rfm import datasets
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
from rfm.profiles import pareto, profile
from rfm.rules import Rule
from rfm.scheme import Scheme
from rfm.scheme_rows import Segment
from rfm.scoring import Scorer, score
from rfm.segments import segment
from rfm.summary import summarize
from rfm.transactions import Transactions

if TYPE_CHECKING:
    from rfm import plot
    from rfm.base import CustomerBase
    from rfm.clusters import cluster
    from rfm.drifts import Drift, drift
    from rfm.migrations import Migration, migration
    from rfm.periods import snapshots
    from rfm.retention import cohorts, retention_curve
    from rfm.trends import trend

__all__ = [
    "CustomerBase",
    "DataError",
    "DataWarning",
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

# What comes after the segments, and what needs matplotlib or scikit-learn, loads when it is first used.
_ROOM_OF = {
    "CustomerBase": "rfm.base",
    "cluster": "rfm.clusters",
    "Drift": "rfm.drifts",
    "drift": "rfm.drifts",
    "Migration": "rfm.migrations",
    "migration": "rfm.migrations",
    "snapshots": "rfm.periods",
    "cohorts": "rfm.retention",
    "retention_curve": "rfm.retention",
    "trend": "rfm.trends",
}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("rfm.plot")
    if name in _ROOM_OF:
        return getattr(import_module(_ROOM_OF[name]), name)
    raise AttributeError(f"module 'rfm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
