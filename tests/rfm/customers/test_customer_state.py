from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from rfm._customers import customer_state as state

LEDGER = pd.DataFrame({"customer_id": ["a", "b", "a", "a"], "day": [1, 2, 3, 3], "units": [5, -7, 4, -1]})


def ledger(table: pd.DataFrame = LEDGER) -> nw.DataFrame:
    return nw.from_native(table, eager_only=True)


def test_closed_days_and_the_open_day():
    states = state.reduced(state.as_states(ledger())).to_native()
    assert states.to_dict("records") == [
        {"customer_id": "a", "first": 1, "last": 1, "orders": 1, "spend": 5, "first_spend": 5, "refunds": 0,
         "open_day": 3, "open_net": 3, "open_refund": 1},
        {"customer_id": "b", "first": 0, "last": 0, "orders": 0, "spend": 0, "first_spend": 0, "refunds": 0,
         "open_day": 2, "open_net": -7, "open_refund": 1},
    ]  # fmt: skip


def test_facts_hold_the_open_day_too():
    facts = state.facts(state.reduced(state.as_states(ledger()))).to_native()
    assert facts.to_dict("records") == [
        {"customer_id": "a", "first": 1, "last": 3, "orders": 2, "spend": 8, "first_spend": 5, "refunds": 0},
        {"customer_id": "b", "first": 0, "last": 0, "orders": 0, "spend": 0, "first_spend": 0, "refunds": -7},
    ]


STATES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-2, 5), st.integers(-3, 3)), min_size=1, max_size=20
)


@given(STATES, st.integers(0, 5))
def test_both_roads_reduce_states_alike(rows, cut):
    table = pd.DataFrame(rows, columns=["customer_id", "day", "units"]).astype(np.int64)
    early = state.as_states(ledger(table[table["day"] < cut]))
    later = state.as_states(ledger(table[table["day"] >= cut]))
    memory = state.reduced(nw.concat([state.reduced(early), later]))
    engine = (
        state._reduced(nw.concat([state._reduced(early), later])) if len(early) else state._reduced(later)
    )
    pd.testing.assert_frame_equal(memory.to_native(), state.in_order(engine).to_native(), check_dtype=False)


def test_the_mark_is_of_rows_not_of_their_order():
    mark = state.fingerprint(ledger())
    assert mark.startswith("4-")
    assert state.fingerprint(ledger(LEDGER.sample(frac=1, random_state=0))) == mark
    for column, values in {
        "customer_id": ["a", "b", "a", "b"],
        "day": [1, 2, 3, 4],
        "units": [4, -7, 5, -1],
    }.items():
        assert state.fingerprint(ledger(LEDGER.assign(**{column: values}))) != mark


def test_the_mark_tells_swapped_columns_and_repeated_rows_apart():
    table = pd.DataFrame({"customer_id": [1, 2], "day": [3, 4], "units": [5, 6]})
    others = [
        table.rename(columns={"day": "units", "units": "day"}),
        table.assign(day=[4, 3]),
        pd.concat([table, table]),
        table.assign(customer_id=table["customer_id"].astype(str)),
    ]
    marks = {state.fingerprint(ledger(other)) for other in [table, *others]}
    assert len(marks) == 5


def test_the_mark_is_the_same_on_every_engine(constructor):
    table = pd.DataFrame({"customer_id": ["a", "ü", "c"] * 200, "day": range(600), "units": range(-300, 300)})
    assert state.fingerprint(nw.from_native(constructor(table))) == state.fingerprint(ledger(table))
    numbers = table.assign(customer_id=np.arange(600) + 2**40)
    assert state.fingerprint(nw.from_native(constructor(numbers))) == state.fingerprint(ledger(numbers))
