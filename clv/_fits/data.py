"""The rows that a law is fitted to, and checks that they hold enough information."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._fits.design import Design, columns_of
from clv._laws.arguments import to_floats
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array, unique_rows
from clv._stages import BTYD, refuse_other_stage
from clv._summary import LOG_GAPS
from clv.errors import FitError
from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame, from_native
from rfm._frames.types import Table
from rfm._requirements import ANY, LARGEST_COUNT, NUMBER, Held, check_columns, check_numbers, column_of_floats
from rfm.errors import DataError

__all__ = [
    "LOG_GAPS",
    "FitData",
    "Law",
    "LawT_co",
    "has_timing",
    "in_memory",
    "one_mean",
    "purchase_data",
    "spend_data",
    "spending",
]

WEIGHTS = f"{INTERNAL}weights"
GAPS, PART = f"{INTERNAL}gaps", f"{INTERNAL}part"
FINE = 2.0**40  # parts of a logarithm that an engine sums as whole numbers, in any order
ROUNDING = 1e-9  # relative rounding of a mean of equal prices; a fit could not distinguish them either

Law: TypeAlias = PurchaseLaw | SpendLaw
if TYPE_CHECKING:
    from typing_extensions import TypeVar  # of Python 3.13, which knows defaults

    LawT_co = TypeVar("LawT_co", bound=Law, covariant=True, default=Law)
else:
    from typing import TypeVar

    LawT_co = TypeVar("LawT_co", covariant=True)


@dataclass(frozen=True)
class FitData:
    """Distinct rows of a BTYD summary, with the number of customers of each.

    Parameters
    ----------
    names : tuple of str
        The law's `data_columns`.
    columns : tuple of ndarray of shape (n,)
        Their values.
    weights : ndarray of shape (n,)
        Customers per row, > 0.
    log_gaps : ndarray of shape (n,), optional
        Of all customers of a row together, the sum of the logarithms of the times between their purchases; for laws
        that say how regular these are.
    """

    names: tuple[str, ...]
    columns: tuple[Array, ...]
    weights: Array
    log_gaps: Array | None = None

    @classmethod
    def read(
        cls,
        law_class: type[Law],
        table: Table,
        weights: ArrayLike | str | None = None,
        covariates: tuple[str, ...] = (),
        design: Design | None = None,
    ) -> FitData:
        """Read a law's columns from a dataframe of any engine; equal rows become one.

        Covariates are columns of numbers, or with a design its columns, which are coded.

        Raises
        ------
        DataError
            If a column is missing or has invalid values, or the weights are not one number ≥ 0 per row.
        """
        held = () if design is None else design.columns
        names = (*law_class.data_columns, *covariates, *held)
        frame = _with_columns(table, names)
        gaps = GAPS if has_timing(law_class) and LOG_GAPS in frame.collect_schema() else None
        hint = "weights= names a column of the table, or is one number per row"
        if isinstance(weights, str):
            check_columns(frame, (weights,), hint)
        elif weights is not None and not isinstance(frame, nw.DataFrame):
            raise DataError(f"weights must name a column where the table is behind an engine. Hint: {hint}.")
        allowed = {**dict.fromkeys(law_class.data_columns, ANY), **dict.fromkeys(covariates, NUMBER)}
        if gaps:
            allowed[LOG_GAPS] = ANY
        check_numbers(frame, allowed, "clv.summarize(tx) makes such a table")
        if not isinstance(frame, nw.DataFrame):  # an engine counts equal rows itself
            each_row = nw.len() if weights is None else nw.col(str(weights)).sum()
            if gaps:
                frame = _with_gap_parts(frame, weights)
            sums = {name: nw.col(name).sum() for name in (GAPS, PART)} if gaps else {}
            frame, weights = _counted(frame, names, each_row, sums)
        elif gaps:
            frame = frame.with_columns(nw.col(LOG_GAPS).alias(gaps))
        if isinstance(weights, str):
            check_numbers(frame, {weights: Held(0, LARGEST_COUNT)}, "weights are customers per row")
            weights = column_of_floats(frame, weights)
        customers = _weights(weights, len(frame))
        numbers = tuple(_numbers(frame, name) for name in names if name not in held)
        log_gaps = _gap_sums(frame, customers) if gaps else None
        every = cls(names[: len(numbers)], numbers, customers, log_gaps)
        if design is not None:
            z = design.coded(columns_of(frame, design.columns, design))
            every = cls((*every.names, *design.terms), (*numbers, *z.T), customers, log_gaps)
        silent, buyers = (every.where(keep).merged() for keep in every.strata())
        both = zip(silent.columns, buyers.columns, strict=True)
        total = np.concatenate([silent.weights, buyers.weights])
        columns = tuple(np.concatenate(pair).astype(float) for pair in both)
        both_gaps = None if log_gaps is None else [np.asarray(part.log_gaps) for part in (silent, buyers)]
        gap_sums = None if both_gaps is None else np.concatenate(both_gaps)
        data = cls(every.names, columns, total, gap_sums).where(total > 0)
        read = len(law_class.data_columns)
        try:
            law_class.to_history(*data.columns[:read])
        except DataError:
            law_class.to_history(*every.columns[:read])  # names the row of the original table
            raise
        _check_gaps(data)
        return data

    @property
    def n(self) -> float:
        """Customers."""
        return float(self.weights.sum())

    def where(self, keep: NDArray[np.bool_]) -> FitData:
        """The rows for which `keep` holds."""
        rows = np.flatnonzero(keep)
        if len(rows) == len(keep):
            return self
        all_alike = self.weights.strides == (0,)  # one number broadcast to many: no need to copy it
        weights = self.weights[: len(rows)] if all_alike else self.weights.take(rows)
        gaps = None if self.log_gaps is None else self.log_gaps.take(rows)
        return replace(
            self, columns=tuple(c.take(rows) for c in self.columns), weights=weights, log_gaps=gaps
        )

    def only(self, names: tuple[str, ...]) -> FitData:
        """The same rows with these columns."""
        columns = dict(zip(self.names, self.columns, strict=True))
        return replace(self, names=names, columns=tuple(columns[name] for name in names))

    def strata(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Rows without and with repeat purchases: of the former, in daily time, only few are distinct."""
        none = self.columns[0] == 0
        return none, ~none

    def merged(self) -> FitData:
        """Equal rows as one, in ascending order, so that no sum over them depends on the order of the table."""
        if not len(self.weights):
            return self
        first, inverse = unique_rows(*self.columns)
        weights = np.asarray(np.bincount(inverse, self.weights, len(first)), dtype=float)
        columns = tuple(column[first] for column in self.columns)
        gaps = None
        if self.log_gaps is not None:
            ascending = np.argsort(self.log_gaps)  # so that the sums do not depend on the order either
            gaps = np.asarray(
                np.bincount(inverse[ascending], self.log_gaps[ascending], len(first)), dtype=float
            )
        order = np.lexsort(columns[::-1])
        ordered = tuple(column[order] for column in columns)
        return FitData(self.names, ordered, weights[order], None if gaps is None else gaps[order])

    def with_gap_total(self, total: float | None) -> FitData:
        """The same rows with another sum of the logarithms of all gaps, such as that in a season's time.

        Of a row only an approximation is known then: the difference is spread evenly over all gaps.
        """
        if total is None or self.log_gaps is None:
            return replace(self, log_gaps=None)
        repeats = self.weights * self.columns[0]
        each = (total - self.log_gaps.sum()) / max(repeats.sum(), 1e-300)
        return replace(self, log_gaps=self.log_gaps + each * repeats)

    def sample(self, rows: int) -> FitData:
        """At most about `rows` rows with and as many without a purchase, evenly spaced, with weights adjusted."""
        chosen, weights = [], []
        for keep in self.strata():
            stratum = np.flatnonzero(keep)
            some = stratum[:: len(stratum) // rows + 1]
            scale = self.weights[stratum].sum() / max(self.weights[some].sum(), 1e-300)
            chosen.append(some)
            weights.append(self.weights[some] * scale)
        place = np.concatenate(chosen)
        share = self.weights[place].sum() / self.n
        scaled = share * np.concatenate(weights)
        gaps = None if self.log_gaps is None else self.log_gaps[place] * (scaled / self.weights[place])
        return FitData(self.names, tuple(c[place] for c in self.columns), scaled, gaps)


def has_timing(law_class: Any) -> bool:
    """Whether a law says how regular the times between purchases are: it has a k, or is to get one."""
    return hasattr(law_class, "log_gap_term")


def in_memory(table: Table, names: tuple[str, ...]) -> dict[str, Array]:
    """Columns of finite numbers, of a dataframe of any engine, as arrays."""
    frame = _with_columns(table, names).select(*names)
    check_numbers(frame, dict.fromkeys(names, NUMBER), "they are the covariates of the fit")
    rows = fetch(frame)
    return {name: _numbers(rows, name) for name in names}


def _weights(weights: ArrayLike | None, rows: int) -> Array:
    if weights is None:
        return np.broadcast_to(1.0, rows)
    customers = to_floats("weights", weights)
    if customers.shape != (rows,) or not np.all(np.isfinite(customers) & (customers >= 0)):
        raise DataError(f"Weights must be a finite number, 0 or more, for each of the {rows} rows.")
    return customers


def _with_gap_parts(frame: Any, weights: Any) -> Any:
    """In an engine: the logarithms of gaps, times weights, as a whole number and a part in units of 1/`FINE`."""
    each = nw.col(LOG_GAPS).cast(nw.Float64)
    each = each if weights is None else each * nw.col(str(weights))
    whole = each.floor()
    told = each.abs() < LARGEST_COUNT  # else NaN, for `_gap_sums` to refuse
    return frame.with_columns(
        nw.when(told).then(whole).otherwise(float("nan")).alias(GAPS),
        nw.when(told).then(((each - whole) * FINE).round()).otherwise(0.0).cast(nw.Int64).alias(PART),
    )


def _gap_sums(frame: nw.DataFrame[Any], customers: Array) -> Array:
    """Sums of logarithms of gaps of the customers of each row; those of an engine are weighed already."""
    each = column_of_floats(frame, GAPS)
    bad = np.flatnonzero(~np.isfinite(each))
    if len(bad):
        where = "" if PART in frame.columns else f", the first in row {bad[0]}"
        raise DataError(
            f"Column {LOG_GAPS!r} has values that are missing or infinite{where}. "
            "Hint: clv.summarize(tx) makes it; it is 0 without repeat purchases."
        )
    return each + column_of_floats(frame, PART) / FINE if PART in frame.columns else each * customers


def _check_gaps(data: FitData) -> None:
    """Raise DataError where gaps cannot have these logarithms: equal gaps have the largest sum, x ln(t_x/x)."""
    if data.log_gaps is None:
        return
    x, t_x = data.columns[:2]
    bought = x > 0
    repeats = data.weights * x
    most = repeats * np.log(np.where(bought, t_x, 1.0) / np.where(bought, x, 1.0))
    over = np.where(bought, data.log_gaps - most, np.abs(data.log_gaps))
    bad = np.flatnonzero(over > ROUNDING * (1 + repeats + np.abs(most)))
    if len(bad):
        row = bad[0]
        raise DataError(
            f"Customers with x = {x[row]:g} and t_x = {t_x[row]:g} have {LOG_GAPS} = "
            f"{data.log_gaps[row] / data.weights[row]:.6g}, and gaps that add up to t_x have at most "
            f"{most[row] / data.weights[row]:.6g}. Hint: it is in the table's unit of "
            "time; clv.summarize(tx) makes both."
        )


def _numbers(frame: nw.DataFrame[Any], name: str) -> Array:
    values = column_of_floats(frame, name)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DataError(
            f"Column {name!r} has {len(bad)} values that are missing or infinite, the first in row {bad[0]}. "
            "Hint: fill them, or leave these customers out."
        )
    return values


def _counted(
    frame: Any, names: tuple[str, ...], each_row: nw.Expr, more: dict[str, nw.Expr]
) -> tuple[nw.DataFrame[Any], str]:
    """The distinct rows with more sums, and the name of the column of their weights.

    Names of covariates that are no plain words are grouped under others: some engines read a key as an expression.
    """
    weights = WEIGHTS if "weights" in map(str.casefold, names) else "weights"
    own = {name if name.isidentifier() else f"{INTERNAL}key{place}": name for place, name in enumerate(names)}
    keys = {key: nw.col(name) for key, name in own.items()}
    rows = frame.with_columns(**keys).group_by(*keys).agg(each_row.alias(weights), **more)
    return fetch(rows).rename(own), weights


def _with_columns(table: Table, names: tuple[str, ...]) -> Frame:
    refuse_other_stage(table, names, "btyd_summary", BTYD, "clv.summarize(tx)")
    frame = from_native(table)
    check_columns(frame, names, "make it with clv.summarize(tx)")
    return frame


def purchase_data(data: FitData) -> FitData:
    """The rows if a purchase law can be estimated from them.

    Raises
    ------
    FitError
        If there is only one customer, none bought again, or all customers have the same history.
    """
    x = data.columns[0]
    _more_than_one(data, "customer")
    if not np.any(x > 0):
        raise FitError(
            f"None of the {data.n:g} customers bought a second time, and without repeat purchases no law "
            "can be estimated. Hint: observe longer, or check that customer ids are stable."
        )
    if len(x) == 1:
        shown = ", ".join(f"{k} = {c[0]:g}" for k, c in zip(data.names, data.columns, strict=True))
        raise FitError(
            f"All {data.n:g} customers have the same history ({shown}), which does not show how they "
            "differ. Hint: fit to customers with different histories."
        )
    return data


def spend_data(data: FitData) -> FitData:
    """The repeat buyers with a positive mean, if a spend law can be estimated from them.

    Raises
    ------
    FitError
        If there are fewer than two of them, or all of them spend the same.
    """
    buyers = spending(data)
    if not len(buyers.weights):
        raise FitError(
            f"None of the {data.n:g} customers has a repeat purchase of positive value, from which the "
            "spend law is estimated. Hint: observe longer, or map the column of amounts."
        )
    _more_than_one(buyers, "repeat buyer")
    price = one_mean(buyers)
    if price is not None:
        raise FitError(
            f"All {buyers.n:g} repeat buyers spend the same mean, {price:g}, which does not "
            "show how spend differs. Hint: with one price, value purchases at that price."
        )
    return buyers


def spending(data: FitData) -> FitData:
    """The repeat buyers with a positive mean."""
    x, m = data.columns[:2]
    return data.where((x > 0) & (m > 0))


def one_mean(buyers: FitData) -> float | None:
    """The common mean spend of all repeat buyers, up to rounding; None if they differ.

    A mean of equal prices may miss the price by some units in the last place: (9.99 + 9.99 + 9.99)/3 is not 9.99.
    """
    m = buyers.columns[1]
    least, most = m.min(), m.max()
    return float(np.median(m)) if most - least <= ROUNDING * most else None


def _more_than_one(data: FitData, who: str) -> None:
    if data.n == 0:
        raise FitError(
            f"There is no {who} to fit to: none has bought. Hint: check tx.audit and rfm.summarize(tx), where "
            "customers with only refunds have 0 orders."
        )
    if data.n < 2:
        raise FitError(
            f"Only {data.n:g} {who}, and differences between customers need at least two. "
            "Hint: fit to all customers of a period."
        )
