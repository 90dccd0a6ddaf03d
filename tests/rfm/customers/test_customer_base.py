from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm

COLUMNS = ["customer_id", "date", "amount"]


def log(*rows: tuple[object, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS)


def assert_is_summary_of(base: rfm.CustomerBase, rows: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(base.summary(), rfm.summarize(rows))


JANUARY = log(("ann", "2024-01-05", 20.0), ("bob", "2024-01-31", 5.0), ("cat", "2024-01-09", -3.0))
FEBRUARY = log(("bob", "2024-01-31", -5.0), ("ann", "2024-02-09", 30.0), ("dan", "2024-02-01", 0.0))


def test_two_batches_are_the_log_of_both():
    base = rfm.CustomerBase.of(JANUARY).add(FEBRUARY)
    assert_is_summary_of(base, pd.concat([JANUARY, FEBRUARY]))
    assert repr(base) == "CustomerBase(batches=2, first=2024-01-05, last=2024-02-09)"


def test_a_base_is_never_changed():
    base = rfm.CustomerBase.of(JANUARY)
    before = base.customers.copy(deep=True)
    base.add(FEBRUARY)
    pd.testing.assert_frame_equal(base.customers, before)
    assert_is_summary_of(base, JANUARY)
    with pytest.raises(AttributeError):
        base.extent = None


def test_a_refund_of_the_last_day_moves_the_last_purchase_back():
    days = log(("ann", "2024-01-01", 50.0), ("ann", "2024-01-02", 20.0), ("ann", "2024-01-03", 30.0))
    base = rfm.CustomerBase.of(days).add(log(("ann", "2024-01-03", -30.0)))
    ann = base.summary().iloc[0]
    assert (ann.orders, ann.spend, ann.last_purchase) == (2, 70.0, pd.Timestamp("2024-01-02"))


def test_customers_with_refunds_only_stay_in_the_state():
    base = rfm.CustomerBase.of(JANUARY).add(log(("cat", "2024-03-01", 8.0)))
    cat = base.summary().set_index("customer_id").loc["cat"]
    assert (cat.orders, cat.spend, cat.refunds) == (1, 8.0, -3.0)


def test_batches_of_different_customers_need_no_order():
    early = log(("eve", "2023-01-01", 7.0), ("eve", "2023-05-01", 8.0))
    base = rfm.CustomerBase.of(JANUARY).add(early)
    assert_is_summary_of(base, pd.concat([JANUARY, early]))


def test_recency_counts_to_a_later_day_but_never_to_an_earlier_one():
    base = rfm.CustomerBase.of(JANUARY)
    pd.testing.assert_frame_equal(base.summary("2024-03-01"), rfm.summarize(JANUARY, "2024-03-01"))
    with pytest.raises(rfm.DataError, match="holds rows up to 2024-01-31 and cannot go back to 2024-01-30"):
        base.summary("2024-01-30")


def mixed(rows: list[tuple[object, str, float]]) -> pd.DataFrame:
    return log(*rows).astype({"customer_id": object})


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", 1, "1"]),
        st.dates(date(2024, 1, 1), date(2024, 1, 6)).map(str),
        st.integers(-3, 3).map(float),
    ),
    min_size=1,
    max_size=25,
)


@given(ROWS, st.lists(st.integers(0, 25), max_size=4), st.randoms(use_true_random=False))
def test_a_log_cut_at_any_moments_gives_the_identical_summary(rows, cuts, random):
    random.shuffle(rows)
    rows = sorted(rows, key=lambda row: row[1])  # moments within a day are in any order
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    first, *later = [mixed(rows[start:stop]) for start, stop in itertools.pairwise(edges)]
    base = rfm.CustomerBase.of(first)
    for batch in later:
        base = base.add(batch, twice="keep")
    assert_is_summary_of(base, mixed(rows))


@given(ROWS, st.integers(1, 24), st.randoms(use_true_random=False))
def test_late_rows_are_always_found_and_made_good_from_the_history(rows, cut, random):
    random.shuffle(rows)
    cut = min(cut, len(rows) - 1)
    if cut == 0:
        return
    known, batch = mixed(rows[:cut]), mixed(rows[cut:])
    base = rfm.CustomerBase.of(known)
    last = known.groupby("customer_id")["date"].max()
    late = {
        c for c, day in zip(batch["customer_id"], batch["date"], strict=True) if c in last and day < last[c]
    }
    if late:
        with pytest.raises(rfm.LateRowsError) as refused:
            base.add(batch, twice="keep")
        assert set(refused.value.customers) == late
    whole = base.add(batch, late="recompute", history=known, twice="keep")
    assert_is_summary_of(whole, mixed(rows))


def test_late_rows_name_their_customers():
    with pytest.raises(
        rfm.LateRowsError,
        match=r"before the last day that the base holds for 1 customer: 'bob'. .* Hint: add\(…, late=\"recompute\"",
    ):
        rfm.CustomerBase.of(JANUARY).add(log(("bob", "2024-01-30", 1.0), ("ann", "2024-02-01", 1.0)))


def test_many_late_customers_are_counted_in_words_and_listed_in_full():
    ids = [f"c{n:02}" for n in range(12)]
    base = rfm.CustomerBase.of(log(*((c, "2024-01-02", 1.0) for c in ids)))
    with pytest.raises(rfm.LateRowsError, match=r"12 customers: 'c00', .*'c09', …") as refused:
        base.add(log(*((c, "2024-01-01", 1.0) for c in reversed(ids))))
    assert refused.value.customers == ids


def test_recomputing_needs_the_history_behind_the_base():
    base, batch = rfm.CustomerBase.of(JANUARY), log(("bob", "2024-01-30", 1.0))
    with pytest.raises(rfm.DataError, match="Hint: history=log, with the log behind the base"):
        base.add(batch, late="recompute")
    for wrong in (pd.concat([JANUARY, batch]), JANUARY[JANUARY["customer_id"] != "bob"]):
        with pytest.raises(
            rfm.DataError, match="history contradicts what the base holds for 1 customer: 'bob'"
        ):
            base.add(batch, late="recompute", history=wrong)
    with pytest.raises(
        rfm.DataError,
        match=r"The base counts money in 4 decimals, the history in 2.*Hint: Transactions\(…, decimals=4",
    ):
        base.add(batch, late="recompute", history=rfm.Transactions(JANUARY, decimals=2))


def test_a_batch_that_comes_twice_is_known_in_any_order_of_rows():
    base = rfm.CustomerBase.of(JANUARY).add(FEBRUARY)
    for again, number in ((JANUARY, 1), (FEBRUARY.iloc[::-1], 2)):
        with pytest.raises(
            rfm.DataError, match=f"in the base already, as number {number} of 2: every row is the same"
        ):
            base.add(again)
    with_one_more = pd.concat([FEBRUARY, log(("dan", "2024-02-09", 1.0))])
    assert len(base.add(with_one_more).extent.batches) == 3


def test_a_batch_may_be_kept_twice():
    once = log(("dan", "2024-02-01", 4.0))
    base = rfm.CustomerBase.of(once).add(once, twice="keep")
    assert_is_summary_of(base, pd.concat([once, once]))


def test_options_are_checked_even_where_they_change_nothing():
    base = rfm.CustomerBase.of(JANUARY)
    with pytest.raises(
        rfm.DataError, match=r"""^late must be one of "raise", "recompute"; got 'recomptue'"""
    ):
        base.add(FEBRUARY, late="recomptue")
    with pytest.raises(rfm.DataError, match=r"""^twice must be one of "raise", "keep", "skip"; got 'x'"""):
        base.add(FEBRUARY, twice="x")


def test_a_batch_must_fit_the_base():
    base = rfm.CustomerBase.of(JANUARY)
    with pytest.raises(rfm.DataError, match="counts money in 4 decimals, the batch in 2"):
        base.add(rfm.Transactions(FEBRUARY, decimals=2))
    with pytest.raises(rfm.DataError, match=r"customer_id is String in the base and Int64 in the batch"):
        base.add(log((1, "2024-02-01", 1.0)))
    polars = pytest.importorskip("polars")
    with pytest.raises(rfm.DataError, match="The base is pandas DataFrame and the batch is polars DataFrame"):
        base.add(polars.DataFrame(FEBRUARY.to_dict("list")))


def test_sums_beyond_64_bits_are_refused():
    base = rfm.CustomerBase.of(log(("ann", "2024-01-01", 3e14), ("bob", "2024-01-01", 3e14)))
    with pytest.raises(rfm.DataError, match=r"exceeds 64-bit whole numbers in 4 decimals\. Hint: start"):
        base.add(log(("ann", "2024-01-02", 4e14)))


def test_a_base_is_saved_and_read_again(tmp_path: Path):
    base = rfm.CustomerBase.of(JANUARY)
    base.save(tmp_path / "base")
    again = rfm.CustomerBase.load(tmp_path / "base")
    pd.testing.assert_frame_equal(again.customers, base.customers)
    assert again.extent == base.extent
    assert_is_summary_of(again.add(FEBRUARY), pd.concat([JANUARY, FEBRUARY]))
    with pytest.raises(rfm.DataError, match=r"exists\. Hint: use a new folder for each state"):
        base.save(tmp_path / "base")


def test_a_base_saved_by_pandas_is_read_by_another_engine(tmp_path: Path):
    polars = pytest.importorskip("polars")
    rfm.CustomerBase.of(JANUARY).save(tmp_path / "base")
    base = rfm.CustomerBase.load(tmp_path / "base", read=polars.scan_parquet)
    whole = base.add(polars.LazyFrame(FEBRUARY.to_dict("list")))
    orders = whole.summary().collect().sort("customer_id")["orders"].to_list()
    assert orders == [2, 0, 0, 1]


def test_a_folder_that_holds_no_base_is_refused(tmp_path: Path):
    with pytest.raises(
        rfm.DataError,
        match=r"holds no customer base: No file .*base.json'. Hint: write one with base.save\(path\)",
    ):
        rfm.CustomerBase.load(tmp_path)
    rfm.CustomerBase.of(JANUARY).save(tmp_path / "base")
    about = tmp_path / "base" / "base.json"
    for text in ("{", "[]", json.dumps({"format": "other"}), json.dumps({"format": "rfm customer base 1"})):
        about.write_text(text)
        with pytest.raises(rfm.DataError, match="holds no customer base"):
            rfm.CustomerBase.load(tmp_path / "base")


def test_states_of_other_columns_are_refused(tmp_path: Path):
    base = rfm.CustomerBase.of(JANUARY)
    base.save(tmp_path / "base")
    JANUARY.to_parquet(tmp_path / "base" / "customers.parquet")
    with pytest.raises(
        rfm.DataError, match=r"customers.parquet is damaged, or of another base than base.json"
    ):
        rfm.CustomerBase.load(tmp_path / "base")
    about = json.loads((tmp_path / "base" / "base.json").read_text())
    del about["states"]  # as bases were saved before they kept a checksum
    (tmp_path / "base" / "base.json").write_text(json.dumps(about))
    with pytest.raises(
        rfm.DataError, match="holds the columns customer_id, date, amount, which are not a customer base"
    ):
        rfm.CustomerBase.load(tmp_path / "base")


def test_ids_that_parquet_cannot_hold_are_an_error_of_ours(tmp_path: Path):
    base = rfm.CustomerBase.of(log((1, "2024-01-01", 1.0), ("1", "2024-01-01", 1.0)))
    with pytest.raises(rfm.DataError, match="The states cannot be written as Parquet"):
        base.save(tmp_path / "base")


def test_tuples_are_refused_before_a_folder_is_made(tmp_path: Path):
    base = rfm.CustomerBase.of(log((("uk", "ann"), "2024-01-01", 1.0), (("uk", "bob"), "2024-01-02", 1.0)))
    with pytest.raises(
        rfm.DataError, match=r"holds tuples, such as \('uk', 'ann'\), which Parquet .* Hint: convert"
    ):
        base.save(tmp_path / "base")
    assert not (tmp_path / "base").exists()


@pytest.mark.slow
def test_a_year_of_daily_batches_is_the_log():
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 365, 50_000)), "D")
    rows = pd.DataFrame({"customer_id": rng.integers(0, 5_000, 50_000), "date": days,
                         "amount": rng.integers(-500, 3_000, 50_000) / 100})  # fmt: skip
    first, *later = [batch for _, batch in rows.groupby("date")]
    base = rfm.CustomerBase.of(first)
    for batch in later:
        base = base.add(batch)
    assert_is_summary_of(base, rows)


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("change", ["text", "float", "engine"])
def test_a_history_of_other_ids_or_another_engine_is_refused(constructor, change):
    log = pd.DataFrame({"customer_id": [1, 2, 3], "date": "2024-02-01", "amount": 1.0})
    late = log.assign(date="2024-01-01")
    base = rfm.CustomerBase.of(constructor(log))
    if change == "engine":
        pl = pytest.importorskip("polars")
        history = pl.from_pandas(log) if constructor.engine != "polars" else log
        message = "The base is .* and the history is .*Hint: convert the history to the base's engine"
    else:
        other = log["customer_id"].astype(str) if change == "text" else log["customer_id"] + 0.5
        history = constructor(log.assign(customer_id=other))
        message = "customer_id is Int64 in the base and .* in the history. Hint: cast the ids of the history"
    with pytest.raises(rfm.DataError, match=message):
        base.add(constructor(late), late="recompute", history=history)


NOTHING = JANUARY.iloc[:0]


@pytest.mark.parametrize(
    "nothing", [NOTHING, NOTHING.astype(float), pd.DataFrame(columns=["Kunde", "Datum"])]
)
def test_a_day_without_orders_changes_no_customer(nothing):
    base = rfm.CustomerBase.of(JANUARY)
    quiet = base.add(nothing, until="2024-02-03")
    assert_is_summary_of(base.add(nothing), JANUARY)
    pd.testing.assert_frame_equal(quiet.summary(), rfm.summarize(JANUARY, as_of="2024-02-03"))
    pd.testing.assert_frame_equal(quiet.summary(as_of="2024-01-31"), rfm.summarize(JANUARY))
    assert quiet.add(nothing, until="2024-02-01").extent.end == quiet.extent.end  # never back
    assert_is_summary_of(quiet.add(FEBRUARY), pd.concat([JANUARY, FEBRUARY]))


def test_a_day_without_orders_on_every_engine(constructor, to_pandas):
    orders = JANUARY.assign(date=pd.to_datetime(JANUARY["date"]))
    quiet = rfm.CustomerBase.of(constructor(orders)).add(constructor(orders.iloc[:0]), until="2024-02-03")
    table = to_pandas(quiet.summary()).sort_values("customer_id")
    assert table["customer_id"].tolist() == ["ann", "bob", "cat"]
    assert table["recency"].fillna(-1).tolist() == [29, 3, -1]


def test_a_day_without_orders_on_another_engine_than_the_base():
    polars = pytest.importorskip("polars")
    quiet = rfm.CustomerBase.of(polars.LazyFrame(JANUARY.to_dict("list")))
    with pytest.raises(rfm.DataError, match="The base is polars LazyFrame and the batch is pandas DataFrame"):
        quiet.add(NOTHING)


def test_rows_after_the_day_that_a_batch_covers_are_refused():
    with pytest.raises(
        rfm.DataError, match=r"rows up to 2024-02-09, after until=2024-02-08\. Hint: until= is"
    ):
        rfm.CustomerBase.of(JANUARY).add(FEBRUARY, until="2024-02-08")


def test_a_batch_is_known_by_its_name_and_its_rows():
    base = rfm.CustomerBase.of(JANUARY).add(FEBRUARY, name="02.csv").add(NOTHING, name="03.csv")
    assert base.add(FEBRUARY, name="02.csv", twice="skip") is base
    assert base.add(NOTHING, name="03.csv", twice="skip") is base
    with pytest.raises(rfm.DataError, match=r"This batch is in the base already, as number 2"):
        base.add(FEBRUARY, name="02.csv")
    with pytest.raises(rfm.DataError, match=r"batch '03.csv' is in the base already\. Hint: leave it out"):
        base.add(NOTHING, name="03.csv")
    later = log(("ann", "2024-03-09", 30.0))
    for twice in ("raise", "keep", "skip"):
        with pytest.raises(
            rfm.DataError, match=r"has a batch '02.csv' already, with other rows\. Hint: another"
        ):
            base.add(later, name="02.csv", twice=twice)
    renamed = base.add(FEBRUARY, name="copy.csv", twice="skip")
    pd.testing.assert_frame_equal(renamed.customers, base.customers)
    assert dict(renamed.extent.names)["copy.csv"] == base.extent.batches[1]


def test_names_and_covered_days_are_saved(tmp_path: Path):
    base = rfm.CustomerBase.of(JANUARY).add(FEBRUARY, name="02.csv", until="2024-02-20")
    base.save(tmp_path / "base")
    again = rfm.CustomerBase.load(tmp_path / "base")
    assert again.extent == base.extent
    assert again.add(FEBRUARY, name="02.csv", twice="skip") is again
    about = json.loads((tmp_path / "base" / "base.json").read_text())
    for wrong in (3, [["a"]], [["a", "b"], ["a", "c"]], [["a", 1]]):
        (tmp_path / "base" / "base.json").write_text(json.dumps({**about, "names": wrong}))
        with pytest.raises(rfm.DataError, match=r"holds no customer base: names"):
            rfm.CustomerBase.load(tmp_path / "base")


def test_a_base_replaces_an_earlier_one(tmp_path: Path):
    folder, base = tmp_path / "base", rfm.CustomerBase.of(JANUARY)
    base.save(folder, replace=True)
    base = base.add(FEBRUARY)
    base.save(folder, replace=True)
    for day in ("2024-03-01", "2024-03-02"):
        (folder / ".state-0123456789abcdef.0123456789abcdef.part").mkdir()
        base = base.add(log(("ann", day, 1.0)))
        base.save(folder, replace=True)
    again = rfm.CustomerBase.load(folder)
    pd.testing.assert_frame_equal(again.customers, base.customers)
    assert again.extent == base.extent
    assert len(list(folder.glob("state-*"))) == 2  # the state before stays for whoever reads it
    assert {file.name for file in folder.iterdir() if not file.name.startswith("state-")} == {"base.json"}
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(rfm.DataError, match=r"exists and holds no customer base to replace"):
        base.save(other, replace=True)
