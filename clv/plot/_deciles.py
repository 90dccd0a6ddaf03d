"""Deciles of the customers by predicted purchases: gain and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._frames.types import Table
from rfm._words import declare
from rfm.plot._colors import MUTED, PALETTE
from rfm.plot._numbers import number, percent
from rfm.plot._style import nothing, picture, titles, units, write_text
from rfm.plot._tables import fetched, require

from ._holdout import HINT, compared

__all__ = ["decile_calibration", "decile_gain", "deciles_data"]

WORDS: Final = declare(
    "pictures.decile_calibration",
    {
        "title": "Happened and predicted, by tenth of the prediction",
        "tenth": "Tenth of the customers (1: highest predictions)",
        "mean": "Mean per customer in the hold-out",
        "customers": "{n} customers",
        "customers_one": "{n} customer",
        "happened": "bars: happened",
        "predicted": "line: model",
        "nobody": "No customers",
    },
)


def deciles_data(held: Table) -> pd.DataFrame:
    """Return the numbers of `decile_gain` and `decile_calibration`.

    Parameters
    ----------
    held : any dataframe
        One row per customer: ``happened`` and ``predicted``, as `holdout_data` makes it; purchases or spend.

    Returns
    -------
    pandas.DataFrame
        ``decile`` (1: the highest predictions), ``customers``, ``happened`` and ``predicted`` (means per
        customer), ``gain`` (share of all that happened, of this decile and those before), ``best_gain`` (the
        same for a perfect ranking), both missing where the total is negative.
        If equal predictions cross a border, each decile has the mean of
        those tied, so that the order of rows does not matter.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    decile_gain, decile_calibration : Pictures of it.
    holdout_data : Makes its table.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> held = pd.DataFrame({"happened": range(20), "predicted": range(20)})
    >>> clv.plot.deciles_data(held)[["decile", "customers", "happened"]].head(2)
       decile  customers  happened
    0       1          2      18.5
    1       2          2      16.5
    """
    table = fetched(require(held, ("happened", "predicted"), HINT).select("happened", "predicted")).astype(
        float
    )
    n = len(table)
    if not n:
        names = ("decile", "customers", "happened", "predicted", "gain", "best_gain")
        return pd.DataFrame({name: np.zeros(0) for name in names})
    table = table.sort_values(["predicted", "happened"], ascending=False)
    happened = table.groupby("predicted")["happened"].transform("mean").to_numpy()
    ends = -(-np.arange(1, min(n, 10) + 1) * n // min(n, 10))  # as even as can be
    starts = np.concatenate([[0], ends[:-1]])
    size = ends - starts
    happened, predicted = (np.add.reduceat(v, starts) for v in (happened, table["predicted"].to_numpy()))
    total = max(float(happened.sum()), 1e-300) if happened.sum() >= 0 else np.nan  # more returned than bought
    best = np.sort(table["happened"].to_numpy())[::-1]
    return pd.DataFrame(
        {
            "decile": np.arange(1, len(ends) + 1),
            "customers": size,
            "happened": happened / size,
            "predicted": predicted / size,
            "gain": np.cumsum(happened) / total,
            "best_gain": np.cumsum(best)[ends - 1] / total,
        }
    )


def decile_gain(held: Table, *, ax: Axes | None = None) -> Axes:
    """Draw the share of the outcome due to the customers with the highest predictions.

    Parameters
    ----------
    held : any dataframe
        One row per customer: ``happened`` and ``predicted``, as `holdout_data` makes it; purchases or spend.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        The model's curve, between a random ranking and a perfect one.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    deciles_data : Its numbers.
    decile_calibration : Whether the means agree, too.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> held = pd.DataFrame({"happened": [9, 1, 0, 0], "predicted": [3.0, 1.0, 0.5, 0.1]})
    >>> clv.plot.decile_gain(held).get_xlabel()
    'Share of customers, highest predictions first'
    """
    data = deciles_data(held)
    with picture(ax) as ax:
        titles(
            ax,
            "Gain of the highest predictions",
            x="Share of customers, highest predictions first",
            y="Share of all that happened in the hold-out",
        )
        if data["gain"].isna().all():
            return nothing(ax, "Nothing happened" if len(data) else "No customers")
        share = np.concatenate([[0.0], np.cumsum(data["customers"]) / data["customers"].sum()])
        gain, best = (np.concatenate([[0.0], data[name]]) for name in ("gain", "best_gain"))
        ax.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (4, 3)))
        ax.plot(share, best, color=MUTED, lw=1, ls=":")
        ax.plot(share, gain, color=PALETTE[0], lw=2.2, marker="o", ms=5)
        write_text(ax, "random ranking", (0.6, 0.58), color=MUTED, va="top")
        known = int(np.argmax(best > 0.98))
        write_text(ax, "perfect ranking", (share[known], best[known]), offset=(8, -6), color=MUTED, va="top")
        text = f"model: first {percent(share[1])} account for {percent(gain[1])}"
        write_text(
            ax, text, (share[1], gain[1]), offset=(10, -8), color=PALETTE[0], bold=True, va="top", patch=True
        )
        ax.set(xlim=(0, 1.0), ylim=(0, 1.04))
        units(ax.xaxis, percent)
        units(ax.yaxis, percent)
    return ax


def decile_calibration(
    held: Table, *, words: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw mean purchases in the hold-out, as they happened and as predicted, by tenth of the prediction.

    Parameters
    ----------
    held : any dataframe
        One row per customer: ``happened`` and ``predicted``, as `holdout_data` makes it; purchases or spend.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``title``, ``tenth``, ``mean``, ``customers``,
        ``customers_one``, ``happened``, ``predicted``, ``nobody``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Bars are what happened, the line with points the prediction.

    Raises
    ------
    DataError
        A column is missing, or `words` have an unknown key.

    See Also
    --------
    deciles_data : Its numbers.
    decile_gain : How much of the purchases the best deciles make.
    clv.plot.calibration : By repeat purchases.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> held = pd.DataFrame({"happened": [9, 1, 0, 0], "predicted": [3.0, 1.0, 0.5, 0.1]})
    >>> [float(bar.get_height()) for bar in clv.plot.decile_calibration(held).patches]
    [9.0, 1.0, 0.0, 0.0]
    """
    texts = WORDS.over(words)
    data = deciles_data(held)
    with picture(ax) as ax:
        customers = float(data["customers"].sum())
        titles(
            ax,
            texts("title"),
            x=texts("tenth"),
            y=texts("mean"),
            note=texts.counted(customers, number(customers)) if len(data) else "",
        )
        if data.empty:
            return nothing(ax, texts("nobody"))
        labels = [str(decile) for decile in data["decile"]]
        happened, predicted = (data[name].to_numpy(float) for name in ("happened", "predicted"))
        names = (texts("happened"), texts("predicted"))
        compared(ax, labels, happened, predicted, names=names, key=0.8)
    return ax
