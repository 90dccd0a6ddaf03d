"""Segments of simulated customers, with the cut points and rules of today."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._segment_forecast.facts import Facts
from rfm._frames.native import from_native, to_native
from rfm._schemes.scheme import Scheme, segmented
from rfm._scores.bins import by_metric
from rfm._scores.cut_points import scores
from rfm._scores.scorer import Scorer, scored
from rfm.errors import SchemeError

__all__ = ["SegmentRules"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CUBE: Final = frozenset({"R", "F", "M", "rfm"})
UNKNOWN: Final = ("order_ids",)  # what no law says of orders to come
MADE: Final = ("recency", "orders", "spend", "refunds", "first_order_spend")


class SegmentRules:
    """A scheme and a scorer, applied to facts of many customers.

    Rules that read scores alone are looked up in the scheme's grid; others are evaluated on a table, whose further
    columns are those of the summary: attributes stay what they are, and are missing for newcomers.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    scorer : Scorer
        The cut points.
    summary : DataFrame
        The customers of today, one a row, in the order of `Facts.row`.

    Raises
    ------
    SchemeError
        If a rule, or the scorer, counts order ids, or the scorer has cut points within groups.
    """

    def __init__(self, scheme: Scheme, scorer: Scorer, summary: pd.DataFrame) -> None:
        self.scheme, self.scorer, self.names = scheme, scorer, scheme.names
        kept = summary.drop(columns=[*MADE, "customer_id"], errors="ignore").reset_index(drop=True)
        self._kept = kept.astype(dict.fromkeys(kept.select_dtypes(bool).columns, "boolean"))  # may be missing
        self._money = any(ruler.name == "M" for ruler in scorer.rulers)
        self._refuse_unknown()

    def codes(self, facts: Facts) -> Ints:
        """The place of each customer's segment in the scheme."""
        return self._looked_up(facts) if self.by_scores else self._evaluated(facts)

    @cached_property
    def read(self) -> frozenset[str]:
        """The columns that rules read."""
        parsed = [segment.parsed for segment in self.scheme.segments]
        return frozenset().union(*(rule.columns for rule in parsed if rule is not None))

    @property
    def by_scores(self) -> bool:
        """Whether the rules read scores alone."""
        return self.read <= CUBE

    @cached_property
    def _grid(self) -> Ints:
        """The segment of each cell, by R, F and M."""
        places = {name: place for place, name in enumerate(self.names)}
        found: Sequence[str] = self.scheme.grid()["segment"].astype(object).tolist()
        return np.array([places[name] for name in found], dtype=np.int64)

    def _looked_up(self, facts: Facts) -> Ints:
        scorer, cell = self.scorer, np.zeros(len(facts), dtype=np.int64)
        values: dict[str, NDArray[Any]] = {"R": facts.recency, "F": facts.orders}
        if self._money:
            values["M"] = self._monetary(facts)
        rulers = {ruler.name: ruler for ruler in scorer.rulers}
        bins = by_metric(self.scheme.bins, "RFM", SchemeError)
        for name in "RFM":
            score = scores(values[name], rulers[name]) if name in values else 1
            cell = cell * bins[name] + score - 1
        return self._grid[cell]

    def _monetary(self, facts: Facts) -> Array:
        """Net spend in whole units of the log's decimals, as the scorer measures it, or that per order."""
        scale = 10.0**self.scorer.decimals
        net = np.rint(facts.spend * scale) + np.rint(facts.refunds * scale)
        return net / scale if self.scorer.monetary == "total" else net / (facts.orders * scale)

    def _evaluated(self, facts: Facts) -> Ints:
        rows = facts.row
        # without newcomers columns keep their types
        kept = self._kept.reindex(rows) if (rows < 0).any() else self._kept.iloc[rows]
        made: dict[str, NDArray[Any]] = {
            "customer_id": np.arange(len(facts)),
            "recency": facts.recency,
            "orders": facts.orders,
        }
        if self._money:
            made |= {"spend": facts.spend, "refunds": facts.refunds, "first_order_spend": facts.first}
        table = pd.concat([pd.DataFrame(made), kept.reset_index(drop=True)], axis=1)
        found = to_native(segmented(self.scheme, scored(self.scorer, from_native(table))))
        codes = found["segment"].astype(pd.CategoricalDtype(list(self.names), ordered=True)).cat.codes
        return np.asarray(codes, dtype=np.int64)

    def _refuse_unknown(self) -> None:
        name = self.scheme.name
        if self.scorer.frequency == "orders":
            raise SchemeError(
                'The scorer counts order ids (frequency="orders"), and a law says on which days customers will buy. '
                'Hint: a scorer with frequency="days".'
            )
        if self.scorer.within:
            raise SchemeError(
                f"The scorer has cut points within {', '.join(self.scorer.within)}, which customers to come do not "
                "have. Hint: a scorer without within=."
            )
        for each in self.scheme.segments:
            for column in UNKNOWN if each.parsed is not None else ():
                if column in each.parsed.columns:  # type: ignore[union-attr]
                    raise SchemeError(
                        f"Scheme {name!r} reads {column} (segment {each.name!r}: {each.rule}), and a law says nothing "
                        "of it. Hint: rules for forecasts read scores, recency, frequency, monetary and attributes."
                    )
