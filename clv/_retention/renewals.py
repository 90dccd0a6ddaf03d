"""Counts of renewals: how many contracts reached each opportunity to renew, and how many were lost there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._fits.design import Design, columns_of
from clv._numerics import Array, unique_rows
from clv._retention.contracts import RUNNING, Contracts, period_counts
from clv._retention.renewal_period import RenewalPeriod
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import Frame, from_native
from rfm._requirements import COUNT, check_columns, check_groups, check_numbers
from rfm.errors import DataError

__all__ = [
    "COHORTS_MADE",
    "EVERYBODY",
    "Renewals",
    "counted",
    "group_names",
    "later_ends",
    "of_cohorts",
    "of_contracts",
]

Ints = NDArray[np.int64]

COHORTS_MADE: Final = "a table of cohorts has a row for each cohort and period, with at_risk and lost"
EVERYBODY: Final = "all"
MOST_PERIODS: Final = 10_000
MOST_GROUPS: Final = 1_000


@dataclass(frozen=True)
class Renewals:
    """Counts by group, cohort, covariates and opportunity to renew.

    Parameters
    ----------
    groups : tuple of str
        Names, in order.
    group, t : ndarray of shape (n,), int64
        Number of the group, and of the opportunity from 1.
    cohort : ndarray of shape (n,)
        First days of calendar periods as datetime64, or names.
    at_risk, lost : ndarray of shape (n,)
        Contracts that reached it, and those that were not renewed.
    design : Design
        Of the covariates.
    coded : ndarray of shape (n, p)
        Coded covariates.
    """

    groups: tuple[str, ...]
    group: Ints
    t: Ints
    cohort: NDArray[Any]
    at_risk: Array
    lost: Array
    design: Design
    coded: Array

    def rows(self, chosen: NDArray[np.bool_]) -> Renewals:
        """Some of the rows."""
        return replace(
            self,
            group=self.group[chosen],
            t=self.t[chosen],
            cohort=self.cohort[chosen],
            at_risk=self.at_risk[chosen],
            lost=self.lost[chosen],
            coded=self.coded[chosen],
        )

    def of_group(self, number: int) -> Renewals:
        """The rows of one group."""
        return self.rows(self.group == number)

    def by_age(self) -> tuple[Ints, Array, Array]:
        """Opportunities, and contracts at risk and lost, over cohorts and covariates."""
        t, place = np.unique(self.t, return_inverse=True)
        at_risk, lost = (_sums(place, each, len(t)) for each in (self.at_risk, self.lost))
        return t, at_risk, lost

    def distinct(self) -> tuple[Array, Array, Array, Array]:
        """Opportunities, at risk, lost, and coded covariates of each distinct (opportunity, covariates)."""
        first, place = unique_rows(self.t.astype(float), *self.coded.T)
        at_risk, lost = (_sums(place, each, len(first)) for each in (self.at_risk, self.lost))
        return self.t[first].astype(float), at_risk, lost, self.coded[first]

    def members(self) -> tuple[Array, Array]:
        """Coded covariates, and the contracts with them that were seen first, for means over contracts."""
        first, place = unique_rows(np.zeros(len(self.t)), *self.coded.T)
        newest = np.full(len(first), np.iinfo(np.int64).max)
        np.minimum.at(newest, place, self.t)
        weights = _sums(place, self.at_risk * (self.t == newest[place]), len(first))
        return self.coded[first], weights

    def table(self, by: str | None) -> pd.DataFrame:
        """As a table: `cohort, period, at_risk, lost` after the group, over covariates."""
        frame = pd.DataFrame(
            {
                "group": np.array(self.groups, dtype=object)[self.group],
                "cohort": self.cohort,
                "period": self.t,
                "at_risk": np.rint(self.at_risk).astype(np.int64),
                "lost": np.rint(self.lost).astype(np.int64),
            }
        )
        summed = frame.groupby(["group", "cohort", "period"], as_index=False, sort=True).sum()
        if summed["cohort"].dtype.kind == "M":
            summed["cohort"] = summed["cohort"].astype("datetime64[s]")
        return summed.drop(columns="group") if by is None else summed.rename(columns={"group": by})


def _sums(place: Ints, values: Array, n: int) -> Array:
    """Sums of the values at each of n places."""
    return np.asarray(np.bincount(place, values, n), dtype=np.float64)


def group_names(values: NDArray[Any], by: str) -> NDArray[Any]:
    """Names of groups as texts; DataError where one is missing, or there are too many."""
    missing = pd.isna(values)
    if missing.any():
        raise DataError(
            f"Column {by!r} is missing in {int(missing.sum()):,} rows. Hint: fill them with a separate name."
        )
    names = np.array([each if isinstance(each, str) else str(each) for each in values.tolist()], dtype=object)
    if (many := len(set(names.tolist()))) > MOST_GROUPS:
        raise DataError(
            f"Column {by!r} has {many:,} groups; at most {MOST_GROUPS:,} are fitted. Hint: by= names a column of few "
            "groups, such as a plan or a channel."
        )
    return names


def of_contracts(
    contracts: Contracts,
    period: RenewalPeriod,
    as_of: int,
    since: int | None,
    by: str | None,
    design: Design,
    covariates: dict[str, NDArray[Any]],
) -> Renewals:
    """The counts of contracts until a day."""
    known = contracts.start <= as_of
    first, last, lost = period_counts(contracts, period, as_of, since)
    seen = known & (last >= first)
    if (most := int(last[seen].max(initial=0))) > MOST_PERIODS:
        raise DataError(
            f"period={str(period)!r} gives {most:,} renewals of one contract; at most {MOST_PERIODS:,} are counted. "
            'Hint: the length of a contract, such as period="1M".'
        )
    names = (
        np.full(len(seen), EVERYBODY, dtype=object) if by is None else group_names(contracts.groups[by], by)
    )
    groups, group = np.unique(names.astype(str), return_inverse=True)
    coded = design.coded(covariates) if design.factors else np.zeros((len(seen), 0))
    cohort = period.cohort(contracts.start)
    key, place = unique_rows(group[seen].astype(float), cohort[seen].astype(float), *coded[seen].T)
    at_risk, gone = (np.zeros((len(key), most + 2)) for _ in range(2))
    weights = contracts.weights[seen]
    np.add.at(at_risk, (place, first[seen]), weights)
    np.add.at(at_risk, (place, last[seen] + 1), -weights)
    np.add.at(gone, (place, last[seen]), weights * lost[seen])
    at_risk = np.cumsum(at_risk, axis=1)
    row, t = np.nonzero(at_risk > 0.5)
    source = np.flatnonzero(seen)[key][row] if len(key) else np.zeros(0, dtype=np.int64)
    return Renewals(
        tuple(groups.tolist()),
        group[source].astype(np.int64),
        t.astype(np.int64),
        cohort[source].astype("datetime64[D]"),
        at_risk[row, t],
        gone[row, t],
        design,
        coded[source],
    )


def of_cohorts(frame: Frame, by: str | None, covariates: Sequence[str]) -> Renewals:
    """The counts of a table of cohorts, checked.

    Raises
    ------
    DataError
        If a cohort has a period twice, more are lost than were at risk, or more are at risk than were left.
    """
    columns = ("cohort", "period", "at_risk", "lost", *(() if by is None else (by,)), *covariates)
    check_columns(frame, columns, COHORTS_MADE)
    check_groups(frame, ("cohort", *(() if by is None else (by,))))
    kept = frame.select(*dict.fromkeys(columns))
    table = to_plain_pandas(kept)
    if table.empty:
        raise DataError(f"The table has no rows. Hint: {COHORTS_MADE}.")
    eager = from_native(table)
    whole = dict.fromkeys(("period", "at_risk", "lost"), COUNT)
    check_numbers(eager, whole, COHORTS_MADE)
    if table["cohort"].isna().any():
        raise DataError("Column 'cohort' has missing values. Hint: fill them with a separate name.")
    t, at_risk, lost = (table[name].to_numpy(float) for name in ("period", "at_risk", "lost"))
    if (t < 1).any() or (t > MOST_PERIODS).any():
        raise DataError(
            f"period must be 1 or more, the number of the renewal, and at most {MOST_PERIODS:,}; got "
            f"{t[(t < 1) | (t > MOST_PERIODS)][0]:g}. Hint: at_risk contracts of the cohort face their first renewal "
            "in period 1."
        )
    named = group_names(table[by].to_numpy(), by) if by else np.full(len(t), EVERYBODY, dtype=object)
    groups, group = np.unique(named.astype(str), return_inverse=True)
    design, coded = _covariates(eager, covariates)
    cohort = _cohort_names(table["cohort"])
    _check_curves(group, pd.factorize(cohort)[0], coded, t, at_risk, lost, cohort)
    found = Renewals(
        tuple(groups.tolist()),
        group.astype(np.int64),
        t.astype(np.int64),
        cohort,
        at_risk,
        lost,
        design,
        coded,
    )
    return found.rows(at_risk > 0)


def _cohort_names(column: pd.Series[Any]) -> NDArray[Any]:
    """Dates as days, everything else as texts."""
    if column.dtype.kind == "M" and getattr(column.dtype, "tz", None) is None:
        return column.to_numpy().astype("datetime64[D]")
    return np.array([str(each) for each in column.tolist()], dtype=object)


def _covariates(frame: Frame, names: Sequence[str]) -> tuple[Design, Array]:
    columns = columns_of(frame, names, argument="contracts") if names else {}
    design = Design.of(columns)
    rows = len(frame) if isinstance(frame, nw.DataFrame) else 0
    return design, design.coded(columns) if names else np.zeros((rows, 0))


def _check_curves(
    group: Ints, cohort: Ints, coded: Array, t: Array, at_risk: Array, lost: Array, names: NDArray[Any]
) -> None:
    """Raise DataError where a cohort's counts contradict each other."""
    if (more := lost > at_risk).any():
        row = int(more.argmax())
        raise DataError(
            f"Cohort {str(names[row])!r}, period {t[row]:g}: {lost[row]:g} lost of {at_risk[row]:g} at risk. "
            "Hint: at_risk counts those that reached the renewal, lost those of them that were not renewed."
        )
    _, key = unique_rows(group.astype(float), cohort.astype(float), *coded.T)
    order = np.lexsort((t, key))
    key, t, at_risk, lost, names = key[order], t[order], at_risk[order], lost[order], names[order]
    again = np.concatenate([[False], key[1:] == key[:-1]])
    twice = again & np.concatenate([[False], t[1:] == t[:-1]])
    if twice.any():
        row = int(twice.argmax())
        raise DataError(
            f"Cohort {str(names[row])!r} has period {t[row]:g} more than once. Hint: one row for each cohort and "
            "period; by= names the column of groups, if cohorts are told apart by one."
        )
    left = np.concatenate([[0.0], (at_risk - lost)[:-1]])
    rising = again & (at_risk > left)
    if rising.any():
        row = int(rising.argmax())
        raise DataError(
            f"Cohort {str(names[row])!r}, period {t[row]:g}: {at_risk[row]:g} at risk, and {left[row]:g} were left "
            "after the period before. Hint: contracts that begin later are a cohort of their own."
        )


def counted(contracts: Contracts, period: RenewalPeriod, as_of: int, since: int | None) -> dict[str, float]:
    """How many contracts of each kind there are; all but the first line add up to it."""
    first, last, lost = period_counts(contracts, period, as_of, since)
    weights, known = contracts.weights, contracts.start <= as_of
    seen = known & (last >= first)
    ended = contracts.end <= as_of
    return {
        "rows read": float(contracts.rows),
        "joined: begins by the day after the customer's contract before ended": float(contracts.joined),
        "left out: begins after as_of": float(weights[~known].sum()),
        "left out: no renewal seen": float(weights[known & ~seen].sum()),
        "counted: not renewed": float(weights[seen & lost].sum()),
        "counted: ended, but paid beyond as_of": float(weights[seen & ~lost & ended].sum()),
        "counted: runs": float(weights[seen & ~lost & ~ended].sum()),
    }


def later_ends(contracts: Contracts, as_of: int) -> float:
    """Contracts with an end after the day of observation, which count as running."""
    chosen = (contracts.start <= as_of) & (contracts.end > as_of) & (contracts.end < RUNNING)
    return float(contracts.weights[chosen].sum())
