"""A log that begins in the middle of its customers' histories: the options that say so, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clv._fits.data import FitData
from clv._fits.fit_law import Fit
from clv._fits.posterior_draws import Draws, draw_around
from clv._fits.prior import Prior
from clv._fits.window_likelihood import WindowLikelihood, climb_from, fit_window
from clv._histories import Histories
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.seen_law import SEEN_FROM, SeenLaw, has_survivors
from clv._season.clock import Clock
from clv._summary import LOG_GAPS
from clv._units import Unit, days_per_unit, horizon_days
from clv.errors import FitError
from rfm._days import as_day
from rfm._first_seen import is_cohort
from rfm._frames.columns import with_arrays
from rfm._frames.dates import to_dates
from rfm._frames.execution import fetch
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm._requirements import check_columns, refuse_repeated
from rfm.errors import DataError

__all__ = [
    "AUTO",
    "LogOptions",
    "LogStart",
    "as_options",
    "as_seen",
    "check_law",
    "draws_of",
    "fit_log",
    "log_length",
    "with_first_purchases",
]

AUTO: Final = "auto"
HINT: Final = 'entry_after="26W" for those first seen later than that, "auto" to find out, or None'
FIRST_HINT: Final = (
    "a table with the columns customer_id and first_purchase, or the name of a column of the log"
)
ALL_NEW: Final = 'entry_after="auto": everybody counts as new when first seen.'
BEHAVIOUR: Final = "What they did later is not explained better if some of them are old."
LEAVE_OUT: Final = "Hint: leave out entry_after="
NAMED = 5
PROPOSALS = 240  # weighted points from which the parameters are drawn
LEAST_GAIN = 6.0  # of log-likelihood: two more parameters gain as much by chance once in 400
LEAST_OLD = 0.01  # of those first seen: below it the log is taken to be whole


@dataclass(frozen=True)
class LogOptions:
    """What was asked for, checked.

    Parameters
    ----------
    entry : float or None
        Days after which customers must be first seen for the parameters; None where nobody may have joined before.
    auto : bool
        Whether the log itself decides.
    first_purchase : dataframe, str or None
        Known first purchases.
    """

    entry: float | None = None
    auto: bool = False
    first_purchase: Any = None

    @property
    def asked(self) -> bool:
        """Whether the log may begin in the middle of histories."""
        return self.entry is not None or self.first_purchase is not None


@dataclass(frozen=True)
class LogStart:
    """What a model knows of the time before its log.

    Parameters
    ----------
    window : float
        Length of the log, in the law's time, at the model's last day.
    entry : float
        Time after which those were first seen whom the parameters are estimated from, in the same unit.
    growth : float
        The rate at which customers join grows as e^(growth · time).
    past : float
        Age of the shop when the log begins; 0 where nobody unknown can have joined before it.
    note : str
        What was done, in sentences.
    days : float
        Length of the log, in days, at the model's last day.
    """

    window: float
    entry: float = 0.0
    growth: float = 0.0
    past: float = 0.0
    note: str = ""
    days: float = 0.0

    @property
    def known(self) -> bool:
        """Whether the first purchases of all customers are known, from which their histories count."""
        return self.window > 0 and not self.mixture

    @property
    def mixture(self) -> bool:
        """Whether customers first seen in the log may have joined before it."""
        return self.past > 0

    def seen(self, law: PurchaseLaw, window: float) -> SeenLaw:
        """A law as this log shows its customers, after a window of another length."""
        if isinstance(law, SeenLaw):
            return law.within(window)
        return SeenLaw(law, self.growth, self.past, window)


def as_seen(
    start: LogStart | None,
    law: Any,
    model_end: date | None,
    end: date | None,
    unit: Unit,
    silent: float = 0.0,
    clock: Clock | None = None,
) -> Any:
    """A model's purchase law as its log shows the customers on a day, and after a silence: itself where it is whole.

    Raises
    ------
    DataError
        If the day lies before the log's first.
    """
    if start is None or not start.window:
        return law
    window = start.window + silent
    if end is not None and model_end is not None:
        days = (end - model_end).days
        if clock is None:
            window += days / days_per_unit(unit)
        else:
            begin = as_day(model_end, "end") - round(start.days)
            window = float(clock.ahead(begin, np.array([start.days + days]))[0]) + silent
    if window <= 0:
        raise DataError(
            f"The table's last day, {end}, lies before the log that the model was fitted to begins. "
            "Hint: fit to a log that begins earlier."
        )
    return start.seen(law, window)


def as_options(entry_after: Any, first_purchase: Any) -> LogOptions:
    """The options, checked.

    Raises
    ------
    DataError
        If `entry_after` is no length of time, or both are given.
    """
    if entry_after is not None and first_purchase is not None:
        raise DataError(
            "Both entry_after= and first_purchase= are given, and known first purchases leave nothing to estimate. "
            "Hint: leave out entry_after=."
        )
    if first_purchase is not None:
        if not isinstance(first_purchase, str) and not hasattr(first_purchase, "columns"):
            raise DataError(f"first_purchase={received(first_purchase)} is no table. Hint: {FIRST_HINT}.")
        return LogOptions(first_purchase=first_purchase)
    if entry_after is None:
        return LogOptions()
    if isinstance(entry_after, str) and entry_after.strip().lower() == AUTO:
        return LogOptions(entry=0.0, auto=True)
    try:
        days = horizon_days(entry_after, "entry_after")
    except DataError as error:
        raise DataError(f"{str(error).partition(' Hint:')[0]} Hint: {HINT}.") from None
    if not np.isfinite(days):
        raise DataError(f"entry_after={received(entry_after)} leaves no customers. Hint: {HINT}.")
    return LogOptions(entry=float(np.floor(days + 1e-9)))


def check_law(options: LogOptions, law_class: type[PurchaseLaw], engine: str) -> None:
    """Refuse a law of which it is not known how its old customers look, and fitters that do not know it either.

    Raises
    ------
    DataError
    """
    name = "first_purchase=" if options.first_purchase is not None else "entry_after="
    if not options.asked:
        return
    if engine != "native":
        raise DataError(f"engine={engine!r} cannot fit with {name}. Hint: leave out engine=.")
    if not has_survivors(law_class):
        why = _why_unknown(law_class)
        raise DataError(
            f"{name} needs to know how customers look who had joined before the log, and this is not known for "
            f'{law_class.title}, {why}. Hint: choose model="bg-nbd", "mbg-nbd" or "pareto-nbd"; or leave out '
            "customers first seen early, and fit to the others."
        )


def _why_unknown(law_class: type[PurchaseLaw]) -> str:
    """Why it is not known how a law's old customers look."""
    if law_class.discrete:
        return "which counts calendar periods"
    if law_class.reads_silence:
        return "in which it also matters when they had bought last"
    if law_class.measured_in:
        return "in which a customer's chance of leaving depends on their age"
    return "a law of your own"


def log_length(table: Table, column: str, unit: Unit) -> float:
    """Length of a log in units of time, from the longest time since a first purchase: its first day counts."""
    longest = fetch(from_native(table).select(nw.col(column).max())).item()
    days = days_per_unit(unit)
    return float(round(float(longest) * days) + 1) / days


def with_first_purchases(histories: Histories, given: Any, log: Any, last: int) -> tuple[Histories, float]:
    """A BTYD summary with known first purchases, and the length of its log.

    Of those whose first purchase lies before the log, `frequency` then counts all purchases in the log, which are
    repeats, `recency` and `T` count from the first purchase of all, `monetary_value` is the mean of all purchases in
    the log, and `first_order_spend`, which is not known, is 0. The column `first_purchase` says that they count so.
    There is no `sum_log_gaps`: the times between purchases before the log are not known.

    Raises
    ------
    DataError
        If a customer has no first purchase there, one after the first in the log, or one in the log that the log lacks.
    """
    assert histories.unit is not None
    unit = days_per_unit(histories.unit)
    window = log_length(histories.table, "T", histories.unit)
    table = fetch(from_native(histories.table))
    rows = pd.DataFrame({"customer_id": table.get_column("customer_id").to_numpy()})
    days = _first_days(given, log)
    if len(days) and isinstance(days["customer_id"].iloc[0], str) != isinstance(
        rows["customer_id"].iloc[0], str
    ):
        raise DataError(
            "first_purchase: customer_id holds texts there and something else in the log, or the reverse. "
            "Hint: cast one of them."
        )
    merged = merge_in_order(rows, days)
    first = merged["first"].to_numpy(dtype=float)
    columns = {name: table.get_column(name).to_numpy().astype(float) for name in _read(table.columns)}
    start, seen = last - round(window * unit) + 1, last - np.round(columns["T"] * unit)
    _check_first(rows["customer_id"].to_numpy(), first, seen, start)
    old = first < start
    gap = np.where(old, seen - first, 0.0) / unit
    changed = {
        "frequency": (columns["frequency"] + old).astype(np.int64),
        "recency": columns["recency"] + gap,
        "T": columns["T"] + gap,
    }
    if "monetary_value" in columns and "first_order_spend" in columns:
        x, mean, spent = (columns[name] for name in ("frequency", "monetary_value", "first_order_spend"))
        every = np.maximum((x * mean + spent) / (x + 1), 0.0)
        changed["monetary_value"] = np.where(old, every, mean)
        changed["first_order_spend"] = np.where(old, 0.0, spent)
    changed["first_purchase"] = first.astype(np.int64)
    dated = to_dates(with_arrays(table, changed), ["first_purchase"])
    # The gap before the log's beginning is unobserved.
    known = [name for name in dated.columns if name != LOG_GAPS]
    return replace(histories, table=to_native(dated.select(known))), window


def _read(names: list[str]) -> list[str]:
    return [n for n in ("frequency", "recency", "T", "monetary_value", "first_order_spend") if n in names]


def _first_days(given: Any, log: Any) -> pd.DataFrame:
    """`customer_id` and `first`, the day of the first purchase, from a table or a column of the log."""
    if isinstance(given, str) and (log is None or isinstance(log, Transactions)):
        raise DataError(
            f"first_purchase={received(given)} names a column, and this log is no dataframe with columns of its "
            f"own. Hint: {FIRST_HINT}."
        )
    column = given if isinstance(given, str) else "first_purchase"
    frame = from_native(log if isinstance(given, str) else given)
    check_columns(frame, ("customer_id", column), FIRST_HINT, argument="first_purchase")
    if not isinstance(given, str):
        refuse_repeated(frame, argument="first_purchase")
    known = to_native(frame.select("customer_id", column).filter(~nw.col(column).is_null()))
    try:
        read = Transactions(known, customer="customer_id", date=column, amount=None, far_dates="keep")
    except DataError as error:
        raise DataError(f"first_purchase: {error}") from None
    firsts = read.ledger.group_by("customer_id").agg(first=nw.col("day").min())
    return to_pandas(to_native(firsts))


def _check_first(ids: Any, first: Any, seen: Any, start: int) -> None:
    """Refuse first purchases that are missing, or that the log contradicts."""
    for wrong, fact, hint in (
        (
            np.isnan(first),
            "have no first purchase",
            "give one for every customer of the log, or use entry_after=",
        ),
        (
            first > seen,
            "bought in the log before their first purchase",
            "a first purchase is the day of the first order of all; the day of a sign-up is not",
        ),
        (
            (first >= start) & (first < seen),
            "have a first purchase in the time of the log that it lacks",
            "the day of a sign-up is no purchase; leave out amounts of 0, or add the missing orders",
        ),
    ):
        if wrong.any():
            named = ", ".join(map(str, sorted(ids[wrong].tolist(), key=str)[:NAMED]))
            raise DataError(
                f"first_purchase: {int(wrong.sum()):,} customers {fact}, among them {named}. Hint: {hint}."
            )


def fit_log(
    plain: Fit[Any],
    options: LogOptions,
    table: Table,
    unit: Unit,
    days: float,
    clock: Clock | None = None,
) -> tuple[Fit[Any], LogStart]:
    """The fit of a law to what a log shows, from the one that takes everybody for new, and what it says of the log.

    "auto" keeps it if it explains what customers did after they were first seen better than the plain fit does: after a
    launch many are first seen at the log's beginning, too, but behave as new ones. With a clock all times are those of
    a season, in which customers join, too.
    """
    data = FitData.read(type(plain.law), table)
    mixture, entry_days = options.first_purchase is None, options.entry or 0.0
    if entry_days >= days:
        raise DataError(f"entry_after is {entry_days:.0f} days, and the log only {days:.0f}. Hint: {HINT}.")
    entry, window = np.array([entry_days, days]) / days_per_unit(unit)
    if mixture and (cohort := _cohort(data, window, days_per_unit(unit))):
        if options.auto:
            return plain, LogStart(0.0, note=f"{ALL_NEW} {cohort}.")
        raise FitError(f"entry_after= needs customers who join all through the log. {cohort}. {LEAVE_OUT}.")
    if clock is not None:
        data = clock.data(data)
        entry, window = clock.ahead(round(clock.end - days), np.array([entry_days, days]))
    entry, window = float(entry), float(window)
    found = fit_window(plain, WindowLikelihood.of(type(plain.law), data, window, entry, mixture=mixture))
    seen = found.seen
    told = not mixture or found.purchases.converged
    if options.auto and not (told and _behave_as_old(data, plain.law, seen)):
        return plain, LogStart(0.0, note=f"{ALL_NEW} {BEHAVIOUR}")
    if not told:
        raise FitError(
            "It cannot be told who had joined before the log: the number of customers who are first seen does not "
            f"change steadily enough over its time. {LEAVE_OUT}; or give first_purchase=."
        )
    past, growth = (seen.past, seen.growth) if mixture else (0.0, 0.0)
    start = LogStart(window, entry, growth, past, days=days)
    n = float(data.weights.sum())
    if not mixture:
        old = float(data.weights @ (data.columns[2] >= window * (1 - SEEN_FROM)))
        note = f"{old:,.0f} of {n:,.0f} customers are known to have joined before the log; purchases between then and "
        return found.purchases, replace(start, note=f"{note}its beginning count as unobserved.")
    old = float(data.weights @ seen.share_old(*data.columns))
    warn_of_nobody(old, n)
    return found.purchases, replace(start, note=_note(start, old, n, entry_days))


def _behave_as_old(data: FitData, law: Any, seen: SeenLaw) -> bool:
    """Whether what customers did after they were first seen is explained better if some of them are old."""
    mixed = float(data.weights @ seen.log_behaviour(*data.columns))
    return mixed > float(data.weights @ np.asarray(law.log_likelihood(*data.columns))) + LEAST_GAIN


def _cohort(data: FitData, window: float, days: float) -> str:
    """A sentence on customers who joined for a while and then no more, where nothing says how many joined before."""
    seen = np.round((window - data.columns[2]) * days).astype(np.int64)
    length = round(window * days)
    if not is_cohort(seen, length, data.weights):
        return ""
    order = np.argsort(seen)
    most = seen[order][np.searchsorted(np.cumsum(data.weights[order]), 0.99 * data.n)]
    return f"99% of them were first seen within {most:,} of {length:,} days: a cohort"


def _note(start: LogStart, old: float, n: float, entry_days: float) -> str:
    year = 365.25 * start.window / start.days  # in the law's time, which may be a season's
    kept = ""
    if entry_days > 0:
        kept = f" Parameters are those of customers first seen more than {entry_days:.0f} days after its beginning."
    return (
        f"The log begins in the middle of histories: of {n:,.0f} customers first seen in it about {old:,.0f} had "
        f"joined before, and predictions count with it. Estimated: the shop was {start.past / year:.1f} years old, and "
        f"the number who join changes by {np.expm1(start.growth * year):+.0%} a year.{kept}"
    )


def draws_of(
    start: LogStart,
    purchases: Fit[Any],
    table: Table,
    clock: Clock | None,
    draws: int,
    rng: np.random.Generator,
) -> Draws[Any]:
    """Laws drawn from the posterior of the parameters by the likelihood of a log, with growth and past."""
    data = FitData.read(type(purchases.law), table)
    data = data if clock is None else clock.data(data)
    likelihood = WindowLikelihood.of(
        type(purchases.law), data, start.window, start.entry, mixture=start.mixture, prior=Prior()
    )
    mode = climb_from(likelihood, likelihood.theta(start.seen(purchases.law, start.window)))
    return draw_around(likelihood, mode, draws, rng, PROPOSALS)


def warn_of_nobody(old: float, n: float) -> None:
    """Warn where an estimate says that nobody had joined before the log."""
    if old < LEAST_OLD * n:
        warn("By the estimate nobody had joined before the log. Hint: leave out entry_after=.")
