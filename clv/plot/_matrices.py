"""Matrices by frequency and recency: expected purchases, and P(alive)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from clv._units import LONGEST
from rfm._options import number as number_in
from rfm._words import Words, declare
from rfm.errors import DataError
from rfm.plot._colors import SEQUENTIAL, ink_on
from rfm.plot._numbers import number, percent
from rfm.plot._style import hatch, picture, titles, write_text

from ._sources import MOST_COUNT, UNITS, PurchaseSource, law_of, observed, unit_of

Floats = npt.NDArray[np.float64]

__all__ = [
    "expected_purchases_matrix",
    "expected_purchases_matrix_data",
    "p_alive_matrix",
    "p_alive_matrix_data",
]

WORDS: Final = declare(
    "pictures.matrices",
    {
        "p_alive": "P(alive) by frequency and recency",
        "expected": "Purchases expected in the next {time} {unit}, by frequency and recency",
        "recency": "Recency: {unit} from the first to the last purchase, of T = {T}",
        "frequency": "Frequency: repeat purchases",
        "once": "– one purchase only: {value}",
        **{unit: unit for unit in UNITS},
    },
)


def p_alive_matrix(
    model: PurchaseSource,
    *,
    max_frequency: int | None = None,
    T: float | None = None,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability that a customer is alive, for every frequency and recency.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        A model also gives the time unit and the range of its customers.
    max_frequency : int, optional
        Largest number of repeat purchases to show; by default the 99.5th percentile of the model's customers.
    T : float, optional
        Time since the first purchase, in the law's unit; by default the longest of the model's customers.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``p_alive``, ``expected``, ``recency``,
        ``frequency``, ``once``, ``days``, ``weeks``, ``months``, ``years``, ``periods``, ``time
        units``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Recency from left to right, frequency from bottom to top; contour lines are labelled with the probability, and
        impossible pairs are hatched.

    Raises
    ------
    DataError
        A bare law comes without `max_frequency` and `T`, one of them is not positive, or `words` have an
        unknown key.

    See Also
    --------
    p_alive_matrix_data : Its numbers.
    expected_purchases_matrix : Expected purchases instead.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> ax = clv.plot.p_alive_matrix(law, max_frequency=20, T=39)
    >>> ax.get_title(loc="left")
    'P(alive) by frequency and recency'
    """
    texts = WORDS.over(words)
    data = p_alive_matrix_data(model, max_frequency=max_frequency, T=T)
    with picture(ax) as ax:
        _titles(ax, texts("p_alive"), texts(unit_of(model)), data, texts)
        _draw(ax, data, percent, texts, levels=(0.1, 0.25, 0.5, 0.75, 0.9), highest=1.0)
    return ax


def p_alive_matrix_data(
    model: PurchaseSource, *, max_frequency: int | None = None, T: float | None = None
) -> pd.DataFrame:
    """Return the numbers of `p_alive_matrix`.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        A model also gives the time unit and the range of its customers.
    max_frequency : int, optional
        Largest number of repeat purchases to show; by default the 99.5th percentile of the model's customers.
    T : float, optional
        Time since the first purchase, in the law's unit; by default the longest of the model's customers.

    Returns
    -------
    pandas.DataFrame
        Rows ``frequency`` (repeat purchases), columns ``recency`` (in the law's unit); NaN where a pair
        is impossible (no repeat purchase with a recency above zero, and the reverse).

    See Also
    --------
    p_alive_matrix : The picture.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> clv.plot.p_alive_matrix_data(law, max_frequency=2, T=3).loc[2].round(3).tolist()
    [nan, 0.681, 0.757, 0.812]
    """
    law = law_of(model)
    return _grid(model, max_frequency, T, law.p_alive)


def expected_purchases_matrix(
    model: PurchaseSource,
    t: float,
    *,
    max_frequency: int | None = None,
    T: float | None = None,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the purchases expected in the next `t` units of time, for every frequency and recency.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        A model also gives the time unit and the range of its customers.
    t : float
        Time ahead, in the law's unit.
    max_frequency : int, optional
        Largest number of repeat purchases to show; by default the 99.5th percentile of the model's customers.
    T : float, optional
        Time since the first purchase, in the law's unit; by default the longest of the model's customers.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``p_alive``, ``expected``, ``recency``,
        ``frequency``, ``once``, ``days``, ``weeks``, ``months``, ``years``, ``periods``, ``time
        units``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        As for `p_alive_matrix`; the lines are labelled with expected purchases.

    Raises
    ------
    DataError
        As for `p_alive_matrix`.

    See Also
    --------
    expected_purchases_matrix_data : Its numbers.
    p_alive_matrix : P(alive) instead.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> ax = clv.plot.expected_purchases_matrix(law, 39, max_frequency=20, T=39)
    >>> ax.get_ylabel()
    'Frequency: repeat purchases'
    """
    texts = WORDS.over(words)
    data = expected_purchases_matrix_data(model, t, max_frequency=max_frequency, T=T)
    with picture(ax) as ax:
        unit = texts(unit_of(model))
        _titles(ax, texts("expected", time=number(float(t)), unit=unit), unit, data, texts)
        highest = float(np.nanmax(data.to_numpy()))
        levels = MaxNLocator(nbins=7).tick_values(0.0, highest)[1:-1]
        _draw(ax, data, number, texts, levels=tuple(levels), highest=highest)
    return ax


def expected_purchases_matrix_data(
    model: PurchaseSource, t: float, *, max_frequency: int | None = None, T: float | None = None
) -> pd.DataFrame:
    """Return the numbers of `expected_purchases_matrix`, in the form of `p_alive_matrix_data`.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        A model also gives the time unit and the range of its customers.
    t : float
        Time ahead, in the law's unit.
    max_frequency : int, optional
        Largest number of repeat purchases to show; by default the 99.5th percentile of the model's customers.
    T : float, optional
        Time since the first purchase, in the law's unit; by default the longest of the model's customers.

    Returns
    -------
    pandas.DataFrame
        Rows ``frequency``, columns ``recency`` (in the law's unit); NaN where a pair is impossible.

    See Also
    --------
    expected_purchases_matrix : The picture.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> clv.plot.expected_purchases_matrix_data(law, 39, max_frequency=1, T=2).loc[1].round(3).tolist()
    [nan, 2.916, 3.085]
    """
    law, t = law_of(model), number_in("t", t, "t=52", above=0, most=LONGEST)

    def expect(x: Floats, t_x: Floats, age: float) -> float | Floats:
        return law.conditional_expected_purchases(t, x, t_x, age)

    return _grid(model, max_frequency, T, expect)


def _grid(
    model: PurchaseSource, max_frequency: int | None, T: float | None, answer: Callable[..., float | Floats]
) -> pd.DataFrame:
    """Evaluate the law for every possible pair."""
    most, age = observed(model, max_frequency, T)
    if not (most >= 1 and 0 < age < np.inf):
        raise DataError(f"max_frequency and T must be positive; got {most} and {age}.")
    discrete = law_of(model).discrete
    if discrete and age > MOST_COUNT:
        raise DataError(
            f"T={age:,.0f} periods are too many for a picture; at most {MOST_COUNT:,}. Hint: T=52."
        )
    steps = int(age) if discrete or age == int(age) <= 80 else 60
    frequency, recency = np.arange(most + 1), np.linspace(0.0, age, steps + 1)
    x, t_x = np.meshgrid(frequency.astype(float), recency, indexing="ij")
    can = (x > 0) == (t_x > 0)
    if discrete:  # at most one purchase per period
        can &= x <= t_x
    values = np.full(x.shape, np.nan)
    values[can] = answer(x[can], t_x[can], age)
    return pd.DataFrame(
        values, index=pd.Index(frequency, name="frequency"), columns=pd.Index(recency, name="recency")
    )


def _titles(ax: Axes, title: str, unit: str, data: pd.DataFrame, texts: Words) -> None:
    across = texts("recency", unit=unit, T=number(data.columns.to_numpy(float)[-1]))
    titles(ax, title, x=across, y=texts("frequency"))


def _draw(
    ax: Axes,
    data: pd.DataFrame,
    form: Callable[[float], str],
    texts: Words,
    levels: tuple[float, ...],
    highest: float,
) -> None:
    """Colour the possible pairs, and draw labelled contour lines."""
    frequency, recency = data.index.to_numpy(float), data.columns.to_numpy(float)
    values, step = data.to_numpy(), recency[1]
    age = recency[-1]
    frame = (-step / 2, age + step / 2, -0.5, frequency[-1] + 0.5)
    hatch(ax, (frame[0], frame[2]), age + step, frequency[-1] + 1)
    ax.imshow(
        np.ma.masked_invalid(values), origin="lower", aspect="auto", extent=frame, cmap=SEQUENTIAL, vmin=0.0,
        vmax=highest, zorder=1,
    )  # fmt: skip
    scale = Normalize(0.0, highest)
    if values.size <= 150:
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                ink = ink_on(SEQUENTIAL(scale(value)))
                write_text(
                    ax,
                    form(value),
                    (float(recency[column]), float(frequency[row])),
                    size=10,
                    ha="center",
                    color=ink,
                )
    else:
        _lines(ax, recency[1:], frequency[1:], values[1:, 1:], levels, scale, form)
        write_text(ax, texts("once", value=form(values[0, 0])), (step / 2, 0), offset=(4, 0), patch=True)
    ax.set(xlim=frame[:2], ylim=frame[2:])
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))


def _lines(
    ax: Axes,
    recency: Floats,
    frequency: Floats,
    values: Floats,
    levels: tuple[float, ...],
    scale: Normalize,
    form: Callable[[float], str],
) -> None:
    """Draw labelled contour lines."""
    inside = [level for level in levels if np.nanmin(values) < level < np.nanmax(values)]
    if inside and min(values.shape) > 1:
        inks = [ink_on(SEQUENTIAL(scale(level))) for level in inside]
        lines = ax.contour(recency, frequency, values, levels=inside, colors=inks, linewidths=1.0)
        ax.clabel(lines, fmt=form, fontsize=10)
