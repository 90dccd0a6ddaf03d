from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm._customers import aggregation as kernel
from rfm._customers import aggregation_expressions as plan

FIRST_DAY, LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31


def by_kernel(ledger: pd.DataFrame) -> pd.DataFrame:
    code, row = kernel.number_customers(nw.from_native(ledger["customer_id"], series_only=True))
    days = kernel.customer_days(code, ledger["day"].to_numpy(), ledger["units"].to_numpy())
    facts = vars(kernel.facts(days, len(row)))
    return pd.DataFrame({"customer_id": ledger["customer_id"].to_numpy()[row], **facts})


def assert_facts(facts: pd.DataFrame, ledger: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(facts, by_kernel(ledger), check_dtype=False, check_column_type=False)


def by_customer(facts, to_pandas):
    """What the group-by yields has no order until the summary sorts it."""
    return to_pandas(facts).sort_values("customer_id", ignore_index=True)


def test_the_plan_is_the_kernel_up_to_the_edges_of_64_bits(constructor, to_pandas):
    edge = 2**62
    rows = [
        ("first of two", 5, edge - 1), ("first of two", 6, 7),
        ("later of two", FIRST_DAY, 2**53 + 1), ("later of two", LAST_DAY, edge - 2**53 - 2),
        ("low bits", 0, 2**32 - 1), ("high bits", 0, 2**32), ("both", -1, 2**53 - 1), ("tiny", 0, 1),
        ("free", 3, 0), ("refunds only", 3, -edge), ("cancelled", 4, edge), ("cancelled", 4, -edge),
    ]  # fmt: skip
    ledger = pd.DataFrame(rows, columns=["customer_id", "day", "units"]).sample(frac=1, random_state=2)
    if constructor.engine == "pandas-arrow":
        pytest.skip("a ledger's numbers are NumPy's on every pandas frame")
    frame = nw.from_native(constructor(ledger.reset_index(drop=True)))
    assert_facts(by_customer(plan.ledger_facts(frame), to_pandas), ledger)


def test_a_log_of_known_extent_is_packed_in_one_number(constructor, to_pandas):
    """Up to the last bit there is: 2^52 units over 1,024 days."""
    if constructor.engine == "pandas-arrow":
        pytest.skip("a ledger's numbers are NumPy's on every pandas frame")
    rows = [("a", 1_023, 1), ("b", 1_023, 2**52 - 8), ("c", 0, 0), ("c", 1_023, 1), ("d", 5, -2)]
    ledger = pd.DataFrame(rows, columns=["customer_id", "day", "units"])
    packing = plan.Packing.of(0, 1_023, int(ledger["units"].abs().sum()))
    assert packing == plan.Packing(0, 52, True)
    frame = nw.from_native(constructor(ledger))
    assert_facts(by_customer(plan.ledger_facts(frame, packing), to_pandas), ledger)


def test_a_log_beyond_one_number_is_packed_in_two():
    assert plan.Packing.of(0, 1_023, 2**52 - 1).is_whole
    assert plan.Packing.of(0, 1_024, 2**52 - 1) == plan.Packing.of(0, 1_023, 2**52) == plan.Packing()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(FIRST_DAY, LAST_DAY) | st.integers(0, 2),
            st.integers(-(2**58), 2**58) | st.integers(-2, 2),
        ),
        min_size=1,
        max_size=16,
    )
)
def test_the_plan_is_the_kernel_on_any_ledger(rows):
    polars = pytest.importorskip("polars")
    ledger = pd.DataFrame(rows, columns=["customer_id", "day", "units"]).astype(np.int64)
    frame = nw.from_native(polars.LazyFrame(ledger.to_dict("list")))
    assert_facts(plan.ledger_facts(frame).collect().sort("customer_id").to_pandas(), ledger)


def test_facts_of_parts_merge_into_those_of_the_whole():
    rng = np.random.default_rng(4)
    days = pd.DataFrame(
        {"customer_id": rng.integers(0, 50, 900), "day": np.arange(900), "net": rng.integers(-9, 30, 900)}
    )
    days["least"] = days["net"]
    frame = nw.from_native(days)
    parts = [plan.merged(plan.day_facts(frame.filter(nw.col("day") % 3 == part))) for part in range(3)]
    whole, again = plan.merged(plan.day_facts(frame)), plan.merged(nw.concat(parts))
    left, right = (table.sort("customer_id").to_native().reset_index(drop=True) for table in (whole, again))
    pd.testing.assert_frame_equal(left, right)
