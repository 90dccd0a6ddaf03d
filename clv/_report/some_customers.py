"""Parts of a report that are made with some of the customers, and the caution that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw
import pandas as pd

from clv._customer_model import CustomerModel
from clv._fit import fit
from clv._given_model import histories_on
from rfm._frames.execution import fetch
from rfm._frames.mapping import to_pandas
from rfm._orders.transactions import Transactions
from rfm._words import Message, declare

__all__ = ["some_read", "total_of_all"]

BOUNDS: Final = ("_mean_low", "_mean_high", "_low", "_high")
TEXTS: Final = declare(
    "some_customers",
    {
        "read": "The log is large: the law was chosen, its assumptions were checked, it was tested on the past, and "
        "the relative width of the total's intervals was computed with {some} of its {all} customers, chosen by a "
        "hash of their ids. The fit, the segments, the values and their totals are those of all customers.",
    },
)


def some_read(some: Transactions, fitted: CustomerModel) -> Message:
    """The caution.

    Parameters
    ----------
    some : Transactions
        The log of those customers.
    fitted : CustomerModel
        Fitted to the whole log.
    """
    customers = fetch(some.ledger.select("customer_id").unique().select(nw.len())).item(0, 0)
    return TEXTS("read", some=f"{int(customers):,}", all=f"{fitted.purchases.n:,}")


def total_of_all(
    fitted: CustomerModel,
    some: Transactions,
    table: pd.DataFrame,
    terms: Mapping[str, Any],
    day: date,
    fits: Mapping[str, Any] | None,
) -> pd.Series[Any]:
    """The total of all customers, as `CustomerModel.total` gives it, with intervals as wide as those of some of them.

    Relative to the total, that is. Both doubts about parameters and the luck of customers are larger with fewer of
    them, so the intervals are rather too wide: by little, since how wrong the law was before is most of their width.

    Parameters
    ----------
    fitted : CustomerModel
        Fitted to all customers, with its past errors; or given.
    some : Transactions
        The log of some of them.
    table : DataFrame
        All customers and their values by that model and those terms.
    terms : mapping
        Of `CustomerModel.predict`: horizon, discount rate and growth of prices.
    day : date
        The last day that counts.
    fits : mapping or None
        Of `clv.fit`, the options of the model; None where the model was given, and is fitted to nobody here.

    Returns
    -------
    Series
    """
    like, asked = fitted, dict(terms)
    if fits is None:
        asked |= {"customers": histories_on(fitted, some, day), "end": day}
    else:
        like = fit(some, type(fitted.purchases.law), end=fitted.end, **fits)
        like = replace(like, past_errors=fitted.past_errors, calibration=fitted.calibration)
    total, each = like.total(**asked).iloc[0].copy(), to_pandas(like.predict(**asked))
    for name, column in (("purchases", "expected_purchases"), ("clv", "clv")):
        if name in total:
            columns = [name, *(f"{name}{end}" for end in BOUNDS)]
            total[columns] *= float(table[column].sum()) / float(each[column].sum())
    total["customers"] = len(table)
    return total
