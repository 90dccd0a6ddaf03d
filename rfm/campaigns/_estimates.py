"""The estimates of a campaign as rows: by outcome, arm and segment, from sums alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames.execution import fetch
from rfm._frames.native import Frame
from rfm._options import check_choice, check_text
from rfm._statistics.many_tests import false_discovery, holm
from rfm.campaigns._assigning import HELD_OUT
from rfm.campaigns._effects import (
    FEWEST,
    Effect,
    adjusted,
    bootstrapped,
    difference_of_means,
    difference_of_shares,
    often_enough,
    strata_of,
)
from rfm.campaigns._moments import Cell, merged, moments
from rfm.campaigns._outcomes import Outcomes
from rfm.campaigns._power import detectable_difference, normal_reach
from rfm.errors import DataError

__all__ = [
    "ALL",
    "COLUMNS",
    "Money",
    "Settings",
    "arms_of",
    "estimates",
    "of_arm",
    "row_of",
    "with_corrections",
]

ALL: Final = "all"
COLUMNS: Final = (
    "outcome", "arm", "segment", "customers", "customers_control", "mean", "mean_control", "difference", "low", "high",
    "p_value", "adjusted", "adjusted_low", "adjusted_high", "adjusted_p_value", "explained", "lift", "detectable",
    "p_holm", "p_false_discovery",
)  # fmt: skip

Money: TypeAlias = Literal["welch", "bootstrap"]
Cells: TypeAlias = Mapping[tuple[str, Any], Cell]


@dataclass(frozen=True)
class Settings:
    """How effects are estimated.

    Attributes
    ----------
    control : str
        The arm that others are compared with.
    confidence : float
        Of an interval that is looked at once.
    looks : int
        How often it is looked at.
    money : {"welch", "bootstrap"}
        Intervals of means.
    seed : int
        Of the bootstrap.
    """

    control: str
    confidence: float
    looks: int
    money: Money
    seed: int

    def __post_init__(self) -> None:
        check_text("control", self.control, 'control="control"')
        check_choice("money", self.money, get_args(Money))

    @property
    def level(self) -> float:
        """The confidence of each of several looks."""
        return 1 - (1 - self.confidence) / self.looks

    def corrected(self, p_value: float) -> float:
        """The p-value for all looks: it lies below 1 − confidence where the interval excludes no difference."""
        return min(p_value * self.looks, 1.0) if p_value <= 1 else p_value


def arms_of(found: Sequence[str], control: str) -> list[str]:
    """The arms that are compared with the control group, sorted; the universal hold-out is none.

    Raises
    ------
    DataError
        If there is no control group, or nothing beside it.
    """
    if control not in found:
        listed = ", ".join(map(repr, sorted(found)[:8]))
        raise DataError(
            f"No customer has the arm {control!r}; arms: {listed}. Hint: control= names one of them."
        )
    arms = sorted(arm for arm in found if arm not in (control, HELD_OUT))
    if not arms:
        raise DataError(
            f"All customers have the arm {control!r}. Hint: assign(…, control=0.1) makes two groups."
        )
    return arms


def estimates(
    measured: Outcomes, stratum: str | None, covariates: Mapping[str, str], settings: Settings
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of all outcomes, and notes on segments too small to stand alone.

    Parameters
    ----------
    measured : Outcomes
    stratum : str, optional
        A column of groups.
    covariates : mapping of str to str
        From an outcome to the column that it is adjusted by.
    settings : Settings
    """
    rows: list[dict[str, Any]] = []
    notes: dict[str, None] = {}
    adjusted_by = {outcome: covariates.get(outcome) for outcome in measured.names}
    for outcome, cells in moments(measured.frame, stratum, adjusted_by).items():
        share = outcome in measured.shares
        values = None
        if settings.money == "bootstrap" and not share:
            values = _Values.of(measured.frame, stratum, outcome)
        for arm in arms_of(sorted({arm for arm, _ in cells}), settings.control):
            of_one, joined = of_arm(cells, arm, share, outcome in covariates, values, settings)
            rows += [{"outcome": outcome, "arm": arm, **row} for row in of_one]
            if joined:
                small = ", ".join(sorted(map(str, joined)))
                notes[f"{arm}: small segments were joined for the adjusted row {ALL!r}: {small}."] = None
    return pd.DataFrame(rows), list(notes)


def of_arm(
    cells: Cells, arm: str, share: bool, has_covariate: bool, values: _Values | None, settings: Settings
) -> tuple[list[dict[str, Any]], list[Any]]:
    """The rows of one outcome and arm: each segment, then all."""
    treated, control = (
        {stratum: cell for (own, stratum), cell in cells.items() if own == which}
        for which in (arm, settings.control)
    )
    reached = [key for key in cells if key[0] != HELD_OUT or settings.control == HELD_OUT]
    everybody = {
        stratum: merged(cells[key] for key in reached if key[1] == stratum)
        for stratum in sorted({stratum for _, stratum in reached}, key=str)
    }
    rows = []
    nobody = Cell(0, float("nan"))
    if len(everybody) > 1 or "" not in everybody:
        for stratum in everybody:
            pair = treated.get(stratum, nobody), control.get(stratum, nobody)
            both, everyone = [{stratum: cell} for cell in pair], {stratum: everybody[stratum]}
            better = adjusted(both[0], both[1], everyone, settings.level) if has_covariate else None
            if min(cell.n for cell in pair) < FEWEST or (share and not all(map(often_enough, pair))):
                better = None
            rows.append(
                {
                    "segment": stratum,
                    **row_of(pair, share, better, _drawn(values, arm, stratum, settings), settings),
                }
            )
    joined_treated, joined_control, joined, small = strata_of(treated, control, everybody)
    adjusts = has_covariate or len(joined) > 1
    better = adjusted(joined_treated, joined_control, joined, settings.level) if adjusts else None
    pair = merged(treated.values()), merged(control.values())
    if share and not all(map(often_enough, pair)):
        better = None
    drawn = _drawn(values, arm, None, settings)
    rows.append({"segment": ALL, **row_of(pair, share, better, drawn, settings)})
    return rows, small


def _drawn(values: _Values | None, arm: str, stratum: Any, settings: Settings) -> tuple[float, float] | None:
    """The bootstrap's interval, where it was asked for and there are customers enough."""
    if values is None:
        return None
    groups = [values.of_group(each, stratum) for each in (arm, settings.control)]
    if min(customers.sum() for _, customers in groups) < 2:
        return None
    return bootstrapped(groups[0], groups[1], settings.level, settings.seed)


def row_of(
    pair: tuple[Cell, Cell],
    share: bool,
    better: Effect | None,
    interval: tuple[float, float] | None,
    settings: Settings,
) -> dict[str, Any]:
    """The numbers of a row, and whether they are of a share.

    Parameters
    ----------
    pair : tuple of Cell
        Treated and control.
    share : bool
        Whether the outcome is true or false.
    better : Effect, optional
        The adjusted effect.
    interval : tuple of float, optional
        The bootstrap's, in place of Welch's.
    settings : Settings
    """
    treated, control = pair
    plain = (difference_of_shares if share else difference_of_means)(treated, control, settings.level)
    low, high = (plain.low, plain.high) if interval is None else interval
    adjusts = better is not None and not math.isnan(better.difference)
    best = better if better is not None and adjusts else plain
    error = best.standard_error
    if share and not adjusts:  # of Newcombe's interval, which has a width where nobody responds
        error = (plain.high - plain.low) / (2 * normal_reach(settings.level))
    none = float("nan")
    return {
        "share": share, "customers": treated.n, "customers_control": control.n,
        "mean": treated.y, "mean_control": control.y,
        "difference": plain.difference, "low": low, "high": high, "p_value": settings.corrected(plain.p_value),
        "adjusted": none if better is None else better.difference,
        "adjusted_low": none if better is None else better.low,
        "adjusted_high": none if better is None else better.high,
        "adjusted_p_value": none if better is None else settings.corrected(better.p_value),
        "explained": none if better is None else _explained(better, plain),
        "lift": best.difference / control.y if control.y > 0 else none,
        "detectable": detectable_difference(error, settings.level),
    }  # fmt: skip


def _explained(better: Effect, plain: Effect) -> float:
    """The share of the difference's variance that the adjustment took away."""
    if not plain.standard_error > 0:
        return float("nan")
    return 1 - (better.standard_error / plain.standard_error) ** 2


def with_corrections(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with p-values corrected for the number of segments of an outcome and arm; "all" is one test alone."""
    table = table.assign(p_holm=np.nan, p_false_discovery=np.nan)
    decides = table["adjusted_p_value"].fillna(table["p_value"])
    for _, rows in table.groupby(["outcome", "arm"], sort=False):
        for part in (rows.index[rows["segment"] != ALL], rows.index[rows["segment"] == ALL]):
            table.loc[part, "p_holm"] = holm(decides[part].to_list())
            table.loc[part, "p_false_discovery"] = false_discovery(decides[part].to_list())
    return table[list(COLUMNS)]


@dataclass(frozen=True)
class _Values:
    """The distinct values of an outcome by arm and stratum, for the bootstrap."""

    table: pd.DataFrame

    @classmethod
    def of(cls, frame: Frame, stratum: str | None, outcome: str) -> _Values:
        own = nw.lit("") if stratum is None else nw.col(stratum)
        columns = frame.select("arm", stratum=own, value=nw.col(outcome).cast(nw.Float64))
        counted = fetch(columns.group_by("arm", "stratum", "value").agg(customers=nw.len()))
        table = pd.DataFrame(counted.to_dict(as_series=False))
        return cls(table.sort_values(["arm", "stratum", "value"], ignore_index=True))

    def of_group(self, arm: str, stratum: Any) -> tuple[Any, Any]:
        """Distinct values of an arm, in one stratum or (None) in all, and how many customers have each."""
        rows = self.table[self.table["arm"] == arm]
        if stratum is not None:
            rows = rows[rows["stratum"] == stratum]
        totals = rows.groupby("value")["customers"].sum()
        return totals.index.to_numpy(dtype=float), totals.to_numpy(dtype=float)
