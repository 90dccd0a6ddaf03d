"""One frame with past behaviour, segment and predicted value of each customer."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any, overload

import narwhals.stable.v2 as nw

from clv._customer_model import CustomerModel
from clv._fit import PurchaseModel, fit, refits_for
from clv._fits.prior import Prior, check_prior
from clv._given_model import histories_on, period_of, refuse_fit_options
from clv._histories import agreed
from clv._horizons import check_prediction
from clv._known_base import KnownBase
from clv._past_errors.from_refits import fit_chosen
from clv._past_errors.learning import with_past
from clv._periods import last_whole_end
from clv._season.season import SeasonChoice
from clv._spend_orders import SpendOrders, as_spend_orders
from clv._stages import as_log
from clv._units import Horizon, Unit
from rfm._customers.customer_base import CustomerBase
from rfm._customers.netting import netted_once
from rfm._customers.window import Window, window_start
from rfm._days import as_day, day_date
from rfm._defaults import SCHEME
from rfm._frames.dates import to_dates, with_day_numbers
from rfm._frames.joins import join_in_order
from rfm._frames.native import INTERNAL, Frame, from_native, to_native
from rfm._frames.types import FrameT, Table
from rfm._orders.transactions import Transactions
from rfm._requirements import refuse_taken
from rfm._schemes.ahead import AHEAD
from rfm._schemes.prospects import buyers_only
from rfm._schemes.scheme import Scheme, as_scheme, segmented
from rfm._scores.score import score
from rfm._segment import default_for, segment
from rfm.errors import DataError

__all__ = ["customer_table"]

# Names of all possible prediction columns, and of the table's own day: reserved.
PREDICTED = {"p_alive", "expected_purchases", "p_purchase", "expected_spend", "spend_from", "refund_rate", "clv",
             "clv_low", "clv_high", "clv_mean_low", "clv_mean_high", "purchases_low", "purchases_high",
             "p_alive_low", "p_alive_high", "expected_spend_low", "expected_spend_high", "interval_from",
             "law", "as_of"}  # fmt: skip
DUE_DAY = f"{INTERNAL}due"


@overload
def customer_table(
    tx: Transactions[FrameT],
    *,
    as_of: str | date | None = ...,
    scheme: str | Scheme = ...,
    attributes: Table | None = ...,
    window: Window | None = ...,
    model: PurchaseModel | CustomerModel = ...,
    unit: Unit | None = ...,
    entry_after: Horizon | None = ...,
    spend_orders: SpendOrders | None = ...,
    horizon: Horizon = ...,
    discount_rate: float = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
    price_growth: float = ...,
    season: SeasonChoice = ...,
    prior: Prior | None = ...,
) -> FrameT: ...


@overload
def customer_table(
    tx: FrameT,
    *,
    as_of: str | date | None = ...,
    scheme: str | Scheme = ...,
    attributes: Table | None = ...,
    window: Window | None = ...,
    model: PurchaseModel | CustomerModel = ...,
    unit: Unit | None = ...,
    entry_after: Horizon | None = ...,
    spend_orders: SpendOrders | None = ...,
    horizon: Horizon = ...,
    discount_rate: float = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
    price_growth: float = ...,
    season: SeasonChoice = ...,
    prior: Prior | None = ...,
) -> FrameT: ...


def customer_table(
    tx: Any,
    *,
    as_of: str | date | None = None,
    scheme: str | Scheme = SCHEME,
    attributes: Table | None = None,
    window: Window | None = None,
    model: PurchaseModel | CustomerModel = "auto",
    unit: Unit | None = None,
    entry_after: Horizon | None = None,
    spend_orders: SpendOrders | None = None,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    margin: float = 1.0,
    interval: float | None = None,
    value_per_order: float | None = None,
    price_growth: float = 0.0,
    season: SeasonChoice = None,
    prior: Prior | None = None,
) -> Any:
    """RFM, segment, P(alive) and lifetime value of every customer, side by side.

    Parameters
    ----------
    tx : Transactions, dataframe or CustomerBase
        A dataframe needs the columns `customer_id` and `date`, and `amount` where money is to be read. A
        `rfm.CustomerBase` answers without its history, with a model that has been fitted or a law that is named; what
        needs the log, such as "auto" and the past errors of a law that is fitted here, is refused.
    as_of : str or date, optional
        Last day that counts, inclusive; by default the log's last day. With "bg-bb" the last whole period ends there or
        before it.
    scheme : str or Scheme
        The segment scheme; by default "classic", or "lifecycle" for a log without amounts, see `rfm.segment`. Here
        its rules may read predictions as well, as those of "classic-ahead" do: any column of the table, and `due`.
    attributes : dataframe, optional
        Columns to join by `customer_id`, for rules to use. None may be named like a column of the result.
    window : str or date, optional
        Scores frequency and monetary value of the window alone, such as the last year, see `rfm.segment`; the model
        reads whole histories.
    model : str, type or CustomerModel
        The purchase law to fit to this log, by its name or its class (see `clv.fit`), by default the one that predicts
        held-out parts of this log best (see `clv.Choice`); or a model that has been fitted, or loaded, already: to this
        log, or to another, on this day or an earlier one. Its parameters are applied to the histories of this log on
        this day.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of the fit, by default "W"; a fitted model has its own.
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `clv.fit`; a fitted model has its own.
    spend_orders : {"repeat", "all", "auto"}, optional
        The orders from which the spend law knows a customer, by default "repeat", see `clv.fit`; a fitted model has its
        own.
    horizon : str or timedelta
        How far ahead: "52W", "365D", "12M" (365.25 days), a Timedelta, or "inf" where the rate is above 0.
    discount_rate : float
        Annual rate; 0.10 means that 1.10 in a year is worth 1 today.
    margin : float
        Share of spend that is kept: 1 values revenue, 0.3 a gross margin of 30%.
    interval : float, optional
        Mass of the predictive interval, for instance 0.9. A law that is fitted here then learns from earlier days of
        the log how far such intervals held (see `CustomerModel.with_past_errors`); a fitted model has what it knows.
    value_per_order : float, optional
        What every order is worth, in currency, in place of the log's amounts.
    price_growth : float
        Annual rate at which order values have grown and will grow, see `CustomerModel.predict`.
    season : {None, "auto", "month", "week"} or Season
        The season of the shop, see `clv.fit`; a fitted model has its own.
    prior : Prior, optional
        Weak priors for logs that say little of dropout, see `clv.fit`; a fitted model has its own.

    Returns
    -------
    dataframe of the kind that came in
        One row per customer with at least one purchase, sorted by `customer_id` when in memory: the columns of
        `rfm.segment` (there, `recency` is days since the last purchase and `frequency` is orders), then those of
        `CustomerModel.predict`, and in every row `law`, the name of the purchase law, and `as_of`, the day to which all
        of them refer. If the scheme reads `due`, there is this column too: the days from `as_of` until P(alive) falls
        below one half if nothing is bought, negative if it did so before, and missing where it never does (see
        `CustomerModel.due`, which has the day).

    Raises
    ------
    DataError
        If an attribute has the name of a column that is made here, or `unit` is not the model's, or a fitted model
        and a season are given; see also `rfm.Transactions`, `rfm.segment` and `clv.fit`.
    FitError
        See `clv.fit`.

    See Also
    --------
    segment_value : This table summed by segment.
    report : An HTML file made of it.
    rfm.segment : Its first columns.
    CustomerModel.predict : Its other columns.

    Examples
    --------
    >>> import clv, rfm
    >>> table = clv.customer_table(rfm.datasets.cdnow_sample(), as_of="1997-09-30", horizon="39W")
    >>> table.loc[0, ["customer_id", "segment", "expected_purchases"]].to_dict()
    {'customer_id': 1, ...}
    """
    source: Transactions | KnownBase
    if isinstance(tx, CustomerBase):
        source = KnownBase(tx, "clv.customer_table")
        fits = {"season": season, "entry_after": entry_after, "spend_orders": spend_orders}
        source.check_table(model, as_of, fits | {"interval": interval})
        last = as_day(source.last_day(as_of), "as_of")
    else:
        source = as_log(tx, "clv.customer_table")
        last = source.last_day if as_of is None else as_day(as_of, "as_of")
    if attributes is not None:
        refuse_taken(from_native(attributes), PREDICTED, argument="attributes")
    check_prediction(
        horizon,
        discount_rate,
        margin=margin,
        interval=interval,
        value_per_order=value_per_order,
        price_growth=price_growth,
        start=last,
    )
    if spend_orders is not None:
        as_spend_orders(spend_orders)
    check_prior(prior)
    if window is not None:
        window_start(window, last)  # refused before anything is fitted
    period = period_of(model, unit)
    if period is not None and not isinstance(source, KnownBase):  # both halves are as of the same day
        last = last_whole_end(last, period, source.first_day)
    day = day_date(last)
    with _netted(source):
        known = _known(source, day, scheme, attributes, window)
        fitted, histories = _modelled(
            source,
            model,
            unit,
            day,
            season,
            entry_after,
            spend_orders,
            value_per_order,
            prior,
            interval is not None,
        )
    predicted = fitted.predict(
        horizon,
        discount_rate,
        margin=margin,
        interval=interval,
        customers=histories,
        value_per_order=value_per_order,
        price_growth=price_growth,
    )
    both = join_in_order(known.frame, from_native(predicted))
    if known.reads_due:
        both = join_in_order(both, _days_until_due(fitted, histories, last))
    both = known.with_segments(both)
    law = fitted.purchases.law.name
    both = both.with_columns(law=nw.lit(law), as_of=nw.lit(last).cast(nw.Int64))
    return to_native(to_dates(both, ["as_of"]))


@dataclass(frozen=True)
class _Known:
    """What customers did: with their segments, or with the scheme that is yet to be applied as it reads predictions."""

    frame: Frame
    scheme: Scheme | None
    reads_due: bool

    def with_segments(self, both: Frame) -> Frame:
        """The table with its segments, after the facts and scores."""
        if self.scheme is None:
            return both
        first = self.frame.collect_schema().names()
        later = [name for name in both.collect_schema().names() if name not in first]
        return segmented(self.scheme, both).select(*first, "segment", *later)


def _netted(source: Transactions | KnownBase) -> AbstractContextManager[None]:
    if isinstance(source, KnownBase):
        return nullcontext()
    return netted_once(source, days=source.has_amounts and source.has_returns)


def _known(
    tx: Transactions | KnownBase,
    day: date,
    scheme: str | Scheme,
    attributes: Table | None,
    window: Window | None,
) -> _Known:
    given = () if attributes is None else from_native(attributes).collect_schema().names()
    found = buyers_only(as_scheme(default_for(scheme, money=tx.has_amounts)))
    ahead = found._reads & AHEAD - set(given)
    if isinstance(tx, KnownBase):
        facts = tx.base.summary(day, window=window)
        of = {"summary": facts, "attributes": attributes}
    else:
        of = {"tx": tx, "as_of": day, "attributes": attributes, "window": window}
    if not ahead:
        frame = from_native(segment(scheme=found, **of))
        return _Known(frame, None, False)
    if not tx.has_amounts:
        found.check_reads(("R", "F", "rf"))
    frame = from_native(score(bins=found.bins, **of))
    refuse_taken(frame, ("segment",))
    return _Known(frame, found, "due" in ahead)


def _days_until_due(fitted: CustomerModel, histories: Table | None, last: int) -> Frame:
    """`customer_id` and `due`, in days after the last that counts."""
    found = from_native(fitted.due(0.5, customers=histories)).select("customer_id", "due")
    days: Frame = with_day_numbers(found, "due", DUE_DAY)
    return days.select("customer_id", due=nw.col(DUE_DAY) - last)


def _modelled(
    tx: Transactions | KnownBase,
    model: PurchaseModel | CustomerModel,
    unit: Unit | None,
    day: date,
    season: SeasonChoice,
    entry_after: Horizon | None,
    spend_orders: SpendOrders | None,
    value_per_order: float | None,
    prior: Prior | None,
    learns: bool,
) -> tuple[CustomerModel, Table | None]:
    """A model, and the histories of a log on a day that it predicts from: None for those it was just fitted to."""
    if not isinstance(model, CustomerModel):
        options: dict[str, Any] = {
            "unit": "W" if unit is None else unit,
            "season": season,
            "entry_after": entry_after,
            "spend_orders": "repeat" if spend_orders is None else spend_orders,
            "prior": prior,
        }
        if isinstance(tx, KnownBase):
            return fit(tx.base, model, end=day, value_per_order=value_per_order, **options), None
        refits = refits_for(tx, **options)
        fitted = fit_chosen(refits, model, day, value_per_order=value_per_order, **options)
        return with_past(fitted, tx, refits=refits) if learns else fitted, None
    refuse_fit_options({"season": season, "entry_after": entry_after, "prior": prior})
    agreed("unit", model.unit, unit, "the model")
    if spend_orders is not None and as_spend_orders(spend_orders) != model.spend_orders:
        raise DataError(
            f"spend_orders={spend_orders!r} was given, and the model was fitted to {model.spend_orders!r}. "
            "Hint: leave it out, or fit again, clv.fit(tx, spend_orders=…)."
        )
    if isinstance(tx, KnownBase):
        return model, tx.summary(model.unit, day)
    return model, histories_on(model, tx, day)
