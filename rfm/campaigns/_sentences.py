"""A measured campaign in a few lines of text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from rfm.campaigns._estimates import ALL, Settings

__all__ = ["SUSPECT", "printed"]

SUSPECT: Final = 0.001
"""Arms whose sizes are less probable than this were not made by the planned shares."""

MOST_SEGMENTS: Final = 5


def printed(
    table: pd.DataFrame, shares: Sequence[str], returns: pd.DataFrame, p: float, notes: Sequence[str],
    settings: Settings,
) -> str:  # fmt: skip
    """What each arm did to each outcome, what it earned, and what to know.

    Parameters
    ----------
    table : DataFrame
        Of `Lift`.
    shares : sequence of str
        Outcomes that are true or false.
    returns : DataFrame
        Of `Lift`.
    p : float
        Of the arms' sizes.
    notes : sequence of str
        Of `Lift`.
    settings : Settings
    """
    lines = [_heading(table, settings)]
    for arm, of_arm in table.groupby("arm", sort=False):
        everybody = of_arm[of_arm["segment"] == ALL]
        n, m = (int(everybody[name].max()) for name in ("customers", "customers_control"))
        lines += ["", f"{arm}: {n:,} customers, and {m:,} in {settings.control!r}"]
        lines += _aligned(
            [_cells(row, row["outcome"] in shares, settings) for row in everybody.to_dict("records")]
        )
        lines += _by_segment(of_arm[of_arm["segment"] != ALL], shares, settings)
        lines += [_earned(row) for row in returns[returns["arm"] == arm].to_dict("records")]
    below = list(notes)
    if not math.isnan(p):
        fits = "fit" if p >= SUSPECT else "do not fit"
        below = [f"The arms' sizes {fits} their planned shares: p = {p:.3g}.", *below]
    return "\n".join([*lines, *([""] if below else []), *below])


def _heading(table: pd.DataFrame, settings: Settings) -> str:
    adjusts = ", adjusted by what was known before" if table["adjusted"].notna().any() else ""
    looks = f", for {settings.looks} looks" if settings.looks > 1 else ""
    return (
        f"Differences from the control group with {100 * settings.confidence:.4g}% intervals{looks}{adjusts}"
    )


def _cells(row: Mapping[Any, Any], share: bool, settings: Settings) -> list[str]:
    """The texts of a row: outcome, means, difference, interval, relative difference, verdict."""
    difference, low, high, p = best(row)
    means = [_level(row[name], share) for name in ("mean", "mean_control")]
    relative = "" if math.isnan(row["lift"]) else f"{row['lift']:+.0%}"
    unit = " points" if share else ""
    between = "no interval" if math.isnan(low) else f"({_change(low, share)} to {_change(high, share)})"
    verdict, found = "" if math.isnan(p) else _p(p), p < 1 - settings.confidence
    if not found and row["detectable"] > 0:
        verdict += (
            f"; {_change(row['detectable'], share)[1:]}{unit} would have been found in 4 of 5 campaigns"
        )
    return [
        str(row["outcome"]), f"{means[0]} against {means[1]}", f"{_change(difference, share)}{unit}", between, relative,
        verdict,
    ]  # fmt: skip


def best(row: Mapping[Any, Any]) -> tuple[float, float, float, float]:
    """The adjusted difference with its interval and p-value, or where there is none the plain one."""
    if math.isnan(row["adjusted"]) or math.isnan(row["adjusted_low"]):
        return row["difference"], row["low"], row["high"], row["p_value"]
    return row["adjusted"], row["adjusted_low"], row["adjusted_high"], row["adjusted_p_value"]


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= 1e-4 else "p < 0.0001"


def _level(value: float, share: bool) -> str:
    return f"{value:.2%}" if share else f"{value:,.4g}"


def _change(value: float, share: bool) -> str:
    return f"{100 * value:+.2f}" if share else f"{value:+,.4g}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _by_segment(rows: pd.DataFrame, shares: Sequence[str], settings: Settings) -> list[str]:
    """The segments in which an effect is found, whatever their number."""
    if not len(rows):
        return []
    found = rows[rows["p_holm"] < 1 - settings.confidence].sort_values("p_holm", kind="stable")
    if not len(found):
        return ["  In no segment alone is an effect found (Holm's correction)."]
    named = [
        f"{row['segment']} ({row['outcome']} {_change(best(row)[0], row['outcome'] in shares)})"
        for row in found.head(MOST_SEGMENTS).to_dict("records")
    ]
    more = f" and {len(found) - MOST_SEGMENTS} more" if len(found) > MOST_SEGMENTS else ""
    return [f"  Found in these segments alone (Holm's correction): {', '.join(named)}{more}."]


def _earned(row: Mapping[Any, Any]) -> str:
    revenue, profit = (
        f"{row[names[0]]:+,.2f} ({row[names[1]]:+,.2f} to {row[names[2]]:+,.2f})"
        for names in (
            ("incremental_revenue", "revenue_low", "revenue_high"),
            ("profit", "profit_low", "profit_high"),
        )
    )
    cost = f" at a cost of {row['cost']:,.2f}" if row["cost"] > 0 else ""
    return f"  Over all of them: revenue {revenue}, profit {profit}{cost}."
