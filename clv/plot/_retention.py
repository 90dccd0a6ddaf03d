"""Contracts: retention by cohort, and a law's projection beside what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clv._retention.renewals import COHORTS_MADE, MOST_PERIODS
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import check_choice
from rfm._requirements import (
    COUNT,
    FLAG,
    SHARE,
    Held,
    check_columns,
    check_dates,
    check_groups,
    check_numbers,
)
from rfm._words import Words, declare
from rfm.errors import DataError
from rfm.plot._colors import ACCENT, MUTED, PALETTE, SEQUENTIAL, ink_on
from rfm.plot._columns import with_plain_columns
from rfm.plot._labels import drawable
from rfm.plot._numbers import number, percent
from rfm.plot._style import nothing, picture, size_of, spread, titles, units, write_text

__all__ = ["retention", "retention_data", "retention_projection", "retention_projection_data"]

Value = Literal["retention", "survival"]

WORDS: Final[Words] = declare(
    "pictures.retention",
    {
        "retention": "Share of the contracts up for renewal that were renewed",
        "survival": "Share of the cohort's contracts that were left",
        "x": "Renewal",
        "y": "Cohort · contracts",
        "nobody": "No renewals",
    },
)
PROJECTION: Final[Words] = declare(
    "pictures.retention_projection",
    {
        "title": "Contracts left: what happened, and what was projected",
        "x": "Periods since the contract began",
        "y": "Share of the contracts left",
        "happened": "happened",
        "law": "{law}",
        "holdout": "projected →",
        "note": "band: where what happens is expected",
        "nobody": "No renewals",
    },
)
PROJECTED: Final = "model.backtest(7) makes such a table"
MOST_COHORTS: Final = 1_000
MOST_LAWS: Final = 5
PERIOD: Final = Held(1, MOST_PERIODS, whole=True)
LINES: Final = (ACCENT, PALETTE[5], PALETTE[7], PALETTE[2], MUTED)


def retention(
    cohort_table: Table,
    value: Value = "retention",
    *,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the retention of contracts by cohort (rows) and renewal (columns).

    Parameters
    ----------
    cohort_table : any dataframe
        Counts ``cohort, period, at_risk, lost``, such as ``model.cohorts``; groups, if any, are combined.
    value : {"retention", "survival"}
        The share of the contracts up for renewal that were renewed; or the share left of those seen first.
    words : mapping of str to str, optional
        The picture's words, by the keys ``retention``, ``survival``, ``x``, ``y`` and ``nobody``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the cohorts need.

    Returns
    -------
    matplotlib Axes
        Each row is labelled with the cohort's size.

    Raises
    ------
    DataError
        A column is missing or holds what it cannot, or an option is invalid.

    See Also
    --------
    retention_data : Its numbers.
    clv.RetentionModel.cohorts : Makes the table.
    rfm.plot.cohorts : Of orders, where nobody says that they leave.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> counts = {"cohort": ["a", "a", "b"], "period": [1, 2, 1], "at_risk": [90, 70, 80], "lost": [20, 9, 16]}
    >>> cohorts = pd.DataFrame(counts)
    >>> ax = clv.plot.retention(cohorts)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['a · 90', 'b · 80']
    """
    texts, table = WORDS.over(words), retention_data(cohort_table, value)
    with picture(ax, height=max(4.0, 1.5 + 0.3 * table["cohort"].nunique())) as ax:
        titles(ax, texts(value), x=texts("x"), y=texts("y"))
        if table.empty:
            return nothing(ax, texts("nobody"))
        grid = table.pivot(index="cohort", columns="period", values="value")
        cells = grid.to_numpy(float)
        low, high = (
            float(bound) for bound in np.nanquantile(cells, [0.05, 1.0])
        )  # a few young cells are far below
        first, last = float(grid.columns.min()), float(grid.columns.max())
        extent = (first - 0.5, last + 0.5, len(grid) - 0.5, -0.5)
        full = grid.reindex(columns=np.arange(first, last + 1)).to_numpy(float)
        ax.imshow(
            np.ma.masked_invalid(full),
            aspect="auto",
            cmap=SEQUENTIAL,
            vmin=low,
            vmax=max(high, low + 1e-9),
            extent=extent,
        )
        if full.shape[1] <= 26:
            _write_cells(ax, full, first, low, max(high - low, 1e-9))
        sizes = table.groupby("cohort")["customers"].first()
        names = [f"{_named(cohort)} · {number(sizes[cohort])}" for cohort in grid.index]
        ax.set_yticks(range(len(grid)), names, fontsize=9 if len(grid) <= 40 else 6, parse_math=False)
        ax.set_xticks(np.arange(first, last + 1, 1 + full.shape[1] // 30))
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
    return ax


def _write_cells(ax: Axes, cells: Any, first: float, low: float, span: float) -> None:
    size = 9 if cells.shape[1] <= 14 else 8 if cells.shape[1] <= 20 else 7
    for (row, column), cell in np.ndenumerate(cells):
        if np.isfinite(cell):
            ink = ink_on(SEQUENTIAL(float(np.clip((cell - low) / span, 0, 1))))
            write_text(ax, percent(cell), (first + column, row), size=size, ha="center", color=ink)


def _named(cohort: Any) -> str:
    if isinstance(cohort, pd.Timestamp):
        return str(cohort.strftime("%Y-%m" if cohort.day == 1 else "%Y-%m-%d"))
    return drawable(str(cohort), longest=40)


def retention_data(cohort_table: Table, value: Value = "retention") -> pd.DataFrame:
    """Return the numbers of `retention`.

    Parameters
    ----------
    cohort_table : any dataframe
        Counts ``cohort, period, at_risk, lost``, such as ``model.cohorts``; groups, if any, are combined.
    value : {"retention", "survival"}
        The share of the contracts up for renewal that were renewed; or the share left of those seen first.

    Returns
    -------
    pandas.DataFrame
        ``cohort, period, customers, at_risk, lost, value``: ``customers`` are the contracts of the cohort seen first.

    Raises
    ------
    DataError
        A column is missing or holds what it cannot, or an option is invalid.

    See Also
    --------
    retention : The picture.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> counts = {"cohort": ["a", "a", "b"], "period": [1, 2, 1], "at_risk": [90, 70, 80], "lost": [20, 9, 16]}
    >>> cohorts = pd.DataFrame(counts)
    >>> clv.plot.retention_data(cohorts, "survival").round(2)
      cohort  period  customers  at_risk  lost  value
    0      a       1         90       90    20   0.78
    1      a       2         90       70     9   0.68
    2      b       1         80       80    16   0.80
    """
    check_choice("value", value, ("retention", "survival"))
    frame = from_native(cohort_table, COHORTS_MADE)
    check_columns(frame, ("cohort", "period", "at_risk", "lost"), COHORTS_MADE)
    check_groups(frame, ("cohort", "period", "at_risk", "lost"))
    if frame.collect_schema()["cohort"].is_temporal():
        check_dates(frame, ("cohort",))
    columns = ("cohort", "period", "at_risk", "lost")
    table = to_plain_pandas(with_plain_columns(frame.select(*columns), columns))
    held = {"period": PERIOD, "at_risk": COUNT, "lost": COUNT}
    check_numbers(from_native(table), held, COHORTS_MADE)
    table = table.astype(dict.fromkeys(held, "int64"))
    if table["cohort"].isna().any():
        raise DataError("Column 'cohort' has missing values. Hint: fill them with a separate name.")
    if (several := table["cohort"].astype(str).nunique()) > MOST_COHORTS:
        raise DataError(
            f"The table has {several:,} cohorts; a plot shows at most {MOST_COHORTS:,}. Hint: longer periods of start."
        )
    if (table["lost"] > table["at_risk"]).any():
        raise DataError(f"Column 'lost' must not exceed 'at_risk'. Hint: {COHORTS_MADE}.")
    if table["cohort"].dtype.kind != "M":
        table["cohort"] = table["cohort"].astype(str)
    summed = table.groupby(["cohort", "period"], as_index=False, sort=True)[["at_risk", "lost"]].sum()
    summed = summed[summed["at_risk"] > 0].reset_index(drop=True)
    kept = 1 - summed["lost"] / summed["at_risk"]
    summed["value"] = kept if value == "retention" else kept.groupby(summed["cohort"]).cumprod()
    summed["customers"] = summed.groupby("cohort")["at_risk"].transform("first")
    return summed[["cohort", "period", "customers", "at_risk", "lost", "value"]]


def retention_projection(
    projected: Table, *, words: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of contracts left: what happened, and what laws fitted to the first renewals projected.

    Parameters
    ----------
    projected : any dataframe
        ``law, period, holdout, happened, predicted, low, high``, as ``model.backtest`` makes it; of one group.
    words : mapping of str to str, optional
        The picture's words, by the keys ``title``, ``x``, ``y``, ``happened``, ``law`` (``{law}``), ``holdout``,
        ``note`` and ``nobody``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        A vertical line separates the renewals that the laws were fitted to from those held out.

    Raises
    ------
    DataError
        A column is missing or holds what it cannot, or the table has several groups.

    See Also
    --------
    retention_projection_data : Its numbers.
    clv.RetentionModel.backtest : Makes the table.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
    >>> cohorts = pd.DataFrame(counts)
    >>> ax = clv.plot.retention_projection(clv.fit_retention(cohorts).backtest(2, "sbg"))
    >>> ax.get_ylabel()
    'Share of the contracts left'
    """
    texts, data = PROJECTION.over(words), retention_projection_data(projected)
    with picture(ax) as ax:
        titles(
            ax,
            texts("title"),
            x=texts("x"),
            y=texts("y"),
            note=texts("note") if data["low"].notna().any() else "",
        )
        if data.empty:
            return nothing(ax, texts("nobody"))
        last, top = int(data["period"].max()), 1.05
        one = data.drop_duplicates("period")
        held = one.loc[one["holdout"], "period"]
        ax.set_ylim(0, top)
        ax.set_xlim(0, last)
        if len(held) and len(held) < len(one):
            border = float(held.iloc[0]) - 1
            ax.axvline(border, color=MUTED, lw=1)
            write_text(ax, texts("holdout"), (border, top), offset=(5, -2), color=MUTED, va="top")
        ends: list[tuple[str, float, str]] = []
        for colour, (law, rows) in zip(LINES, data.groupby("law", sort=False), strict=False):
            t = np.concatenate([[0], rows["period"]])
            ax.fill_between(
                rows["period"],
                rows["low"].astype(float),
                rows["high"].astype(float),
                color=colour,
                alpha=0.15,
                lw=0,
            )
            ax.plot(t, [1.0, *rows["predicted"]], color=colour, lw=2, ls=(0, (5, 2)))
            ends.append(
                (texts("law", law=drawable(str(law), longest=24)), float(rows["predicted"].iloc[-1]), colour)
            )
        seen = one[one["happened"].notna()]
        ax.plot([0, *seen["period"]], [1.0, *seen["happened"]], color=PALETTE[0], lw=1.3, marker="o", ms=4)
        if len(seen):
            ends.append((texts("happened"), float(seen["happened"].iloc[-1]), PALETTE[0]))
        _name_ends(ax, last, ends, top)
        units(ax.yaxis, percent)
        units(ax.xaxis, number, bins=12, integer=True)
    return ax


def _name_ends(ax: Axes, x: float, ends: list[tuple[str, float, str]], top: float) -> None:
    """Names at the right ends of lines, moved apart."""
    apart = 11 * top / max(size_of(ax)[1], 1.0)
    places = spread(np.array([y for _, y, _ in ends]), apart, 0.0, top)
    for (name, _, colour), y in zip(ends, places.tolist(), strict=True):
        write_text(ax, name, (x, y), offset=(6, 0), color=colour, bold=True)


def retention_projection_data(projected: Table) -> pd.DataFrame:
    """Return the numbers of `retention_projection`.

    Parameters
    ----------
    projected : any dataframe
        ``law, period, holdout, happened, predicted, low, high``, as ``model.backtest`` makes it; of one group.

    Returns
    -------
    pandas.DataFrame
        These columns, sorted by law and period.

    Raises
    ------
    DataError
        A column is missing or holds what it cannot, or the table has several groups.

    See Also
    --------
    retention_projection : The picture.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
    >>> cohorts = pd.DataFrame(counts)
    >>> projected = clv.fit_retention(cohorts).backtest(2, "sbg")
    >>> clv.plot.retention_projection_data(projected)[["law", "period", "holdout", "happened"]].round(2)
       law  period  holdout  happened
    0  sbg       1    False      0.80
    1  sbg       2    False      0.70
    2  sbg       3     True      0.64
    """
    frame = from_native(projected, PROJECTED)
    columns = ("law", "period", "holdout", "happened", "predicted", "low", "high")
    check_columns(frame, columns, PROJECTED)
    check_groups(frame, columns)
    table = to_plain_pandas(with_plain_columns(frame.select(*columns), columns))
    shares = dict.fromkeys(("happened", "low", "high"), SHARE)
    held = {"period": PERIOD, "holdout": FLAG, "predicted": Held(0, 1), **shares}
    check_numbers(from_native(table), held, PROJECTED)
    table = table.astype(
        {"period": "int64", "holdout": bool, "predicted": float, **dict.fromkeys(shares, float)}
    )
    if table["law"].isna().any():
        raise DataError(f"Column 'law' has missing values. Hint: {PROJECTED}.")
    table["law"] = table["law"].astype(str)
    if table.duplicated(["law", "period"]).any():
        raise DataError(
            'The table has a period of a law more than once. Hint: one group at a time, such as table[table["plan"] == '
            '"basic"].'
        )
    if (many := table["law"].nunique()) > MOST_LAWS:
        raise DataError(f"The table has {many:,} laws; a plot shows at most {MOST_LAWS}. Hint: choose some.")
    return table.sort_values(["law", "period"]).reset_index(drop=True)
