"""One pass through the log gives the same as a separate pass for every date."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rfm._customers.aggregation import customer_days, facts, window_facts
from rfm._dynamics.facts_over_time import walk, walk_orders, walk_orders_in_window, walk_window

rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 30), st.integers(-3, 4)), max_size=60
)
dates = st.lists(st.integers(-1, 32), min_size=1, max_size=6, unique=True).map(sorted)


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


lags = st.lists(st.integers(0, 12), min_size=6, max_size=6)


def _starts(dates, lags):
    """First days of windows, which rise or stay."""
    return np.maximum.accumulate(np.array(dates) - np.array(lags[: len(dates)]))


@given(rows, dates, lags)
def test_each_window_holds_the_days_from_its_start_to_its_date(rows, dates, lags):
    code, _, day, units = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    days, starts = customer_days(code, day, units), _starts(dates, lags)
    before = window_facts(days.take(days.day < -9), 5, 0)
    walked = walk_window(days, 5, np.array(dates), starts)
    for date, start, (found, touched) in zip(dates, starts, walked, strict=True):
        known = window_facts(days.take(days.day <= date), 5, start)
        for name, values in known.items():
            assert found[name].tolist() == values.tolist(), (name, date)
            assert set(np.flatnonzero(values != before[name])) <= set(touched.tolist())
        before = known


@given(rows, dates, lags)
def test_an_order_is_in_the_window_while_one_of_its_purchase_days_is(rows, dates, lags):
    code, order, day, units = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    order, starts = order - 1, _starts(dates, lags)
    found = walk_orders_in_window(code, order, day, units, 5, np.array(dates), starts)
    for date, start, counts in zip(dates, starts, found, strict=True):
        inside = (day >= start) & (day <= date)
        (known,) = walk_orders(code[inside], order[inside], day[inside], units[inside], 5, np.array([date]))
        assert counts.tolist() == known.tolist()
