"""A customer base that keeps the days of a window gives what the whole log gives, batch by batch and from disk."""

from __future__ import annotations

import itertools
import json
import shutil

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm._customers.customer_base_files import WINDOW

rows = st.lists(
    st.tuples(st.sampled_from(["ann", "bob", 1, 2]), st.integers(0, 90), st.integers(-3, 3).map(float)),
    min_size=1,
    max_size=25,
)
LOG = pd.DataFrame(
    {
        "customer_id": [1, 2, 1, 3, 2, 3],
        "date": pd.to_datetime(
            ["2024-01-05", "2024-02-07", "2024-03-01", "2024-03-01", "2024-03-20", "2024-03-20"]
        ),
        "amount": [20.0, 5.0, 30.0, 9.0, -5.0, 4.0],
    }
)


def as_log(rows) -> rfm.Transactions:
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"]).astype({"customer_id": object})
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(table.pop("day"), unit="D")
    return rfm.Transactions(table, far_dates="keep")


@given(
    rows,
    st.lists(st.integers(0, 25), max_size=3),
    st.sampled_from(["1D", "20D", "1M", "9Y", "2024-01-01"]),
    st.booleans(),
)
def test_batches_in_any_order_give_the_window_of_the_whole_log(rows, cuts, window, in_time):
    rows = sorted(rows, key=lambda row: row[1]) if in_time else rows
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    batches = [rows[start:stop] for start, stop in itertools.pairwise(edges)]
    base, known = rfm.CustomerBase.of(as_log(batches[0]), window=window), batches[0]
    for batch in batches[1:]:
        base = base.add(as_log(batch), late="recompute", history=as_log(known), twice="keep")
        known = known + batch
    for as_of in (None, "2024-06-30"):
        found, wanted = base.summary(as_of), rfm.summarize(as_log(rows), as_of, window=window)
        pd.testing.assert_frame_equal(found, wanted)


def test_a_base_answers_its_own_window_and_shorter_ones_from_its_last_day_on():
    base = rfm.CustomerBase.of(LOG, window="30D")
    for window in ("30D", "7D", "2024-03-10"):
        wanted = rfm.summarize(LOG, "2024-03-25", window=window)
        pd.testing.assert_frame_equal(base.summary("2024-03-25", window=window), wanted)
    with pytest.raises(
        rfm.DataError, match=r"window='31D' begins on 2024-02-19; the base keeps the days from"
    ):
        base.summary(window="31D")
    pd.testing.assert_frame_equal(
        base.summary("2024-03-25", window="31D"), rfm.summarize(LOG, "2024-03-25", window="31D")
    )
    with pytest.raises(rfm.DataError, match="cannot go back to 2024-03-19"):
        base.summary("2024-03-19")
    whole = rfm.CustomerBase.of(LOG, window="9Y")
    pd.testing.assert_frame_equal(whole.summary(window="2Y"), rfm.summarize(LOG, window="2Y"))
    pd.testing.assert_frame_equal(whole.summary(window="99Y"), rfm.summarize(LOG, window="99Y"))


def test_a_base_without_a_window_says_how_to_keep_one():
    with pytest.raises(
        rfm.DataError, match=r"keeps no days.* Hint: CustomerBase.of\(log, window='365D'\) keeps them"
    ):
        rfm.CustomerBase.of(LOG).summary(window="365d")
    with pytest.raises(rfm.DataError, match="neither a positive length of time nor a day"):
        rfm.CustomerBase.of(LOG, window="0D")
    with pytest.raises(rfm.DataError, match="after its last day, 2024-03-20"):
        rfm.CustomerBase.of(LOG, window="2024-03-21")


def test_only_the_days_of_the_window_are_kept():
    base = rfm.CustomerBase.of(LOG, window="20D")
    assert len(base.days) == 4
    assert len(base.add(LOG.assign(date=LOG["date"] + pd.Timedelta(days=100))).days) == 4


def test_a_saved_base_is_the_same_and_takes_tomorrows_orders(tmp_path):
    base = rfm.CustomerBase.of(LOG, window="12m")
    base.save(tmp_path / "base")
    read = rfm.CustomerBase.load(tmp_path / "base")
    assert read.extent == base.extent
    tomorrow = pd.DataFrame({"customer_id": [1, 4], "date": pd.Timestamp("2024-03-21"), "amount": [1.0, 2.0]})
    wanted = rfm.summarize(pd.concat([LOG, tomorrow]), window="12M")
    pd.testing.assert_frame_equal(read.add(tomorrow).summary(), wanted)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"net": [10**9] * 6}, "money beyond the base's size"),
        ({"day": [0] * 6}, "days outside the window"),
        ({"least": [7] * 6}, "least other than -1, 0 and 1"),
        ({"net": [0.5] * 6}, "net must hold whole numbers"),
        ({"customer_id": ["x"] * 6}, "which are not days of this base"),
        ({"customer_id": [1] * 6, "day": [19_800] * 6}, "a day twice"),
        ({"more": [1] * 6}, "which are not days of this base"),
    ],
)
def test_days_that_no_base_can_have_are_refused(tmp_path, change, words):
    folder = tmp_path / "base"
    rfm.CustomerBase.of(LOG, window="9Y").save(folder)
    pd.read_parquet(folder / WINDOW).assign(**change).to_parquet(folder / WINDOW, index=False)
    with pytest.raises(rfm.DataError, match="is damaged"):
        rfm.CustomerBase.load(folder)
    _describe(folder, days=rfm._saved_files.checksum(folder / WINDOW))
    with pytest.raises(rfm.DataError, match=words):
        rfm.CustomerBase.load(folder)


def test_a_window_without_days_and_days_without_a_window_are_refused(tmp_path):
    rfm.CustomerBase.of(LOG, window="9Y").save(tmp_path / "base")
    for number, change in enumerate(
        [{"days": None}, {"window": None}, {"window": "0D"}, {"window": "9y"}, {"window": 9}]
    ):
        folder = tmp_path / f"base{number}"
        shutil.copytree(tmp_path / "base", folder)
        _describe(folder, **change)
        with pytest.raises(rfm.DataError, match="holds no customer base"):
            rfm.CustomerBase.load(folder)
    (tmp_path / "base" / WINDOW).unlink()
    with pytest.raises(rfm.DataError, match="No file"):
        rfm.CustomerBase.load(tmp_path / "base")


def _describe(folder, **change) -> None:
    """Write other facts into the base's description; None takes one out."""
    about = json.loads((folder / "base.json").read_text()) | change
    about = {name: value for name, value in about.items() if name not in change or value is not None}
    (folder / "base.json").write_text(json.dumps(about))


@pytest.mark.slow_on("spark")
def test_every_engine_keeps_the_same_days(constructor, to_pandas):
    first, later = LOG[LOG["date"] < "2024-03-01"], LOG[LOG["date"] >= "2024-03-01"]
    base = rfm.CustomerBase.of(constructor(first), window="30D").add(constructor(later))
    found = to_pandas(base.summary()).sort_values("customer_id", ignore_index=True)
    wanted = rfm.summarize(LOG, window="30D")
    for name in ("customer_id", "orders", "orders_in_window", "spend_in_window"):
        assert found[name].tolist() == wanted[name].tolist(), name
