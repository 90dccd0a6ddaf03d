"""Facts of customers on later days are those of the summary of a log with the later orders in it."""

import numpy as np
import pandas as pd

import rfm
from clv._segment_forecast.facts import Facts, Orders, facts_on

TODAY = "1997-09-30"


def known_facts(log, today):
    """The facts of a day, and the customers' ids."""
    summary = rfm.summarize(log, as_of=today)
    summary = summary[summary["orders"] > 0]
    numbers = [summary[name].to_numpy(dtype=np.int64) for name in ("recency", "orders")]
    money = [summary[name].to_numpy(dtype=float) for name in ("spend", "refunds", "first_order_spend")]
    return Facts(*numbers, *money, np.arange(len(summary))), summary["customer_id"].to_numpy()


def orders_after(log, today, ids):
    """The purchase days after a day, by the place of the customer in the list."""
    days = log.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    days = days[(days["date"] > today) & days["customer_id"].isin(ids)].sort_values(["customer_id", "date"])
    place = pd.Index(ids).get_indexer(days["customer_id"])
    ahead = (days["date"] - pd.Timestamp(today)).dt.days.to_numpy()
    return Orders(place, ahead, days["amount"].to_numpy(), np.zeros(len(days)))


def test_real_orders_give_the_summaries_of_later_days():
    log = rfm.datasets.cdnow_sample()
    today, ids = known_facts(log[log["date"] <= TODAY], TODAY)
    days = np.array([92, 182, 273])
    found = facts_on(today, orders_after(log, TODAY, ids), days)
    for facts, day in zip(found, days, strict=True):
        wanted, _ = known_facts(log, pd.Timestamp(TODAY) + pd.Timedelta(int(day), "D"))
        np.testing.assert_array_equal(facts.recency, wanted.recency)
        np.testing.assert_array_equal(facts.orders, wanted.orders)
        np.testing.assert_allclose(facts.spend, wanted.spend, rtol=1e-12)
        np.testing.assert_allclose(facts.first, wanted.first)


def test_newcomers_have_the_facts_of_customers_whose_history_begins_later():
    log = rfm.datasets.cdnow_sample()
    nobody, ids = Facts(*np.zeros((2, 2357), int), *np.zeros((3, 2357)), np.full(2357, -1)), None
    ids = np.sort(log["customer_id"].unique())
    start, days = pd.Timestamp("1996-12-31"), np.array([40, 400])
    for facts, day in zip(
        facts_on(nobody, orders_after(log, str(start.date()), ids), days), days, strict=True
    ):
        wanted, bought = known_facts(log, start + pd.Timedelta(int(day), "D"))
        here = facts.take(np.flatnonzero(facts.orders > 0))
        np.testing.assert_array_equal(ids[facts.orders > 0], bought)
        for name in ("recency", "orders", "spend", "first"):
            np.testing.assert_allclose(getattr(here, name), getattr(wanted, name), rtol=1e-12, err_msg=name)


def test_what_was_known_is_not_changed():
    today = Facts(
        np.array([3]), np.array([1]), np.array([9.0]), np.array([0.0]), np.array([9.0]), np.array([0])
    )
    orders = Orders(np.array([0, 0]), np.array([2, 5]), np.array([4.0, 6.0]), np.array([-1.0, 0.0]))
    first, second = facts_on(today, orders, np.array([2, 9]))
    assert (today.recency[0], today.orders[0], today.spend[0]) == (3, 1, 9.0)
    assert (first.recency[0], first.orders[0], first.spend[0], first.refunds[0]) == (0, 2, 13.0, -1.0)
    assert (second.recency[0], second.orders[0], second.spend[0], second.refunds[0]) == (4, 3, 19.0, -1.0)
    assert second.first[0] == 9.0
