"""The three facts at the top of the report: who brings the money, who is slipping, what lies ahead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from clv._report.customers_at_risk import at_risk_columns, customers_at_risk

__all__ = ["Ahead", "Slipping", "Sources", "ahead", "slipping", "sources"]

EVEN = 0.4  # share of customers who make half of the spend, from which it is spread evenly


@dataclass(frozen=True)
class Sources:
    """Who brings the money.

    Attributes
    ----------
    of : str
        "spend", or "orders" for a log without amounts.
    kind : str
        "few": a part of the customers makes half; "even": nearly as many as a half do; "one": there is one customer;
        "none": nothing is left after refunds.
    total : float
        All spend, or orders.
    customers, half : int
        All customers, and the fewest whose spend makes half of the total.
    segment : str
        That with the largest spend.
    segment_customers : int
    segment_share : float
        Share of the segment in the total; it may be above 1 where others cost more than they brought.
    """

    of: Literal["spend", "orders"]
    kind: Literal["few", "even", "one", "none"]
    total: float
    customers: int
    half: int
    segment: str
    segment_customers: int
    segment_share: float


def sources(table: pd.DataFrame) -> Sources:
    """Who brings the money, of a customer table; the orders where there are no amounts."""
    of: Literal["spend", "orders"] = "spend" if "monetary" in table else "orders"
    worth = table["monetary" if of == "spend" else "frequency"].astype(float)
    total, count = float(worth.sum()), len(table)
    segment, number, share = _first_segment(table["segment"], worth, total)
    if total <= 0 or not math.isfinite(total):
        return Sources(of, "none", total, count, 0, segment, number, math.nan)
    largest = np.sort(worth.to_numpy())[::-1]
    half = int(np.argmax(np.cumsum(largest) >= total / 2 * (1 - 1e-12))) + 1
    kind: Literal["few", "even", "one"] = "one" if count == 1 else "even" if half >= EVEN * count else "few"
    return Sources(of, kind, total, count, half, segment, number, share)


def _first_segment(segments: pd.Series[Any], worth: pd.Series[float], total: float) -> tuple[str, int, float]:
    """The segment with the largest worth (of equal ones the first by name), its customers and its share."""
    by = pd.DataFrame({"segment": segments.astype(str).to_numpy(), "worth": worth.to_numpy()}).groupby(
        "segment"
    )
    sums = by["worth"].sum()
    name = str(sums.idxmax())
    return name, int(by.size()[name]), float(sums[name]) / total if total else math.nan


@dataclass(frozen=True)
class Slipping:
    """Who is slipping.

    Attributes
    ----------
    kind : str
        "some"; "none": no repeat buyer is in doubt; "no repeats": nobody has bought twice; "cannot tell": the fitted
        law lets nobody leave.
    customers : int
        Repeat buyers inactive for longer than their usual gap, with P(alive) between 20% and 80%.
    at_risk : float
        Their value at risk: money, or orders without it.
    of : str
        "value" or "purchases".
    segment : str
        Where most of it lies; empty if there is nobody.
    """

    kind: Literal["some", "none", "no repeats", "cannot tell"]
    customers: int = 0
    at_risk: float = 0.0
    of: Literal["value", "purchases"] = "value"
    segment: str = ""


def slipping(table: pd.DataFrame, nobody_leaves: bool) -> Slipping:
    """Who is slipping, of a customer table."""
    of: Literal["value", "purchases"] = "value" if "clv" in table else "purchases"
    if not (table["frequency"] > 1).any():
        return Slipping("no repeats", of=of)
    if nobody_leaves:
        return Slipping("cannot tell", of=of)
    listed = customers_at_risk(table, len(table))
    if listed.empty:
        return Slipping("none", of=of)
    at_risk = listed[at_risk_columns(table)[1]]
    segment, _, _ = _first_segment(listed["segment"], at_risk, 1.0)
    return Slipping("some", len(listed), float(at_risk.sum()), of, segment)


@dataclass(frozen=True)
class Ahead:
    """What lies ahead, and how sure.

    Attributes
    ----------
    of : str
        "value" or "purchases".
    expected, low, high : float
        The total within the horizon and its 90% interval; NaN where there is none.
    """

    of: Literal["value", "purchases"]
    expected: float
    low: float
    high: float

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def ahead(total: pd.Series[Any]) -> Ahead:
    """What lies ahead, of the total of the customer base."""
    of: Literal["value", "purchases"] = "value" if "clv" in total else "purchases"
    name = "clv" if of == "value" else "purchases"
    expected, low, high = (float(total.get(f"{name}{end}", math.nan)) for end in ("", "_low", "_high"))
    return Ahead(of, expected, low, high)
