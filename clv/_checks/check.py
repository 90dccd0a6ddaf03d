"""Checks of the models' assumptions against the data, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import pandas as pd

from clv._checks.cohorts import alike
from clv._checks.dropout import told
from clv._checks.few_orders import many_orders
from clv._checks.finding import Finding
from clv._checks.first_orders import first_like_later
from clv._checks.history import History, Terms, as_law
from clv._checks.holdout_bias import holdout_bias
from clv._checks.independence import unrelated
from clv._checks.log_begins import from_the_first
from clv._checks.observed_time import long_enough
from clv._checks.one_time import still_customers
from clv._checks.order_values import steady
from clv._checks.regularity import irregular
from clv._checks.renewals import decided_anew
from clv._checks.season import evenly
from clv._laws.purchase_law import PurchaseLaw
from clv._spend_choice import choose_spend_orders
from clv._spend_orders import SpendOrders, as_spend_orders
from clv._stages import as_log
from clv._units import Unit, as_unit
from rfm._days import as_day
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions

__all__ = ["CHECKS", "check", "run_checks"]

CHECKS: Final[tuple[Callable[[History, Terms], Finding], ...]] = (
    from_the_first,
    long_enough,
    decided_anew,
    irregular,
    evenly,
    alike,
    still_customers,
    told,
    unrelated,
    steady,
    first_like_later,
    many_orders,
    holdout_bias,
)


def check(
    tx: Transactions | Table,
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    model: str | type[PurchaseLaw] = "bg-nbd",
    spend_orders: SpendOrders = "repeat",
) -> pd.DataFrame:
    """Test the assumptions of the purchase laws and of Gamma-Gamma on a log.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the sentences.
    end : str or date, optional
        Last day of observation; by default the log's last day.
    model : str or type
        The purchase law that predicts the last part of the log: "bg-nbd", "mbg-nbd", "pareto-nbd", or another of
        continuous time, by its name or its class.
    spend_orders : {"repeat", "all", "auto"}
        The orders from which the spend law will know a customer, see `clv.fit`.

    Returns
    -------
    pandas.DataFrame
        One row per check. `check`, the assumption as a sentence; `holds`, whether it is true: "yes", "doubtful", "no",
        or "unknown" where the log is too small to say; `statistic`, `value`, and its 95% interval `low`, `high`
        (missing where it has none); `finding`, a sentence that says what follows; `customers`, how many customers it
        concerns (those looked at, or those of whom the sentence warns).

    Raises
    ------
    DataError
        See `rfm.Transactions`; if the unit or the law is unknown.

    See Also
    --------
    backtest : Compares the laws on held-out time.
    report : An HTML file with these findings.

    Notes
    -----
    A check is "yes" while its statistic does not differ significantly from what the assumption implies, or differs too
    little to matter; `python -m benchmarks.checks` prints how often each says otherwise for simulated shops without any
    fault, and for shops with its fault. There is one file per check in `clv/_checks/`:

    - decided anew: the share of customers with three purchases or more whose gaps, three quarters of them at least, are
      those of one period of payment, within three days; "no" from one half, "doubtful" from a quarter on;
    - random moments: Wheat and Morrison (1990), "Estimating purchase regularity with two interpurchase times",
      Journal of Marketing Research 27, for whole days;
    - long enough: Kaplan–Meier share F with a second purchase; "no" while F(L/2) < 0.8 F(L), L the longest observation
      (of at least 30 customers);
    - who has left: the share under the law `model`, and the shares at the ends of its profile likelihood; "no" where
      nobody's leaving is within, "doubtful" where they are 30 points apart;
    - spend and frequency, steady values: regressions of log order values, errors robust;
    - first orders like later ones: mean log ratio, over customers who came back, corrected for a drift; what
      `spend_orders="all"` assumes, and the default does not need;
    - many orders: the spend law fitted without the three largest orders, and without each of them;
    - later customers: Cox regression of the second purchase on the day of joining;
    - season: Poisson regression of monthly repeat purchases, which takes two years at least;
    - the log's beginning: first-seen counts against those of old customers who turn up again;
    - the last part: a law fitted to three quarters of the log; "no" beyond ±25%.

    Examples
    --------
    >>> import clv, rfm
    >>> found = clv.check(rfm.datasets.cdnow())
    >>> found[["check", "holds"]]
                                                  check     holds
    0   the log begins with the customers' first orders       yes
    1               customers were observed long enough       yes
    2              orders are decided anew, not renewed       yes
    3                     orders come at random moments  doubtful
    4               orders come evenly through the year   unknown
    5          later customers return like earlier ones       yes
    6               one-time buyers are still customers        no
    7                        the log tells who has left       yes
    8                 spend and frequency are unrelated  doubtful
    9                           order values are steady       yes
    10                 first orders are like later ones       yes
    11                  the value rests on many orders       yes
    12            the last part of the log is predicted       yes
    """
    return pd.DataFrame(
        [
            finding.row
            for finding in run_checks(tx, unit=unit, end=end, model=model, spend_orders=spend_orders)
        ]
    )


def run_checks(
    tx: Transactions | Table,
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    model: str | type[PurchaseLaw] = "bg-nbd",
    spend_orders: SpendOrders = "repeat",
) -> tuple[Finding, ...]:
    """The findings of `check`, whose texts have keys for translation."""
    orders, unit, law = as_spend_orders(spend_orders), as_unit(unit), as_law(model)
    tx = as_log(tx, "clv.check")
    last = tx.last_day if end is None else as_day(end, "end")
    if orders == "auto":
        orders = choose_spend_orders(tx, last, unit, None).orders if tx.has_amounts else "repeat"
    history = History.of(tx, last)
    terms = Terms(history, unit, law, orders)
    return tuple(run(history, terms) for run in CHECKS)
