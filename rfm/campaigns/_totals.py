"""Estimates of an experiment of which only totals are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames.execution import fetch
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import Frame
from rfm._requirements import COUNT, MONEY, Held, check_columns, check_groups, check_numbers
from rfm.campaigns._estimates import ALL, Settings, arms_of, row_of
from rfm.campaigns._moments import Cell
from rfm.errors import DataError

__all__ = ["estimates_of_totals"]

MADE = "totals have the columns arm, outcome, n, mean and standard_deviation, the last missing for shares"
NEEDED = ("arm", "outcome", "n", "mean", "standard_deviation")


def estimates_of_totals(totals: Frame, settings: Settings) -> pd.DataFrame:
    """The rows of all outcomes, from a row for each arm and outcome.

    Raises
    ------
    DataError
        If a column is missing or holds what it cannot, or an arm has two rows for an outcome or lacks one.
    """
    check_columns(totals, NEEDED, MADE)
    check_groups(totals, ("arm", "outcome"))
    totals = _with_numbers(totals, "standard_deviation")
    positive = Held(0, MONEY.most, missing=True)
    check_numbers(totals, {"n": COUNT, "mean": MONEY, "standard_deviation": positive}, MADE)
    table = to_plain_pandas(totals.select(*NEEDED))
    if twice := table[table.duplicated(["arm", "outcome"])].to_dict("records"):
        row = twice[0]
        raise DataError(
            f"The arm {row['arm']!r} has several rows for {row['outcome']!r}. Hint: one row for each arm and outcome."
        )
    rows: list[dict[str, Any]] = []
    for outcome, of_outcome in table.groupby("outcome", sort=False):
        by_arm = {row["arm"]: row for row in of_outcome.to_dict("records")}
        deviations = of_outcome["standard_deviation"].to_numpy(dtype=float)
        share = bool(np.isnan(deviations).all())
        if not share and np.isnan(deviations).any():
            raise DataError(
                f"Some arms lack the standard_deviation of {outcome!r}. Hint: leave it missing in all arms for a "
                "share, or give it for all."
            )
        if share and not of_outcome["mean"].between(0, 1).all():
            raise DataError(f"{outcome!r} has no standard_deviation, but its mean is no share. Hint: {MADE}.")
        cells = {
            arm: Cell(int(row["n"]), float(row["mean"]), yy=_squares(row, share))
            for arm, row in by_arm.items()
        }
        for arm in arms_of(list(by_arm), settings.control):
            pair = cells[arm], cells[settings.control]
            rows.append(
                {"outcome": outcome, "arm": arm, "segment": ALL, **row_of(pair, share, None, None, settings)}
            )
    return pd.DataFrame(rows)


def _with_numbers(totals: Frame, name: str) -> Frame:
    """The table with a column of nothing but missing values, which has any type, as one of numbers."""
    if (
        totals.collect_schema()[name].is_numeric()
        or fetch(totals.filter(~nw.col(name).is_null()).head(1)).shape[0]
    ):
        return totals
    return totals.with_columns(nw.lit(float("nan")).alias(name))


def _squares(row: Mapping[Any, Any], share: bool) -> float:
    n, mean = float(row["n"]), float(row["mean"])
    return n * mean * (1 - mean) if share else (n - 1) * float(row["standard_deviation"]) ** 2
