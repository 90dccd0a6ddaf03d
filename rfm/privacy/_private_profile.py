"""A profile of segments that is differentially private: whether any one customer is in the data hardly changes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._defaults import SCHEME
from rfm._frames.native import from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text, confidence_level, number, received, texts
from rfm._printed import Printed
from rfm._requirements import NUMBER, check_columns, check_groups, check_numbers, refuse_repeated
from rfm._schemes.scheme import Scheme, as_scheme
from rfm.errors import DataError
from rfm.privacy._clamped_sums import Grid, clamped_sums
from rfm.privacy._noise import Release, load_opendp, release

__all__ = ["PrivateProfile", "private_profile"]

MADE: Final = "rfm.segment(tx) makes such a table"
BOUNDS: Final = 'bounds={"monetary": (0, 2000), "frequency": (0, 50)}'
SPLIT: Final = 'split={"customers": 1, "monetary": 2}'
CUSTOMERS: Final = "customers"
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PrivateProfile(Generic[FrameT]):
    """A profile with noise, how large the noise is, and what it has spent; made by `private_profile`.

    Attributes
    ----------
    table : dataframe
        One row per segment, in the scheme's order, also of those without a customer:

        ``segment``
            The name, or the column named in ``by``.
        ``customers``, ``share``
            Number with noise, which may be negative, and the share of their sum.
        ``<column>_sum``
            For each column of ``bounds``: the sum of the clamped values, with noise.
        ``<column>_mean``, ``<column>_mean_low``, ``<column>_mean_high``
            Their quotient, and the range that holds the mean of the clamped values with probability ``confidence`` or
            more, both within the bounds. Missing where the number of customers with noise is below 1.
    noise : dataframe
        One row per statistic: ``statistic``; ``epsilon``, what it spends; ``sensitivity``, the most that one customer
        can change it by; ``scale``, of the discrete Laplace noise; ``half_width``, which the noise of a segment exceeds
        with probability 1 − ``confidence`` at most. All are known without the data, and may be told.
    epsilon : float
        Spent in all.
    confidence : float
        Of the ranges and half-widths.

    See Also
    --------
    private_profile : Makes it.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> table = pd.DataFrame({"country": ["FR", "FR", "NZ"]})
    >>> told = rfm.privacy.private_profile(table, by="country", segments=["FR", "NZ"], epsilon=0.5, bounds={})
    >>> told.noise
       statistic  epsilon  sensitivity  scale  half_width
    0  customers      0.5          1.0    2.0         6.0
    """

    table: FrameT
    noise: FrameT
    epsilon: float
    confidence: float
    _text: str = ""

    def __repr__(self) -> str:
        return str(Printed(self._text))

    def _repr_html_(self) -> str:
        return Printed(self._text)._repr_html_()


def private_profile(
    segmented: FrameT,
    scheme: str | Path | Scheme = SCHEME,
    *,
    epsilon: float,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    by: str = "segment",
    segments: Sequence[str] | None = None,
    split: Mapping[str, float] | None = None,
    confidence: float = 0.95,
) -> PrivateProfile[FrameT]:
    """Describe each segment with differential privacy: customers, and sums and means of columns, with OpenDP's noise.

    Whoever sees the result, and knows everything of all other customers, can hardly tell whether a customer is in the
    data: every result is at most ``exp(epsilon)`` times as probable with them as without them.

    Parameters
    ----------
    segmented : dataframe
        One row per customer with a segment, from `rfm.segment`, or any table with a column of groups.
    scheme : str, path or Scheme
        Its segments are the rows. They are not read from the data: that somebody is in a rare segment may tell who.
    epsilon : float
        The whole privacy budget of this call, from 0.000001 to 100. Around 1 is common; less protects more. **Each call
        spends its budget again**, and the budgets of all that is published of the same customers add up.
    bounds : mapping of str to (low, high)
        The columns of numbers to describe, such as ``monetary``, ``frequency`` and ``recency``, with bounds. A value
        beyond counts as the bound. The noise is in proportion to the larger one. They must be chosen without looking
        at these customers: the largest amount is somebody's. ``{}`` counts customers alone.
    by : str
        The column of groups.
    segments : sequence of str, optional
        All groups, in place of the scheme's.
    split : mapping of str to float, optional
        Weights by which the budget is divided over "customers" and the columns of ``bounds``; each is 1 where it is
        not named.
    confidence : float
        Of the half-widths of the noise and of the ranges of means.

    Returns
    -------
    PrivateProfile
        Tables of the kind that came in. There is no seed: noise that can be repeated can be taken away.

    Raises
    ------
    DataError
        If a column is missing, holds missing values or no numbers, a customer has several rows, a row is in none of the
        segments, or the bounds are missing.
    ImportError
        Without OpenDP: ``pip install 'rfm-clv[privacy]'``.

    See Also
    --------
    rfm.profile : Without noise.
    suppress : Hides small groups, without noise.

    Notes
    -----
    Pure ε-differential privacy (Dwork, McSherry, Nissim & Smith 2006, TCC, 265–284) for two tables of which one has one
    customer more, in one row; the noise is that of Ghosh, Roughgarden & Sundararajan (2012), SIAM Journal on Computing
    41, 1673–1693. One customer changes one segment's number by 1 and its sums by the larger bound, since segments are
    disjoint, and the statistics' budgets add up. Values are rounded to the seventh digit of the bound, so that
    sums are exact. OpenDP searches the scale and makes the noise (``make_laplace`` on whole numbers). OpenDP files
    that under "contrib", its name for what has not gone through all of its review; it is switched on for this call
    alone.

    The promise is about the table that comes in. It does not cover what the rows of *others* owe to a customer: cut
    points that were learned from the same customers, and an ``as_of`` that is the last order of the log. A scorer that
    was learned before, or fixed ``edges``, and a fixed ``as_of`` keep each row the customer's own. Errors, such as
    that of a missing value, are not covered either: they are for those who have the data.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> segmented = rfm.segment(rfm.datasets.cdnow_sample(), edges={
    ...     "R": [30, 90, 180, 365], "F": [1, 2, 4, 8], "M": [20, 50, 100, 200]})
    >>> told = rfm.privacy.private_profile(segmented, epsilon=1.0, bounds={"monetary": (0, 1000)})
    >>> told.epsilon, told.noise[["statistic", "epsilon", "sensitivity", "half_width"]]
    (1.0,       statistic  epsilon  sensitivity  half_width
    0     customers      0.5          1.0       6.000
    1  monetary_sum      0.5       1000.0    5991.465)
    """
    load_opendp()
    frame = from_native(segmented, MADE)
    budget = number("epsilon", epsilon, "epsilon=1.0", least=1e-6, most=100)
    confidence = confidence_level(confidence)
    grids = _grids(bounds)
    check_text("by", by, 'by="segment"')
    names = _names(scheme, segments)
    budgets = _budgets(budget, list(grids), split)
    _refuse_names(by, list(grids))
    check_columns(frame, (by, *grids), MADE)
    check_groups(frame, (by,))
    if "customer_id" in frame.collect_schema():
        refuse_repeated(frame)
    check_numbers(frame, dict.fromkeys(grids, NUMBER), MADE)
    customers, sums = clamped_sums(frame, by, names, grids)
    releases = {CUSTOMERS: release(customers, 1, budgets[CUSTOMERS])}
    releases |= {name: release(sums[name], grid.sensitivity, budgets[name]) for name, grid in grids.items()}
    table = _table(by, names, releases, grids, confidence)
    noise = _noise(releases, grids, confidence)
    spent = math.fsum(each.epsilon for each in releases.values())
    like = empty_like(frame)
    return PrivateProfile(
        table_like(like, table, names), table_like(like, noise), spent, confidence,
        _printed(table, noise, spent, confidence),
    )  # fmt: skip


def _grids(bounds: Any) -> dict[str, Grid]:
    """The bounds of each column, checked."""
    if bounds is None:
        raise DataError(
            "private_profile needs bounds of each column that it sums. They are not read from the data, since the "
            f"largest amount is somebody's. Hint: {BOUNDS}, chosen from what is known of such shops."
        )
    if not isinstance(bounds, Mapping):
        raise DataError(f"bounds must map columns to (low, high); got {received(bounds)}. Hint: {BOUNDS}.")
    grids = {}
    for name, pair in bounds.items():
        check_text("bounds", name, BOUNDS)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise DataError(f"bounds[{name!r}] must be (low, high); got {received(pair)}. Hint: {BOUNDS}.")
        low, high = (number(f"bounds[{name!r}]", each, BOUNDS, least=-1e15, most=1e15) for each in pair)
        if not low < high or max(-low, high) < 1e-6:
            raise DataError(
                f"bounds[{name!r}] must be two bounds, the lower one first, of 0.000001 or more; got "
                f"{received(pair)}. Hint: {BOUNDS}."
            )
        grids[name] = Grid(low, high)
    return grids


def _names(scheme: Any, segments: Any) -> list[str]:
    """The names of all segments, from what is public."""
    if segments is None:
        return list(as_scheme(scheme).names)
    names = texts("segments", segments, 'segments=["FR", "NZ"]')
    if not names or len(set(names)) < len(names):
        fact = "segments is empty" if not names else "segments names one twice"
        raise DataError(f'{fact}. Hint: segments=["FR", "NZ"] lists every group once.')
    return names


def _budgets(epsilon: float, columns: Sequence[str], split: Any) -> dict[str, float]:
    """The budget of each statistic."""
    if split is not None and not isinstance(split, Mapping):
        raise DataError(f"split must map statistics to weights; got {received(split)}. Hint: {SPLIT}.")
    weights = dict.fromkeys([CUSTOMERS, *columns], 1.0)
    for name, weight in (split or {}).items():
        if name not in weights:
            raise DataError(f"split: no statistic {received(name)}. There are: {', '.join(weights)}.")
        weights[name] = number(f"split[{name!r}]", weight, SPLIT, least=1e-6, most=1e6)
    return {name: epsilon * weight / math.fsum(weights.values()) for name, weight in weights.items()}


def _refuse_names(by: str, columns: Sequence[str]) -> None:
    """Refuse names that the result would have twice."""
    made = [CUSTOMERS, "share", *(f"{name}_{part}" for name in columns for part in PARTS)]
    names = [by, *columns, *made]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError(f"The name {twice[0]!r} is taken by the result. Hint: rename the column.")


PARTS: Final = ("sum", "mean", "mean_low", "mean_high")


def _table(
    by: str, names: list[str], releases: Mapping[str, Release], grids: Mapping[str, Grid], confidence: float
) -> dict[str, npt.NDArray[Any]]:
    """The columns of the profile, from numbers with noise alone."""
    counted = releases[CUSTOMERS]
    customers = np.array(counted.values, dtype=np.int64)
    total = customers.sum()
    table: dict[str, npt.NDArray[Any]] = {
        by: np.array(names, dtype=object),
        "customers": customers,
        "share": customers / total if total > 0 else np.full(len(names), np.nan),
    }
    both = (1 + confidence) / 2  # the number and the sum are each off with half of what may fail
    for name, grid in grids.items():
        sums = grid.amounts(releases[name].values)
        widths = counted.half_width(both), float(grid.amounts(releases[name].half_width(both)))
        parts = (sums, *_means(customers.astype(float), sums, widths, grid))
        table |= {f"{name}_{part}": values for part, values in zip(PARTS, parts, strict=True)}
    return table


def _means(
    customers: Array, sums: Array, widths: tuple[float, float], grid: Grid
) -> tuple[Array, Array, Array]:
    """Means and their ranges: the quotients of all numbers and sums that the noise leaves possible."""
    fewest = np.maximum(customers - widths[0], 1)
    most = np.maximum(customers + widths[0], 1)
    ends = [(sums + sign * widths[1]) / n for sign in (-1, 1) for n in (fewest, most)]
    means = [sums / np.maximum(customers, 1), np.min(ends, axis=0), np.max(ends, axis=0)]
    low, middle_high = grid.low, grid.high
    clipped = [np.where(customers >= 1, np.clip(each, low, middle_high), np.nan) for each in means]
    return clipped[0], clipped[1], clipped[2]


def _noise(
    releases: Mapping[str, Release], grids: Mapping[str, Grid], confidence: float
) -> dict[str, npt.NDArray[Any]]:
    """How large the noise of each statistic is."""
    units = {CUSTOMERS: 1.0, **{name: grid.unit for name, grid in grids.items()}}
    sensitivities = {CUSTOMERS: 1, **{name: grid.sensitivity for name, grid in grids.items()}}

    def column(values: Sequence[float]) -> Array:
        return np.array([float(f"{each:.12g}") for each in values])

    return {
        "statistic": np.array([CUSTOMERS, *(f"{name}_sum" for name in grids)], dtype=object),
        "epsilon": column([each.epsilon for each in releases.values()]),
        "sensitivity": column([sensitivities[name] * units[name] for name in releases]),
        "scale": column([each.scale * units[name] for name, each in releases.items()]),
        "half_width": column([each.half_width(confidence) * units[name] for name, each in releases.items()]),
    }


def _printed(
    table: Mapping[str, npt.NDArray[Any]],
    noise: Mapping[str, npt.NDArray[Any]],
    spent: float,
    confidence: float,
) -> str:
    parts = [
        pd.DataFrame(dict(each)).to_string(index=False, max_rows=60, float_format=lambda v: f"{v:,.4g}")
        for each in (table, noise)
    ]
    last = (
        f"Spent: epsilon = {spent:.6g}, and again by each further call. The noise of a segment exceeds half_width with "
        f"probability {1 - confidence:.3g} at most."
    )
    return "\n\n".join([*parts, last])
