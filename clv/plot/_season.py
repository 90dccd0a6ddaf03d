"""The factors of a season through a year, with what is uncertain about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, MonthLocator

from clv._customer_model import CustomerModel
from clv._numerics import central_interval
from clv._season.cycle import slot_of
from clv._season.factors import drawn_factors, factors_on
from clv._season.season import Season
from rfm._options import interval_mass, received, whole
from rfm._words import Words, declare
from rfm.errors import DataError
from rfm.plot._colors import MUTED, PALETTE
from rfm.plot._numbers import number
from rfm.plot._style import picture, titles, units

__all__ = ["season", "season_data"]

DRAWS: Final = 2_000
LEAP_YEAR: Final = 2_024  # shown where there is no model whose year it could be

WORDS: Final[Words] = declare(
    "pictures.season",
    {
        "title": "The season of {year}: purchases against an ordinary day",
        "x": "Month",
        "y": "Factor",
        "note": "band: where the factors lie with a probability of {mass}",
    },
)


def season(
    model: CustomerModel | Season,
    *,
    year: int | None = None,
    interval: float = 0.9,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the factors of a season through a year.

    Parameters
    ----------
    model : a fitted model, or a Season
        Whose factors are drawn.
    year : int, optional
        The calendar year; by default that after the model's last day of observation, and 2024 of a bare season.
    interval : float
        Mass of the band around learned factors.
    words : mapping of str to str, optional
        The picture's words, by the keys ``title`` (``{year}``), ``x``, ``y`` and ``note`` (``{mass}``); by default
        English.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        The line is the factor of each day; 1 is marked.

    Raises
    ------
    DataError
        The model has no season, or an option is invalid.

    See Also
    --------
    season_data : Its numbers.
    clv.Season : What a season is.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> december = clv.Season.from_factors(pd.Series([1.0] * 11 + [2.0], index=range(1, 13)))
    >>> clv.plot.season(december).get_ylabel()
    'Factor'
    """
    texts, data = WORDS.over(words), season_data(model, year=year, interval=interval)
    uncertain = bool((data["high"] > data["low"]).any())
    with picture(ax) as ax:
        titles(
            ax,
            texts("title", year=str(data["date"].iloc[0].year)),
            x=texts("x"),
            y=texts("y"),
            note=texts("note", mass=f"{interval:.0%}") if uncertain else "",
        )
        ax.axhline(1.0, color=MUTED, lw=1)
        ax.fill_between(
            data["date"], data["low"], data["high"], color=PALETTE[2], alpha=0.3, lw=0, step="mid"
        )
        ax.step(data["date"], data["factor"], color=PALETTE[0], lw=2, where="mid")
        ax.set_xlim(data["date"].iloc[0], data["date"].iloc[-1])
        ax.set_ylim(0, 1.08 * max(float(data["high"].max()), 1.0))
        units(ax.yaxis, number)
        ax.xaxis.set_major_locator(MonthLocator())  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_formatter(DateFormatter("%m"))  # type: ignore[no-untyped-call]
    return ax


def season_data(
    model: CustomerModel | Season, *, year: int | None = None, interval: float = 0.9
) -> pd.DataFrame:
    """Return the numbers of `season`.

    Parameters
    ----------
    model : a fitted model, or a Season
        Whose factors are returned.
    year : int, optional
        The calendar year; by default that after the model's last day of observation, and 2024 of a bare season.
    interval : float
        Mass of the interval of learned factors.

    Returns
    -------
    pandas.DataFrame
        ``date``, ``factor``, ``low``, ``high``: one row per day. Given factors are known, so that theirs are equal.

    Raises
    ------
    DataError
        The model has no season, or an option is invalid.

    See Also
    --------
    season : The picture.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> december = clv.Season.from_factors(pd.Series([1.0] * 11 + [2.0], index=range(1, 13)))
    >>> clv.plot.season_data(december, year=2025)["factor"].iloc[[0, -1]].tolist()
    [1.0, 2.0]
    """
    held = getattr(model, "season", model)
    if not isinstance(held, Season):
        what = "a model without a season" if held is None else received(model)
        raise DataError(
            f"A picture of a season takes a model with one, or a clv.Season; got {what}. "
            'Hint: clv.fit(tx, season="auto").'
        )
    mass, end = interval_mass(interval), getattr(model, "end", None)
    if year is None:
        year = LEAP_YEAR if end is None else (pd.Timestamp(end) + pd.Timedelta("1D")).year
    year = whole("year", year, "year=2025", least=1, most=9_998)
    first = np.datetime64(f"{year:04d}-01-01", "D").astype(np.int64)
    last = np.datetime64(f"{year + 1:04d}-01-01", "D").astype(np.int64)
    day = np.arange(first, last)
    slot, factor = slot_of(day), factors_on(held, day)
    drawn = drawn_factors(held, DRAWS, np.random.default_rng(0))[:, slot]
    low, high = central_interval(drawn, mass)
    usual = held.by_slot[slot]
    of_date = np.divide(factor, usual, out=np.zeros_like(factor), where=usual > 0)
    return pd.DataFrame(
        {
            "date": day.astype("datetime64[D]").astype("datetime64[s]"),
            "factor": factor,
            "low": low * of_date,
            "high": high * of_date,
        }
    )
