"""The one join keeps the order of rows in memory, on tables larger than a batch of Arrow."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from rfm._frames.joins import join_in_order, merge_in_order

ROWS = 200_000  # several of Arrow's batches, which its joins hand out as they are done
RNG = np.random.default_rng(11)
LEFT = pd.DataFrame({"customer_id": RNG.permutation(ROWS), "n": np.arange(ROWS)})
RIGHT = pd.DataFrame({"customer_id": RNG.permutation(ROWS)[: ROWS // 2]})
RIGHT["twice"] = RIGHT["customer_id"] * 2
KNOWN = set(RIGHT["customer_id"])


def joined(constructor, how):
    return join_in_order(nw.from_native(constructor(LEFT)), nw.from_native(constructor(RIGHT)), how=how)


@pytest.mark.parametrize("how", ["left", "inner", "semi", "anti"])
def test_the_left_rows_in_their_order(constructor, how):
    if constructor.is_lazy:
        pytest.skip("rows behind an engine have no order")
    table = joined(constructor, how)
    ids, known = LEFT["customer_id"].to_numpy(), LEFT["customer_id"].isin(KNOWN).to_numpy()
    wanted = {"left": ids, "inner": ids[known], "semi": ids[known], "anti": ids[~known]}[how]
    assert table["customer_id"].to_numpy().tolist() == wanted.tolist()
    assert table.columns == ["customer_id", "n", *(["twice"] if how in ("left", "inner") else [])]
    if how in ("left", "inner"):
        found = pd.to_numeric(table["twice"].to_pandas()).astype("Int64").fillna(-1).tolist()
        assert found == [2 * who if who in KNOWN else -1 for who in wanted.tolist()]


@pytest.mark.parametrize("how", ["left", "inner", "semi", "anti"])
def test_the_same_rows_behind_an_engine(constructor, to_pandas, how):
    if not constructor.is_lazy:
        pytest.skip("rows in memory are in order")
    few, known = LEFT.iloc[:1_000], LEFT.iloc[:1_000]["customer_id"].isin(KNOWN)
    table = to_pandas(
        join_in_order(
            nw.from_native(constructor(few)), nw.from_native(constructor(RIGHT)), how=how
        ).to_native()
    )
    wanted = {"left": few, "inner": few[known], "semi": few[known], "anti": few[~known]}[how]
    assert table["customer_id"].tolist() == sorted(wanted["customer_id"])


def test_several_matches_of_a_row_stand_in_the_order_of_the_right_rows(constructor):
    if constructor.is_lazy:
        pytest.skip("rows behind an engine have no order")
    left = nw.from_native(constructor(pd.DataFrame({"customer_id": [2, 1]})))
    right = nw.from_native(constructor(pd.DataFrame({"customer_id": [1, 2, 1], "day": [5, 6, 3]})))
    for how in ("left", "inner"):
        both = join_in_order(left, right, how=how)
        assert both["customer_id"].to_list() == [2, 1, 1]
        assert both["day"].to_list() == [6, 5, 3]


def test_the_index_of_pandas_stays_where_every_row_stays():
    left = LEFT.iloc[:5].set_axis(list("vwxyz"))
    right = RIGHT.set_axis(np.arange(len(RIGHT)) + 9)
    assert merge_in_order(left, right).index.tolist() == list("vwxyz")
    assert merge_in_order(left, right, how="inner").index.tolist() == list(
        range(left["customer_id"].isin(KNOWN).sum())
    )
    assert left.index.tolist() == list("vwxyz"), "inputs are never changed"
    assert list(left) == ["customer_id", "n"]


def test_names_that_both_have():
    both = merge_in_order(LEFT.iloc[:3], LEFT, suffix="_before")
    assert list(both) == ["customer_id", "n", "n_before"]
    assert both["n"].tolist() == both["n_before"].tolist() == [0, 1, 2]
