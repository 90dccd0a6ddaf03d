"""One pass through the log gives the same as a separate pass for every date."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm._customers.aggregation import customer_days, facts
from rfm._dynamics.facts_over_time import walk, walk_orders

rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 30), st.integers(-3, 4)), max_size=60
)
dates = st.lists(st.integers(-1, 32), min_size=1, max_size=6, unique=True).map(sorted)


@settings(deadline=None, max_examples=200)
@given(rows, dates)
def test_each_date_has_the_facts_of_the_days_up_to_it(rows, dates):
    code, _, day, units = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    days = customer_days(code, day, units)
    before = -(10**6)
    for date, (state, touched) in zip(dates, walk(days, 5, np.array(dates)), strict=True):
        known = facts(days.take(days.day <= date), 5)
        assert touched.tolist() == sorted(set(code[(day > before) & (day <= date)].tolist()))
        before = date
        for name, values in vars(known).items():
            assert values.tolist() == getattr(state, name).tolist(), (name, date)


@settings(deadline=None, max_examples=200)
@given(rows, dates)
def test_an_order_counts_from_its_first_purchase_day_on(rows, dates):
    code, order, day, units = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    order = order - 1  # −1: a row without an order id
    found = walk_orders(code, order, day, units, 5, np.array(dates))
    for date, counts in zip(dates, found, strict=True):
        known = [set() for _ in range(5)]
        for who, number, when in {*zip(code.tolist(), order.tolist(), day.tolist(), strict=True)}:
            amounts = units[(code == who) & (order == number) & (day == when)]
            bought = amounts.sum() > 0 or (amounts.sum() == 0 and (amounts >= 0).all())
            if bought and when <= date:
                known[who].add((number, when if number < 0 else None))  # without an id, an order a day
        assert counts.tolist() == [len(orders) for orders in known]
