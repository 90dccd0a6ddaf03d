"""How wrong a model's totals were on its own log, and what that says of the next ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from clv._past_errors.error_process import MOST, Errors, Learned, Scales, Windows
from clv._past_errors.interval_from import PAST, TYPICAL, IntervalFrom
from clv._past_errors.typical import ORDERS, PURCHASES
from rfm._days import as_day, day_date
from rfm._options import interval_mass, is_number

__all__ = ["COLUMNS", "Held", "PastErrors", "past_errors_from_dict", "past_errors_to_dict"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS: Final = (
    "origin", "days", "predicted", "happened", "predicted_spend", "happened_spend", "law_sd", "parameters_sd",
)  # fmt: skip
NUMBERS: Final = COLUMNS[1:]
WORK: Final = 4_000_000  # scales × periods² of a distribution over many periods
FEWEST: Final = 8  # scales, however many periods there are
EARNED: Final = 4  # origins at which a correction must have been tried
SURE: Final = 2.0  # standard errors by which it must have helped


class Held(NamedTuple):
    """How many past totals lay in their intervals: with the errors known then, by the law alone, and of how many."""

    with_errors: int
    by_law: int
    totals: int


@dataclass(frozen=True)
class PastErrors:
    """How wrong a model's totals were on its own log; `model.past_errors` after `CustomerModel.with_past_errors`.

    Attributes
    ----------
    table : DataFrame
        A row for each origin and length of time after it, in days: `origin`, the last day that the fit knew; `days`;
        `predicted` and `happened`, purchases of the customers known at the origin; `predicted_spend` and
        `happened_spend`, missing where there is no law of spend; `law_sd`, the standard deviation of the log of the
        number of purchases if the law is right, and `parameters_sd`, what of it is due to estimated parameters. Without
        rows nothing is known of this log but what is typical.
    end : date or None
        The day after which totals are predicted.

    See Also
    --------
    CustomerModel.with_past_errors : Makes it.
    CustomerModel.total, CustomerModel.forecast : Whose intervals it widens.

    Notes
    -----
    The error of a total is e = ln(happened/predicted). Its model is a sum of Gaussian parts, each with a scale of its
    own: a bias of the law on this log, one part of which is the same at all lengths and one grows like t^.75; shocks
    of the shop that pass (an Ornstein-Uhlenbeck process whose memory is four weeks, averaged over the time counted); a
    season that the law does not know (a curve that repeats every year); a drift of its level (a random walk, less its
    mean over the four weeks before the origin); and the law's own noise, `law_sd`. All times are read as they overlap,
    so that ten totals that share most of their days count for little more than one.

    The scales have a log-normal prior, whose medians come from totals of real logs (bias .031 at 26 weeks, shocks .114
    a week, season .06 a day, drift .154 a year; `benchmarks/typical_errors.csv`), with a standard deviation of .7 for
    each logarithm. Given the scales everything is Gaussian; over the scales it is summed on a grid. The distribution of
    the next error is therefore a mixture, with heavy tails where few origins are known, centred at what is left of the
    bias when it has been shrunk by its evidence. The worth of a mean order has errors of its own by the same model.

    Examples
    --------
    >>> import clv, rfm
    >>> sample = rfm.datasets.cdnow_sample()
    >>> model = clv.fit(sample, "mbg-nbd").with_past_errors(sample)
    >>> model.past_errors.source
    'law and its past errors'
    >>> model.past_errors.table["days"].unique().tolist()
    [28, 56, 91, 182, 364]
    """

    table: pd.DataFrame = field(compare=False)
    end: date | None = None

    @classmethod
    def typical(cls, end: str | date | None = None) -> PastErrors:
        """What is known without a past: the errors of other logs.

        Parameters
        ----------
        end : str or date, optional
            The day after which totals are predicted.

        Returns
        -------
        PastErrors
            Without rows.

        Raises
        ------
        DataError
            If `end` is no day.

        See Also
        --------
        CustomerModel.with_past_errors : Learns those of a log.

        Examples
        --------
        >>> import clv
        >>> clv.PastErrors.typical().source
        'law and typical errors'
        """
        day = None if end is None else day_date(as_day(end, "end"))
        return cls(pd.DataFrame({name: pd.Series(dtype=float) for name in COLUMNS}), day)

    @property
    def source(self) -> IntervalFrom:
        """Where intervals with these errors come from: "law and its past errors", or "law and typical errors"."""
        return PAST if len(self.table) else TYPICAL

    def __repr__(self) -> str:
        if not len(self.table):
            return "PastErrors(typical)"
        origins = self.table["origin"].nunique()
        return f"PastErrors({len(self.table)} totals at {origins} origins until {self.end})"

    def error_factors(self, edges: Array, size: int, rng: np.random.Generator) -> Array:
        """Draws of happened ÷ expected, beyond the law's own noise, in periods that follow each other.

        Parameters
        ----------
        edges : ndarray of shape (periods + 1,)
            Ends of the periods in days after `end`, beginning with 0.
        size : int
            Number of draws.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        ndarray of shape (size, 2, periods)
            Equally likely: of purchases, and of money. They are common to all customers.

        See Also
        --------
        CustomerModel.total : Multiplies its draws by them.

        Examples
        --------
        >>> import clv, numpy as np
        >>> drawn = clv.PastErrors.typical().error_factors(np.array([0.0, 182.0]), 400, np.random.default_rng(1))
        >>> drawn.shape
        (400, 2, 1)
        """
        windows = self._ahead(edges)
        errors = [learned.draws(size, rng) for learned in self._learned(windows)]
        return np.exp(np.stack([errors[0], errors[0] + errors[1]], axis=1))

    def correction(self, edges: Array) -> Array:
        """Factors for point forecasts: 1 but where corrections have helped this log before.

        Parameters
        ----------
        edges : ndarray of shape (periods + 1,)
            Ends of the periods in days after `end`, beginning with 0.

        Returns
        -------
        ndarray of shape (2, periods)
            Of purchases, and of money.

        See Also
        --------
        CustomerModel.total : Has them as a column.

        Notes
        -----
        At each origin with a past, the errors until then correct its totals. Corrections are made if at four origins or
        more they lowered the mean absolute log error by more than two standard errors, for which origins count as far
        as their totals share no days.

        Examples
        --------
        >>> import clv, numpy as np
        >>> clv.PastErrors.typical().correction(np.array([0.0, 182.0])).tolist()
        [[1.0], [1.0]]
        """
        found = np.ones((2, len(edges) - 1))
        if self._helped[0]:
            purchases, orders = (learned.expected for learned in self._learned(self._ahead(edges)))
            found[:] = np.exp(purchases)
            found[1] *= np.exp(orders) if self._helped[1] else 1.0
        return found

    def held(self, mass: float = 0.9) -> Held:
        """How many past totals of purchases lay in their intervals, as these would have been made at their origins.

        Parameters
        ----------
        mass : float
            Of the intervals.

        Returns
        -------
        Held
            `with_errors`, by the errors that had been seen by then; `by_law`; and of how many `totals`. Totals at the
            same origin, and of neighbouring ones, share most of their days.

        Raises
        ------
        DataError
            If `mass` does not lie between 0 and 1.

        See Also
        --------
        CustomerModel.summary : Says it in a sentence.

        Examples
        --------
        >>> import clv
        >>> clv.PastErrors.typical().held()
        Held(with_errors=0, by_law=0, totals=0)
        """
        mass = interval_mass(mass)
        levels = np.array([(1 - mass) / 2, (1 + mass) / 2])
        held = 0
        by_law = ndtri(levels[1]) * self._purchases.noise
        for rows, learned in self._known_then:
            own = self._purchases.take(rows)
            low, high = learned.quantiles(levels, own.noise**2).T
            held += int(((own.error >= low) & (own.error <= high)).sum())
        error = self._purchases.error
        return Held(held, int((np.abs(error) <= by_law).sum()), len(error))

    @cached_property
    def _purchases(self) -> Errors:
        """Log errors of the numbers of purchases."""
        some = self._counted
        error = np.log(some["happened"] / some["predicted"])
        return self._errors(some, error, some["law_sd"], some["parameters_sd"])

    @cached_property
    def _orders(self) -> Errors:
        """Log errors of the mean order, whose own noise is that of orders with a standard deviation like their mean."""
        some = self._counted
        some = some[(some["predicted_spend"] > 0) & (some["happened_spend"] > 0)]
        error = np.log(
            some["happened_spend"] / some["predicted_spend"] * some["predicted"] / some["happened"]
        )
        return self._errors(some, error, 1 / np.sqrt(some["happened"]), 0.0 * some["law_sd"])

    @property
    def _counted(self) -> pd.DataFrame:
        """Totals whose logarithm exists."""
        table = self.table
        return table[
            (table["predicted"] > 0)
            & (table["happened"] > 0)
            & (table["law_sd"] > 0)
            & (table["parameters_sd"] >= 0)
        ]

    @staticmethod
    def _errors(some: pd.DataFrame, error: Any, noise: Any, doubt: Any) -> Errors:
        origin = np.array([as_day(day, "origin") for day in some["origin"]], dtype=float)
        days = some["days"].to_numpy(dtype=float)
        windows = Windows(origin, np.zeros(len(days)), days)
        return Errors(windows, *(np.asarray(part, dtype=float) for part in (error, noise, doubt)))

    def _ahead(self, edges: Array) -> Windows:
        """Periods after the last day."""
        edges = np.asarray(edges, dtype=float)
        origin = 0.0 if self.end is None else float(as_day(self.end, "end"))
        return Windows(np.full(len(edges) - 1, origin), edges[:-1], edges[1:])

    def _learned(self, windows: Windows) -> tuple[Learned, Learned]:
        """What the errors until now say of those of purchases, and of mean orders."""
        periods = len(windows)
        most = MOST if periods == 1 else int(np.clip(WORK / periods**2, FEWEST, 60))
        return self._purchases.ahead(windows, PURCHASES, most), self._orders.ahead(windows, ORDERS, most)

    @cached_property
    def _known_then(self) -> list[tuple[Ints, Learned]]:
        """At each origin, what was known of the errors of purchases."""
        return self._one_by_one(self._purchases, PURCHASES)

    @cached_property
    def _helped(self) -> tuple[bool, bool]:
        """Whether corrections by what had been seen before would have helped: of purchases, and of mean orders."""
        of_orders = self._one_by_one(self._orders, ORDERS)
        return self._would_help(self._purchases, self._known_then), self._would_help(self._orders, of_orders)

    def _would_help(self, errors: Errors, known: list[tuple[Ints, Learned]]) -> bool:
        gains, origins, lengths = [], [], []
        for rows, learned in known:
            if len(self._until(errors, rows)):
                own = errors.error[rows]
                gains.append(float((np.abs(own) - np.abs(own - learned.expected)).mean()))
                origins.append(errors.windows.origin[rows[0]])
                lengths.append(float(errors.windows.end[rows].mean()))
        if len(gains) < EARNED:
            return False
        apart = 1 + (origins[-1] - origins[0]) / np.mean(lengths)  # origins whose totals share no days
        return bool(np.mean(gains) > SURE * np.std(gains, ddof=1) / np.sqrt(min(apart, len(gains))))

    def _one_by_one(self, errors: Errors, prior: Scales) -> list[tuple[Ints, Learned]]:
        """For each origin its rows, and what was known of their errors when it was the last day."""
        origins = np.unique(errors.windows.origin)
        places = [np.flatnonzero(errors.windows.origin == origin) for origin in origins]
        return [
            (rows, errors.take(self._until(errors, rows)).ahead(errors.windows.take(rows), prior))
            for rows in places
        ]

    @staticmethod
    def _until(errors: Errors, rows: Ints) -> Ints:
        """The errors that had been seen by the origin of some rows."""
        windows = errors.windows
        return np.flatnonzero(windows.origin + windows.end <= windows.origin[rows[0]])


def past_errors_to_dict(errors: PastErrors) -> dict[str, Any]:
    """Past errors as plain JSON values; what is not finite is null."""
    columns: dict[str, list[Any]] = {
        name: [float(v) if np.isfinite(v) else None for v in errors.table[name].to_numpy(dtype=float)]
        for name in NUMBERS
    }
    origins = [day_date(as_day(day, "origin")).isoformat() for day in errors.table["origin"]]
    return {"end": None if errors.end is None else errors.end.isoformat(), "origin": origins, **columns}


def past_errors_from_dict(document: Any) -> PastErrors:
    """Past errors from their JSON values.

    Raises
    ------
    TypeError, ValueError
        If a field is missing, has the wrong type, or a number that no total can be.
    """
    if not isinstance(document, Mapping) or set(document) != {"end", *COLUMNS}:
        raise ValueError(f"past errors have end, {', '.join(COLUMNS)}")
    lists = {name: document[name] for name in COLUMNS}
    if not all(isinstance(values, list) for values in lists.values()):
        raise ValueError("past errors have a list for each column")
    if len({len(values) for values in lists.values()}) > 1:
        raise ValueError("the columns of past errors have different lengths")
    for name in NUMBERS:
        for value in lists[name]:
            if value is not None and not (is_number(value) and abs(float(value)) < 1e15):
                raise ValueError(f"{name} of past errors is {value!r}")
    if any(value is None or not 1 <= value <= 36_525 for value in lists["days"]):
        raise ValueError("days of past errors are whole days from 1 to 36,525")
    columns = {name: np.array([np.nan if v is None else v for v in lists[name]], float) for name in NUMBERS}
    end = document["end"]
    table = pd.DataFrame({"origin": [date.fromisoformat(day) for day in lists["origin"]], **columns})
    return PastErrors(table.astype({"days": "int64"}), None if end is None else date.fromisoformat(end))
