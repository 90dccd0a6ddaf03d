"""Contact lists: who is on them, when, why, and that no plan brings more."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clv
import rfm
from clv._contacts.work_days import WEEKDAYS
from clv._report.customers_at_risk import customers_at_risk
from rfm import DataError

DAY = pd.Timestamp("2024-12-31")  # a Tuesday
MONEY = ("customer_id", "frequency", "span", "recency", "p_alive", "clv")


def table(*rows, **more):
    """Customers: id, orders, days from the first to the last purchase, days since, P(alive), CLV."""
    made = pd.DataFrame(rows, columns=MONEY)
    last = DAY - pd.to_timedelta(made["recency"], unit="D")
    first = last - pd.to_timedelta(made["span"], unit="D")
    days = {"last_purchase": last, "first_purchase": first, "as_of": DAY}
    return made.drop(columns="span").assign(**days, **more)


def out(plan):
    return dict(zip(plan.left_out["reason"].str.split(":").str[0], plan.left_out["customers"], strict=True))


A, B = ("a", 6, 100, 60, 0.4, 80.0), ("b", 3, 100, 60, 0.5, 200.0)


def test_the_list_of_tomorrow():
    plan = clv.prioritize(table(A, B).assign(segment=["VIP", "lost"]), capacity=5)
    assert list(plan.contacts) == [
        "customer_id", "contact_on", "contact", "priority", "value_at_risk", "reason", "segment",
    ]  # fmt: skip
    assert plan.contacts["customer_id"].tolist() == ["b", "a"]
    assert plan.contacts["contact_on"].tolist() == [DAY + pd.Timedelta("1D")] * 2
    assert plan.contacts["value_at_risk"].tolist() == pytest.approx([200.0, 120.0])
    assert plan.contacts["priority"].tolist() == [1, 2]
    assert plan.contacts["segment"].tolist() == ["lost", "VIP"]
    assert plan.contacts.loc[1, "reason"] == (
        "silent 61 days, usually buys every 20 days; 40% likely still a customer; 120 at stake"
    )
    assert plan.gain == pytest.approx(320.0)
    assert plan.load.to_dict("records") == [
        {"date": DAY + pd.Timedelta("1D"), "contacts": 2, "first_contacts": 2, "booked": 0, "capacity": 5}
    ]
    assert out(plan) == {}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("x", 10, 90, 1, 0.75, 9e9), "not silent for longer than usual within the plan"),
        (("x", 10, 90, 60, 0.81, 9e9), "P(alive) above 80%"),
        (("x", 10, 90, 300, 0.19, 9e9), "P(alive) below 20%"),
        (("x", 10, 90, 300, 0.0, 0.0), "P(alive) below 20%"),
        (("x", 1, 0, 300, 0.5, 9e9), "bought once"),
        (("x", 10, 90, 60, np.nan, 9e9), "P(alive), the value or the days of purchases are not known"),
        (("x", 10, 90, 60, 0.5, np.nan), "P(alive), the value or the days of purchases are not known"),
        (("x", 10, 90, 60, 0.5, -9.0), "what a contact may bring does not cover its cost"),
        (("x", 10, 90, 60, 0.5, 0.0), "what a contact may bring does not cover its cost"),
    ],
)
def test_others_are_left_out_and_counted(row, reason):
    plan = clv.prioritize(table(A, row), capacity=5)
    assert plan.contacts["customer_id"].tolist() == ["a"]
    assert out(plan) == {reason: 1}


def test_unknown_days_are_unknown():
    rows = table(A, B)
    plan = clv.prioritize(rows.assign(first_purchase=rows["first_purchase"].where([True, False])), 5)
    assert plan.contacts["customer_id"].tolist() == ["a"]
    assert out(plan) == {"P(alive), the value or the days of purchases are not known": 1}


def test_the_reports_list_is_that_of_the_day_of_the_table():
    known = clv.customer_table(rfm.datasets.cdnow_sample(), model="mbg-nbd")
    plan = clv.prioritize(known, capacity=10, start=known.loc[0, "as_of"])
    listed = customers_at_risk(known, 10)
    assert plan.contacts["customer_id"].tolist() == listed["customer_id"].tolist()
    np.testing.assert_allclose(plan.contacts["value_at_risk"], listed["value_at_risk"], rtol=1e-12)
    assert len(known) == len(plan.contacts) + plan.left_out["customers"].sum()


def test_a_contact_that_cannot_bring_its_cost_is_not_made():
    assert out(clv.prioritize(table(A, B), 5, cost=120)) == {
        "what a contact may bring does not cover its cost": 1
    }
    assert len(clv.prioritize(table(A, B), 5, cost=119.99).contacts) == 2
    twice = clv.prioritize(table(A, B), 5, cost=60, cadence=(0, 9))  # two contacts each
    assert twice.contacts["customer_id"].tolist() == ["b", "b"]


def test_who_becomes_silent_within_the_plan_is_contacted_from_that_day_on():
    soon = ("soon", 4, 90, 27, 0.7, 900.0)  # a gap of 30 days: silent for 31 on the fourth day
    plan = clv.prioritize(table(A, soon), capacity=1, periods=5)
    assert plan.contacts["customer_id"].tolist() == ["a", "soon"]
    assert plan.contacts["contact_on"].tolist() == [DAY + pd.Timedelta("1D"), DAY + pd.Timedelta("4D")]
    assert plan.contacts["priority"].tolist() == [2, 1]
    assert plan.contacts.loc[1, "reason"].startswith("silent 31 days, usually buys every 30 days")
    weekly = clv.prioritize(table(A, soon), capacity=1, periods=2, per="week")
    assert weekly.contacts["contact_on"].tolist() == [DAY + pd.Timedelta("1D"), DAY + pd.Timedelta("8D")]


def test_due_is_the_rhythm_where_the_table_has_it():
    once = ("once", 1, 0, 60, 0.45, 90.0)
    late = ("late", 6, 100, 60, 0.6, 80.0)
    plan = clv.prioritize(table(once, late, A).assign(due=[-10.0, 3.0, np.nan]), capacity=5, periods=5)
    assert plan.contacts["customer_id"].tolist() == ["once", "late"]
    assert plan.contacts["contact_on"].tolist() == [DAY + pd.Timedelta("1D"), DAY + pd.Timedelta("3D")]
    assert "after one purchase" in plan.contacts.loc[0, "reason"]
    assert out(plan) == {"not silent for longer than usual within the plan": 1}


def test_a_measured_uplift_is_for_everybody_and_pays_its_cost():
    recent = ("recent", 10, 90, 1, 0.99, 500.0)
    known = table(A, B, recent).assign(segment=["VIP", "lost", "VIP"])
    plan = clv.prioritize(known, 5, cost=2.0, uplift={"VIP": 5.0, "lost": 2.0})
    assert plan.contacts["customer_id"].tolist() == ["a", "recent"]  # equal: the larger value at risk first
    assert plan.contacts["expected_gain"].tolist() == [3.0, 3.0]
    assert plan.contacts.loc[0, "reason"] == (
        "such contacts bring 5.00 more than none, as measured; they cost 2.00"
    )
    assert out(plan) == {"what a contact may bring does not cover its cost": 1}
    assert plan.gain == 6.0
    by_column = clv.prioritize(known.assign(brings=[5.0, 2.0, np.nan]), 5, cost=1.0, uplift="brings")
    assert by_column.contacts["customer_id"].tolist() == ["a", "b"]
    assert out(by_column) == {"no uplift is known for them": 1}


def test_without_money_it_is_purchases():
    orders = table(A, B).rename(columns={"clv": "expected_purchases"})
    plan = clv.prioritize(orders, 5)
    assert plan.contacts["purchases_at_risk"].tolist() == pytest.approx([200.0, 120.0])
    assert plan.contacts.loc[0, "reason"].endswith("200.0 orders at stake")
    with pytest.raises(DataError, match="cost=2 cannot be weighed against purchases"):
        clv.prioritize(orders, 5, cost=2)
    assert len(clv.prioritize(orders.assign(brings=3.0), 5, cost=2, uplift="brings").contacts) == 2


def test_a_cadence_takes_capacity_on_its_days():
    rows = [(f"c{i}", 6, 100, 60, 0.5, 100.0 - i) for i in range(9)]
    plan = clv.prioritize(table(*rows), 2, periods=3, cadence=(0, 1, 30))
    load = plan.load.set_index("date")
    assert load["contacts"].max() == 2
    assert load["contacts"].sum() == len(plan.contacts) == 3 * plan.contacts["customer_id"].nunique()
    days = plan.contacts.groupby("customer_id")["contact_on"].agg(lambda on: (on - on.min()).dt.days.tolist())
    assert days.tolist() == [[0, 1, 30]] * 4  # two on the first day, two on the third
    assert load["first_contacts"].iloc[:3].tolist() == [2, 0, 2]
    assert (
        plan.contacts.loc[plan.contacts["contact"] == 2, "reason"].iloc[0]
        == "contact 2 of 3, a day after the first"
    )


def test_days_that_are_not_worked():
    rows = [(f"c{i}", 6, 100, 60, 0.5, 100.0 - i) for i in range(9)]
    plan = clv.prioritize(table(*rows), 1, periods=6, cadence=(0, 3), closed=("Saturday", "Sunday"))
    assert set(plan.contacts["contact_on"].dt.day_of_week) <= set(range(5))
    assert plan.contacts["contact_on"].value_counts().max() == 1


def test_nobody_twice_within_the_pause():
    rows = [(f"c{i}", 6, 100, 60, 0.5, 100.0 - i) for i in range(6)]
    first = clv.prioritize(table(*rows), 2)
    second = clv.prioritize(table(*rows), 2, start=DAY + pd.Timedelta("2D"), contacted=first.contacts)
    assert first.contacts["customer_id"].tolist() == ["c0", "c1"]
    assert second.contacts["customer_id"].tolist() == ["c2", "c3"]
    assert out(second)["contacted already, and still within the pause"] == 2
    later = {"start": DAY + pd.Timedelta("30D"), "contacted": first.contacts}
    assert clv.prioritize(table(*rows), 2, **later).contacts["customer_id"].tolist() == ["c2", "c3"]
    assert clv.prioritize(table(*rows), 2, pause="29D", **later).contacts["customer_id"].tolist() == [
        "c0",
        "c1",
    ]
    over = clv.prioritize(table(*rows), 1, periods=3, pause="2D", contacted=first.contacts)
    assert over.contacts["customer_id"].tolist() == [
        "c2",
        "c0",
    ]  # the first day is full; c0 is free on the third
    assert over.load["booked"].tolist() == [2, 0, 0]


def test_contacts_agreed_before_take_capacity():
    rows = [(f"c{i}", 6, 100, 60, 0.5, 100.0 - i) for i in range(6)]
    agreed = pd.DataFrame(
        {"customer_id": ["z", "z", "y"], "contact_on": DAY + pd.to_timedelta([1, 2, 2], unit="D")}
    )
    plan = clv.prioritize(table(*rows), 2, periods=2, contacted=agreed)
    assert plan.load["booked"].tolist() == [1, 2]
    assert plan.load["contacts"].tolist() == [1, 0]


@st.composite
def customers(draw):
    """A few customers of whom most may be contacted, some only later; equal values among them."""
    n = draw(st.integers(1, 5))
    value = st.sampled_from([10.0, 20.0, 35.0, -5.0, float("nan")])
    p = st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9])
    rows = [
        (f"c{i}", draw(st.integers(1, 4)), 90, draw(st.integers(26, 100)), draw(p), draw(value))
        for i in range(n)
    ]
    return table(*((*row[:2], 90 if row[1] > 1 else 0, *row[3:]) for row in rows))


def released(row):
    """Days after the table's until a customer may be contacted, and the value at stake; None for others."""
    repeats = row.frequency - 1
    if not (0.2 <= row.p_alive <= 0.8) or not row.clv > 0 or not repeats:
        return None
    gap = (row.last_purchase - row.first_purchase).days / repeats
    wait = next(days for days in range(1000) if row.recency + days > gap)
    return max(wait, 1), row.clv / row.p_alive * (1 - row.p_alive)


@given(
    customers(), st.integers(1, 2), st.integers(1, 4), st.sampled_from([(0,), (0, 1), (0, 2)]), st.randoms()
)
def test_no_assignment_of_customers_to_days_brings_more(known, capacity, periods, cadence, random):
    plan = clv.prioritize(known, capacity, periods=periods, cadence=cadence)
    people = [found for row in known.itertuples() if (found := released(row)) and found[0] <= periods]
    best = 0.0
    for days in itertools.product(*((None, *range(first, periods + 1)) for first, _ in people)):
        on = [day + offset for day in days if day is not None for offset in cadence]
        if all(on.count(day) <= capacity for day in set(on)):
            best = max(
                best, sum(worth for day, (_, worth) in zip(days, people, strict=True) if day is not None)
            )
    assert plan.gain == pytest.approx(best)
    assert plan.load["contacts"].max() <= capacity
    assert not plan.contacts.duplicated(["customer_id", "contact"]).any()
    assert plan.contacts["customer_id"].nunique() + plan.left_out["customers"].sum() == len(known)
    rows = list(range(len(known)))
    random.shuffle(rows)
    again = clv.prioritize(known.iloc[rows], capacity, periods=periods, cadence=cadence)
    pd.testing.assert_frame_equal(again.contacts, plan.contacts)
    pd.testing.assert_frame_equal(again.load, plan.load)


def test_equals_by_their_ids_whatever_these_are():
    rows = [(name, 6, 100, 60, 0.5, 8.0) for name in (10, 9, 2)]
    assert clv.prioritize(table(*rows), 2).contacts["customer_id"].tolist() == [2, 9]
    mixed = [(name, 6, 100, 60, 0.5, 8.0) for name in ("b", 7, "a")]
    assert clv.prioritize(table(*mixed), 2).contacts["customer_id"].tolist() == [7, "a"]


def test_nobody_to_contact():
    plan = clv.prioritize(table(("x", 1, 0, 3, 1.0, 5.0)), 5)
    assert len(plan.contacts) == 0
    assert plan.gain == 0
    assert plan.load["contacts"].tolist() == [0]
    assert repr(plan).startswith("No contacts.")


def test_a_plan_prints_its_first_contacts_the_load_and_who_is_left_out():
    rows = [(f"c{i:02}", 6, 100, 60, 0.5, 100.0 - i) for i in range(30)]
    plan = clv.prioritize(table(*rows, ("once", 1, 0, 3, 1.0, 5.0)), 1, periods=20)
    text = repr(plan)
    assert "c09" in text
    assert "c10" not in text
    assert "… 10 more contacts" in text
    assert "… 10 more rows of the load" in text
    assert "bought once" in text or "P(alive) above 80%" in text
    assert isinstance(plan, clv.ContactPlan)
    assert plan._repr_html_().startswith("<pre>")


def test_reasons_in_chinese():
    plan = clv.prioritize(table(A, ("x", 1, 0, 3, 0.5, 5.0)), 5, language="zh-Hant")
    assert (
        plan.contacts.loc[0, "reason"]
        == "已沉默 61 天，平常每 20 天購買一次；仍是顧客的機率 40%；風險金額 120"
    )
    assert plan.left_out["reason"].tolist() == ["只買過一次：沒有節奏可判斷沉默"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="p_alive"), r"no p_alive.*clv\.customer_table\(tx\)"),
        (lambda t: t.drop(columns="as_of"), r"No column 'as_of'.*|without as_of"),
        (lambda t: t.drop(columns="clv"), "No column 'expected_purchases'"),
        (lambda t: t.assign(as_of=[DAY, DAY - pd.Timedelta("1D")]), "several days"),
        (lambda t: t.assign(customer_id="a"), "More than one row for customer 'a'"),
        (lambda t: t.head(0), "no rows"),
        (lambda t: t.assign(first_purchase=DAY), "first_purchase lies after last_purchase in 2 rows"),
        (lambda t: rfm.segment(rfm.datasets.cdnow_sample()), "without p_alive, as_of.*customer_table"),
    ],
)
def test_tables_that_cannot_serve(change, message):
    with pytest.raises(DataError, match=message):
        clv.prioritize(change(table(A, B)), 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"capacity": 0}, "capacity must be a whole number"),
        ({"per": "month"}, "per must be one of"),
        ({"start": "2024-12-30"}, "lies before the day of the table, 2024-12-31"),
        ({"cadence": (7, 30)}, "cadence must hold days after the first contact"),
        ({"cadence": (0, 30, 7)}, "cadence must hold"),
        ({"cadence": (0, 7, 7)}, "cadence must hold"),
        ({"pause": "inf"}, "pause must end"),
        ({"closed": ("Sun",)}, "closed must be one of"),
        ({"closed": WEEKDAYS}, "no day on which anybody works"),
        ({"uplift": {"VIP": 2.0}}, "No column 'segment'"),
        ({"language": "xx"}, "No words in language 'xx'"),
        ({"contacted": pd.DataFrame({"customer_id": ["a"]})}, "contacted: no column 'contact_on'"),
        (
            {"contacted": pd.DataFrame({"customer_id": [1], "contact_on": [DAY]})},
            "customer_id is String in table",
        ),
        (
            {"contacted": pd.DataFrame({"customer_id": ["a"], "contact_on": [pd.NaT]})},
            "contact_on is missing in 1 rows",
        ),
    ],
)
def test_options_that_are_wrong(options, message):
    with pytest.raises(DataError, match=message):
        clv.prioritize(table(A, B), **{"capacity": 5, **options})
