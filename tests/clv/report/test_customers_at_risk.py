"""The customers most at risk: not the safe ones, nor recent buyers, nor those who left long ago."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
import rfm
from clv._report.customers_at_risk import customers_at_risk

DAY = pd.Timestamp("2024-12-31")


def table(*rows):
    """Customers: id, orders, days from the first to the last purchase, days since, P(alive), CLV."""
    names = ["customer_id", "frequency", "span", "recency", "p_alive", "clv"]
    made = pd.DataFrame(rows, columns=names)
    last = DAY - pd.to_timedelta(made["recency"], unit="D")
    return made.assign(last_purchase=last, first_purchase=last - pd.to_timedelta(made["span"], unit="D"))


def test_the_value_that_would_go_with_them():
    listed = customers_at_risk(table(("a", 6, 100, 60, 0.4, 80.0), ("b", 3, 100, 60, 0.5, 200.0)))
    assert listed["customer_id"].tolist() == ["b", "a"]
    assert listed["usual_gap"].tolist() == [50.0, 20.0]  # 100 days of 2 gaps, and of 5
    assert listed["value_if_alive"].tolist() == pytest.approx([400.0, 200.0])
    assert listed["value_at_risk"].tolist() == pytest.approx([200.0, 120.0])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("x", 10, 90, 1, 0.75, 9e9), "bought yesterday"),
        (("x", 10, 90, 10, 0.75, 9e9), "silent for a gap and no longer"),
        (("x", 10, 90, 60, 0.81, 9e9), "in little doubt"),
        (("x", 10, 90, 300, 0.19, 9e9), "most likely gone"),
        (("x", 1, 0, 300, 0.5, 9e9), "no gap to judge a silence by"),
    ],
)
def test_others_are_not_listed(row, why):
    assert customers_at_risk(table(row, ("a", 6, 100, 60, 0.4, 80.0)))["customer_id"].tolist() == ["a"], why


@pytest.mark.parametrize("p_alive", [0.2, 0.8])
def test_two_orders_and_just_in_doubt_are_enough_to_be_listed(p_alive):
    listed = customers_at_risk(table(("x", 2, 30, 31, p_alive, 8.0)))
    assert listed["usual_gap"].tolist() == [30.0]
    assert listed["value_at_risk"].tolist() == pytest.approx([8.0 / p_alive - 8.0])


def test_so_many_as_asked_for_and_equals_in_the_order_of_the_table():
    rows = [(name, 6, 100, 60, 0.5, 8.0) for name in "zyxwvutsrqpo"]
    best = ("best", 6, 100, 60, 0.5, 9.0)
    assert customers_at_risk(table(*rows, best), 3)["customer_id"].tolist() == ["best", "z", "y"]
    assert customers_at_risk(table(*rows, best))["customer_id"].tolist() == ["best", *"zyxwvutsr"]


def test_without_money_it_is_purchases_that_would_go():
    known = table(("a", 6, 100, 60, 0.4, 8.0), ("b", 3, 100, 60, 0.5, 2.0))
    listed = customers_at_risk(known.rename(columns={"clv": "expected_purchases"}))
    assert listed["customer_id"].tolist() == ["a", "b"]
    assert listed["purchases_if_alive"].tolist() == pytest.approx([20.0, 4.0])
    assert listed["purchases_at_risk"].tolist() == pytest.approx([12.0, 2.0])
    assert "value_at_risk" not in listed


def test_nobody_at_risk_is_an_empty_list():
    assert customers_at_risk(table(("x", 1, 0, 3, 1.0, 5.0))).empty


def test_cdnows_list_is_of_lapsing_customers():
    known = clv.customer_table(rfm.datasets.cdnow_sample(), model="pareto-nbd")
    listed = customers_at_risk(known)
    assert len(listed) == 10
    assert (listed["recency"] > listed["usual_gap"]).all()
    assert listed["recency"].min() > 14
    assert listed["value_if_alive"].min() > 5 * known["clv"].mean()
    by_clv = known.assign(stake=known["clv"] * (1 - known["p_alive"])).nlargest(10, "stake")
    assert (by_clv["p_alive"] > 0.8).any()  # the order that is not used puts safe customers into the list
