"""What customers did: transactions, an audited summary, R, F and M scores, named segments, and their moves.

In `rfm` tables `recency` is days since the last purchase (small is good) and `frequency` the number of orders.

>>> import rfm
>>> tx = rfm.Transactions(rfm.datasets.cdnow())
>>> segmented = rfm.segment(tx, scheme="classic")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rfm import datasets
from rfm.customers.summary import summarize
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
from rfm.orders.transactions import Transactions
from rfm.profiles import pareto, profile
from rfm.rules import Rule
from rfm.schemes.scheme import Scheme
from rfm.schemes.scheme_rows import Segment
from rfm.scores.of_logs import score
from rfm.scores.scoring import Scorer
from rfm.segments import segment

if TYPE_CHECKING:
    from rfm import plot
    from rfm.clusters import cluster
    from rfm.customers.base import CustomerBase
    from rfm.film.drifts import Drift, drift
    from rfm.film.migrations import Migration, migration
    from rfm.film.periods import snapshots
    from rfm.film.retention import cohorts, retention_curve
    from rfm.film.trends import trend

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
    "CustomerBase": "rfm.customers.base",
    "cluster": "rfm.clusters",
    "Drift": "rfm.film.drifts",
    "drift": "rfm.film.drifts",
    "Migration": "rfm.film.migrations",
    "migration": "rfm.film.migrations",
    "snapshots": "rfm.film.periods",
    "cohorts": "rfm.film.retention",
    "retention_curve": "rfm.film.retention",
    "trend": "rfm.film.trends",
}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("rfm.plot")
    if name in _ROOM_OF:
        return getattr(import_module(_ROOM_OF[name]), name)
    raise AttributeError(f"module 'rfm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
