"""The findings on a log of orders: computed once, then printed by the command and drawn by the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from clv._backtests.backtest import MODELS, Backtest, run
from clv._backtests.baselines import BASELINES
from clv._backtests.holdout import Counts
from clv._backtests.options import requested_laws
from clv._backtests.trial import Test
from clv._checks.check import run_checks
from clv._checks.finding import Finding
from clv._checks.first_orders import CHECK as FIRST_LIKE_LATER
from clv._checks.holdout_bias import CHECK as PREDICTED
from clv._checks.log_begins import CHECK as BEGINS
from clv._checks.one_time import CHECK as STILL_CUSTOMERS
from clv._checks.season import CHECK as SEASON_CHECK
from clv._choice.choice import Choice
from clv._choice.choose import origins_of
from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._customer_table import customer_table
from clv._fit import PurchaseModel, refits_for
from clv._fits.prior import Prior
from clv._fits.timing import family_name
from clv._given_model import histories_on
from clv._horizons import check_prediction
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._past_errors.from_refits import fit_chosen
from clv._past_errors.learning import with_past
from clv._report.cautions import Caution, Heard, Touched, noticing, sentences
from clv._report.few_held import few_held
from clv._report.moves import Moves, check_previous, moves_in_log, moves_since
from clv._report.some_customers import some_read, total_of_all
from clv._season.season import SeasonChoice
from clv._segment_value import segment_value
from clv._spend_orders import SpendOrders, as_spend_orders
from clv._stages import as_log
from clv._units import Horizon, Unit, horizon_days
from rfm._base_report.brief import Brief, brief
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_date, is_day
from rfm._defaults import SCHEME
from rfm._dynamics.migration import Migration, migration
from rfm._dynamics.snapshots import snapshots
from rfm._frames.execution import fetch
from rfm._frames.mapping import to_pandas, to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions
from rfm._schemes.scheme import Scheme
from rfm._segment import scheme_for
from rfm._words import Message
from rfm.errors import DataError

__all__ = [
    "Findings",
    "Progress",
    "find",
    "parameters",
    "rows_until",
    "top_customers",
]

Progress = Callable[[str], None]

QUARTER = 91  # days
CERTAIN = 0.999  # mean P(alive) above which a law counts as having no dropout


@dataclass(frozen=True)
class Findings:
    """Frames and fits, ready for display.

    Attributes
    ----------
    tx : Transactions
        The log, with its audit.
    as_of : date
        Last day that counts.
    rows : int
        Rows of the log that count, refunds among them.
    horizon : str
        Horizon of the values.
    discount_rate : float
        Annual rate.
    model : CustomerModel
        The two fitted laws.
    table : DataFrame
        One row per customer, see `clv.customer_table`.
    segments : DataFrame
        One row per segment: shares of customers, spend and value, and the action.
    scheme : Scheme
        The segments' rules, names and actions.
    total : Series
        The total of the customer base, with its intervals, see `CustomerModel.total`.
    cautions : tuple of Caution
        What was warned of, and the numbers that it touches.
    checks : tuple of Finding
        The laws' assumptions, checked against the log, see `clv.check`.
    moved : Migration or None
        Moves between segments over the last quarter; None if the log is shorter.
    backtest : Backtest or None
        None if the log is too short for one, or a part of it has too few data to fit.
    by_month : DataFrame or None
        Where the model has a season, the forecast of each month, see `CustomerModel.forecast`.
    price_growth : float
        Annual rate at which order values grow.
    audit : Brief or None
        The customer-base audit in brief; None if the log is too short for it, or has no amounts.
    moves : Moves or None
        Who moved and why, since an earlier table or in the last quarter; None if the log is shorter.
    """

    tx: Transactions
    as_of: date
    rows: int
    horizon: Horizon
    discount_rate: float
    model: CustomerModel
    table: pd.DataFrame
    segments: pd.DataFrame
    scheme: Scheme
    total: pd.Series[Any]
    cautions: tuple[Caution, ...]
    checks: tuple[Finding, ...]
    moved: Migration | None
    backtest: Backtest | None
    by_month: pd.DataFrame | None = None
    price_growth: float = 0.0
    audit: Brief | None = None
    moves: Moves | None = None

    @property
    def first_day(self) -> date:
        """First day of the log."""
        return day_date(self.tx.first_day)

    @property
    def orders(self) -> int:
        """Purchase days of all customers; several rows of a customer's day are one."""
        return int(self.table["frequency"].sum())

    @property
    def warnings(self) -> tuple[str, ...]:
        """The texts of all cautions, each once."""
        return tuple(dict.fromkeys(caution.text for caution in self.cautions))

    def cautions_on(self, *touched: Touched) -> tuple[str, ...]:
        """The texts of the cautions on some numbers, each once, in the order of the arguments."""
        found = (caution.text for each in touched for caution in self.cautions if caution.touches == each)
        return tuple(dict.fromkeys(found))

    @property
    def cautions_on_tested(self) -> tuple[str, ...]:
        """Of the backtest's cautions those of the law that is used: its fit to the log's first part."""
        if self.tested is None:
            return ()
        law = self.tested["model"]
        laws = {
            text: text.values.get("law", "")
            for text in self.cautions_on("backtest")
            if isinstance(text, Message)
        }
        return tuple(text for text, name in laws.items() if name == law or name.startswith(f"{law}-"))

    @property
    def objections(self) -> tuple[Finding, ...]:
        """The checks that do not hold, or are doubtful; but what the model allows for, or does not read.

        The prediction of the last part is tested with the laws as they are: it says nothing of a model that knows more.
        """
        answered = {SEASON_CHECK, PREDICTED} if self.seasonal else set()
        if self.model.log_start is not None and self.model.log_start.window:
            answered |= {BEGINS, PREDICTED}
        if self.model.spend_orders != "all":
            answered.add(FIRST_LIKE_LATER)
        if self.model.purchases.law.may_leave(0).all():
            answered.add(STILL_CUSTOMERS)
        return tuple(c for c in self.checks if c.holds in ("no", "doubtful") and c.check not in answered)

    @property
    def seasonal(self) -> bool:
        """Whether the model has a season whose factors are not all 1."""
        return self.model.season is not None and not self.model.season.flat

    @property
    def tested(self) -> pd.Series[Any] | None:
        """The backtest row of the purchase law that is used, or of its family; None without a backtest."""
        if self.backtest is None:
            return None
        tested, law = self.backtest.table["model"], self.model.purchases.law
        rows = self.backtest.table[tested.isin([law.name, family_name(type(law))])]
        return rows.iloc[0] if len(rows) else None

    @property
    def repeat_buyers(self) -> pd.DataFrame:
        """The repeat buyers."""
        return self.table[self.table["frequency"] > 1]

    @property
    def undoubted(self) -> int:
        """Number of customers with P(alive) = 1 for any inactivity: BG/NBD's one-time buyers."""
        return int((~self._doubtable).sum())

    @property
    def nobody_leaves(self) -> bool:
        """Whether under the fitted law next to none of those who could leave has left, so it cannot say who did."""
        law = self.model.purchases.law
        doubted = self.table[self._doubtable]
        return not law.has_dropout() or bool(len(doubted) and doubted["p_alive"].mean() > CERTAIN)

    @property
    def _doubtable(self) -> NDArray[np.bool_]:
        """Which customers may have left."""
        law, start = self.model.purchases.law, self.model.log_start
        repeats = self.table["frequency"].to_numpy() - 1
        back = start is not None and start.mixture  # then the first order may have been a repeat itself
        return law.may_leave(repeats + back)


def find(
    tx: Transactions | Table,
    *,
    as_of: str | date | None = None,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    scheme: str | Scheme = SCHEME,
    model: PurchaseModel | CustomerModel = "auto",
    unit: Unit = "W",
    entry_after: Horizon | None = None,
    spend_orders: SpendOrders = "repeat",
    attributes: Table | None = None,
    interval: float | None = None,
    notes: Sequence[str] = (),
    value_per_order: float | None = None,
    season: SeasonChoice = None,
    price_growth: float = 0.0,
    progress: Progress = lambda step: None,
    depends: Mapping[str, Any] = MappingProxyType({}),
    prior: Prior | None = None,
    some: Transactions | None = None,
    previous: Table | None = None,
) -> Findings:
    """Compute everything that the report shows.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`, and `amount` where money is to be read.
    as_of, horizon, discount_rate, scheme, attributes, model, unit, season, entry_after, spend_orders, interval,
    value_per_order, price_growth
        See `clv.customer_table`. A fitted model values the log's customers as they are on its last day.
    notes : sequence of str
        What else is to be said of the data.
    progress : callable, optional
        Called with the name of each step before it begins.
    depends : mapping
        The options `covariates, purchase, dropout, spend` of `clv.fit`.
    prior : Prior, optional
        See `clv.fit`.
    some : Transactions, optional
        The log of some of the customers, chosen at random, for a log too large for all steps: a law is chosen, checked
        and tested on the past with them, and a caution says so. The fit, and all numbers of customers and segments, are
        those of the whole log.
    previous : dataframe, optional
        An earlier customer table, to tell who moved since and why; by default the log's last quarter does.

    Returns
    -------
    Findings
    """
    heard = Heard()
    progress("Reading and checking the orders")
    with heard.of("data"):
        tx = as_log(tx, "clv.report")
    heard.say("data", notes)
    last = as_day(as_of, "as_of") if as_of is not None else tx.last_day
    check_prediction(
        horizon, discount_rate, value_per_order=value_per_order, price_growth=price_growth, start=last
    )
    as_spend_orders(spend_orders)
    check_previous(previous)
    if is_day(horizon):
        horizon = f"{horizon_days(horizon, start=last):g}D"
    asked = _Asked(
        tx, some, last, horizon, discount_rate, price_growth, scheme_for(tx, scheme, attributes), attributes, interval,
        model, unit, spend_orders, value_per_order, previous, progress, heard,
    )  # fmt: skip
    fit_options: dict[str, Any] = {"unit": unit, "season": season, "entry_after": entry_after}
    fit_options |= {"spend_orders": spend_orders, "prior": prior, **depends}
    refits = refits_for(asked.part, **fit_options)
    with netted_once(tx, days=True), netted_once(asked.part, days=True):
        fitted = _fitted(asked, refits, fit_options)
        own = day_date(last) if isinstance(model, CustomerModel) else fitted.end
        end = as_day(own or day_date(last), "end")  # if periods are counted, the end of a whole one
        valued = _valued(asked, fitted, end, fit_options)
        examined = _examined(asked, fitted, end, refits, valued["table"])
    return Findings(
        tx=tx,
        as_of=day_date(end),
        rows=rows_until(tx, end),
        horizon=horizon,
        discount_rate=discount_rate,
        model=fitted,
        scheme=asked.scheme,
        cautions=tuple(heard.cautions),
        price_growth=price_growth,
        **valued,
        **examined,
    )


def _in_memory(table: Table, scheme: Scheme) -> pd.DataFrame:
    """The customers in pandas; from behind an engine, with the types and in the order that they have in memory."""
    frame = from_native(table)
    if isinstance(frame, nw.DataFrame):
        return to_pandas(table)
    found = to_plain_pandas(frame.sort("customer_id"))
    return found.assign(segment=pd.Categorical(found["segment"], scheme.names, ordered=True))


@dataclass(frozen=True)
class _Asked:
    """What was asked for, checked, and who is told of the steps and of warnings."""

    tx: Transactions
    some: Transactions | None
    last: int
    horizon: Horizon
    discount_rate: float
    price_growth: float
    scheme: Scheme
    attributes: Table | None
    interval: float | None
    model: PurchaseModel | CustomerModel
    unit: Unit
    spend_orders: SpendOrders
    value_per_order: float | None
    previous: Table | None
    progress: Progress
    heard: Heard

    @property
    def part(self) -> Transactions:
        """The customers with whom laws are chosen, checked and tested."""
        return self.tx if self.some is None else self.some

    @property
    def terms(self) -> dict[str, Any]:
        """How far ahead values reach, and how they are discounted."""
        return {
            "horizon": self.horizon,
            "discount_rate": self.discount_rate,
            "price_growth": self.price_growth,
        }

    @property
    def given(self) -> dict[str, Any]:
        """The customers of a fitted model that was given; one that is fitted here has its own."""
        if not isinstance(self.model, CustomerModel):
            return {}
        day = day_date(self.last)
        return {"customers": histories_on(self.model, self.tx, day), "end": day}


def _fitted(asked: _Asked, refits: Refits, fit_options: dict[str, Any]) -> CustomerModel:
    """The model that was given, or that of the whole log, which knows how wrong its totals were in the past."""
    asked.progress("Fitting how often customers buy and what an order is worth")
    day = day_date(asked.last)
    with noticing() as noticed:
        if isinstance(asked.model, CustomerModel):
            fitted = asked.model
        else:
            value = asked.value_per_order
            fitted = fit_chosen(refits, asked.model, day, tx=asked.tx, value_per_order=value, **fit_options)
    _say_of_fits(asked.heard, fitted, noticed)
    if asked.some is not None:
        asked.heard.say("data", [some_read(asked.some, fitted)])
    asked.progress("Learning how wrong its totals were in the past")
    return fitted if isinstance(asked.model, CustomerModel) else with_past(fitted, asked.tx, refits=refits)


def _valued(asked: _Asked, fitted: CustomerModel, end: int, fit_options: dict[str, Any]) -> dict[str, Any]:
    """Every customer, the segments, the total and the forecast by month."""
    heard, given = asked.heard, asked.given
    asked.progress("Scoring, segmenting and valuing every customer")
    with heard.of("segments"):
        of_scheme: dict[str, Any] = {
            "scheme": asked.scheme,
            "attributes": asked.attributes,
            "interval": asked.interval,
        }
        known = customer_table(asked.tx, as_of=day_date(end), model=fitted, **of_scheme, **asked.terms)
        table = _in_memory(known, asked.scheme)
        segments = segment_value(table)
    asked.progress("Summing up, with intervals")
    with heard.of("total"):
        if asked.some is None:
            total = fitted.total(**asked.terms, **given).iloc[0]
        else:
            fits = None if given else {"value_per_order": asked.value_per_order, **fit_options}
            total = total_of_all(fitted, asked.some, table, asked.terms, day_date(end), fits)
    heard.say("total", few_held(fitted.past_errors))
    with heard.of("months"):
        by_month = _by_month(fitted, asked.horizon, asked.price_growth, given)
    return {"table": table, "segments": segments, "total": total, "by_month": by_month}


def _examined(
    asked: _Asked, fitted: CustomerModel, end: int, refits: Refits, table: pd.DataFrame
) -> dict[str, Any]:
    """The checks, the moves, the audit of the customer base and the backtest."""
    tx, heard = asked.tx, asked.heard
    asked.progress("Checking the laws' assumptions against the log")
    law_class = _law_class(asked.model, fitted)
    checked = "bg-nbd" if law_class.discrete else law_class  # a law of periods cannot predict single days
    orders = fitted.spend_orders
    with heard.of("checks"):
        checks = run_checks(
            asked.part, unit=asked.unit, end=day_date(end), model=checked, spend_orders=orders
        )
    asked.progress("Counting moves between segments in the last quarter")
    with heard.of("moved"):
        moved = _moved(asked, end)
        moves = _moves(asked, end, table)
        audit = brief(tx, end)
    asked.progress("Testing the laws on the past")
    with heard.of("backtest"):
        tested = _backtest(refits, asked, law_class, fitted.choice)
    return {"checks": checks, "moved": moved, "moves": moves, "audit": audit, "backtest": tested}


def _law_class(model: PurchaseModel | CustomerModel, fitted: CustomerModel) -> type[PurchaseLaw]:
    """The law that was asked for, chosen, or given with a fitted model."""
    if isinstance(model, CustomerModel):
        return type(model.purchases.law)
    return as_purchase_law(model if fitted.choice is None else fitted.choice.law)


def _moves(asked: _Asked, end: int, table: pd.DataFrame) -> Moves | None:
    """Who moved and why: since the table that was given, or in the last quarter; None if the log is shorter."""
    if asked.previous is not None:
        return moves_since(asked.previous, table, asked.scheme)
    start = end - QUARTER
    if start <= asked.tx.first_day:
        return None
    return moves_in_log(asked.tx, start, end, asked.scheme, asked.attributes)


def _say_of_fits(heard: Heard, fitted: CustomerModel, noticed: Sequence[str]) -> None:
    """The cautions of the two fits, and what else was noticed on the way to them."""
    if fitted.log_start is not None:
        heard.say("law", [fitted.log_start.note])
    heard.say("law", fitted.purchases.warnings)
    if fitted.spend is not None:
        heard.say("spend", fitted.spend.warnings)
    known = {caution.text for caution in heard.cautions}
    heard.say("law", [text for text in sentences(noticed) if text not in known])


def _by_month(
    fitted: CustomerModel, horizon: Horizon, price_growth: float, given: Mapping[str, Any]
) -> pd.DataFrame | None:
    """The forecast of each calendar month, if the model has a season."""
    if fitted.season is None or fitted.season.flat:
        return None
    return fitted.forecast(horizon, every="1M", price_growth=price_growth, **given)


def rows_until(tx: Transactions, last: int) -> int:
    """Rows that count, up to a day in days since 1970-01-01."""
    return int(fetch(tx.ledger.filter(nw.col("day") <= last).select(nw.len())).item(0, 0))


def _moved(asked: _Asked, last: int) -> Migration | None:
    """Moves over the quarter that ends on the last day, by cut points learned on that day."""
    start = last - QUARTER
    if start <= asked.tx.first_day:
        return None
    dates = [day_date(start), day_date(last)]
    return migration(snapshots(asked.tx, dates=dates, scheme=asked.scheme, attributes=asked.attributes))


def _backtest(
    refits: Refits, asked: _Asked, law_class: type[PurchaseLaw], choice: Choice | None
) -> Backtest | None:
    """The laws tested on the last part of the log, with the fits among which one was chosen, if it was.

    A user's own law is tested beside them; the law that was chosen is the one that the backtest recommends.
    """
    tx, last = refits.tx, asked.last
    origins, days = origins_of(tx.first_day, last)
    if not origins or last != tx.last_day:
        return None
    compared = MODELS if choice is None or not len(choice.table) else tuple(choice.table["model"])
    laws = requested_laws([*compared, *([] if law_class.discrete else [law_class])])
    orders = as_spend_orders(asked.spend_orders)
    # Where a choice read some customers only, the laws are fitted to all of them here.
    refits = refits if refits.few(last) else refits.of_all
    test = Test(tx, days, asked.scheme, orders, refits, attributes=asked.attributes)
    contenders: dict[Counts, list[str]] = {"purchases": [*laws, *BASELINES]}
    chosen = None if choice is None or not len(choice.table) else choice.law
    try:
        with tqdm(disable=True) as bar:
            return run(test, origins[-1:], laws, contenders, bar, chosen)
    except DataError:
        # The fit of the whole log took these options: what is refused is the log's first part, which is too short or
        # has too few customers. The report then says that nothing was tested.
        return None


def top_customers(table: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The customers with the highest predicted value; equal values in the order of the table."""
    return table.loc[_worth(table).sort_values(ascending=False, kind="stable").head(count).index]


def _worth(table: pd.DataFrame) -> pd.Series[Any]:
    """The predicted value; the predicted purchases without money."""
    return table["clv" if "clv" in table else "expected_purchases"]


def parameters(found: Findings) -> pd.DataFrame:
    """The parameters of both laws with their standard errors: `law, parameter, estimate, standard_error`."""
    fits = [fit for fit in (found.model.purchases, found.model.spend) if fit is not None]
    both = pd.concat([fit.table().assign(law=fit.law.name) for fit in fits], ignore_index=True)
    return both[["law", "parameter", "estimate", "standard_error"]]
