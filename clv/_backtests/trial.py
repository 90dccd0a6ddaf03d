"""One origin of a backtest: the log split there, and what each contender predicted of the time after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from clv._backtests.baselines import BASELINES
from clv._backtests.holding import holding
from clv._backtests.holdout import Counts, Holdout, split
from clv._backtests.predictions import OnePrice, one_price, predict_law, predict_rule, priced
from clv._backtests.tables import Measure, label
from clv._choice.candidates import AUTO
from clv._choice.choose import choose_law
from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._fit import candidates_to_forget, memory_of
from clv._fits.fit_law import announced
from clv._forgetting import Forgetting, Memory
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._order_sums import orders_reader
from clv._past_errors.learning import knowing
from clv._spend_choice import choose_spend_orders
from clv._spend_orders import ReadOrders, SpendOrders
from rfm._orders.transactions import Transactions
from rfm._schemes.scheme import Scheme

__all__ = ["Test", "Trial"]


@dataclass(frozen=True)
class Trial:
    """An origin's split, the price of every order if no law of spend can be estimated, predictions by contender, and
    how the laws' intervals held."""  # fmt: skip

    cut: Holdout
    price: OnePrice | None
    predictions: dict[str, pd.DataFrame]
    intervals: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Test:
    """What a backtest does at every origin.

    Parameters
    ----------
    tx : Transactions
    days : int
        Of the hold-out.
    scheme : str or Scheme
        Of the segments.
    orders : {"repeat", "all", "auto"}
        That the laws of spend read.
    refits : Refits
        The purchase laws at each origin, of all customers.
    interval : float, optional
        Mass of the predictive intervals.
    seed : int
        Of the draws behind them.
    measures : mapping of str to callable
        The user's own.
    forgetting : {None, "auto"} or float
        The share of each history from which a rate is known.
    attributes : dataframe, optional
        Of the customers, for rules of the scheme that read them.
    """

    __test__ = False  # no test of pytest's

    tx: Transactions
    days: int
    scheme: str | Scheme
    orders: SpendOrders
    refits: Refits
    interval: float | None = None
    seed: int = 0
    measures: Mapping[str, Measure] = field(default_factory=dict)
    forgetting: Forgetting = None
    attributes: Any = None

    def at(
        self,
        day: int,
        counts: Counts,
        names: Sequence[str],
        laws: Mapping[str, type[PurchaseLaw]],
        bar: Any,
    ) -> Trial:
        """The predictions of contenders that were fitted to what was known on a day."""
        unit = self.refits.terms.unit
        btyd = self.refits.table(day, discrete=counts == "periods")
        cut = split(self.tx, day, self.days, unit, self.scheme, counts, btyd, self.attributes)
        tested = any(name not in BASELINES for name in names)
        price = one_price(cut) if tested else None
        orders = self._orders(day, counts) if tested else "repeat"
        found: dict[str, pd.DataFrame] = {}
        held: list[dict[str, Any]] = []
        spend: CustomerModel | None = None  # the law of spend is the same with every law of purchases
        for name in names:
            bar.set_description(f"{cut.origin} {label(cut, name)}")
            if name in BASELINES:
                found[name] = predict_rule(cut, name)
            else:
                law_class = self._law(name, day, laws)
                model = self.refits.model(law_class, day)
                announced(model.purchases)
                if spend is None:
                    read = orders_reader(self.tx, day, counts == "periods")
                    spend = priced(cut, model, orders, price, self.refits.terms, read)
                model = replace(
                    model,
                    spend=spend.spend,
                    first_order=spend.first_order,
                    spend_orders=spend.spend_orders,
                    refunds=spend.refunds,
                    memory=self._memory(day, model),
                )
                if self.interval is not None and not law_class.discrete:
                    model = knowing(model, self.refits, law_class, day)
                found[name] = predict_law(cut, model, price, self.interval, self.seed)
                if self.interval is not None:
                    held += holding(cut, name, model, found[name], self.interval, self.seed)
            bar.update()
        return Trial(cut, price, found, held)

    def _law(self, name: str, day: int, laws: Mapping[str, type[PurchaseLaw]]) -> type[PurchaseLaw]:
        """The law of that name; "auto" chooses one from the log until the day."""
        if name != AUTO:
            return laws[name]
        return as_purchase_law(
            choose_law(self.refits.lenient, day, candidates_to_forget(self.forgetting)).law
        )

    def _memory(self, day: int, model: CustomerModel) -> Memory:
        """What is forgotten; if it is to be chosen, by the log until the day."""
        if self.forgetting is None:
            return Memory()
        terms, law = self.refits.terms, type(model.purchases.law)
        roles = {} if terms.depends is None else terms.depends.of_purchases
        return memory_of(self.forgetting, self.tx, law, day, unit=terms.unit, prior=terms.prior, **roles)

    def _orders(self, day: int, counts: Counts) -> ReadOrders:
        """The orders that the law of spend reads; if they are to be chosen, from the log until then."""
        if not self.tx.has_amounts:
            return "repeat"
        if self.orders != "auto":
            return self.orders
        unit = self.refits.terms.unit
        return choose_spend_orders(self.tx, day, unit, unit if counts == "periods" else None).orders
