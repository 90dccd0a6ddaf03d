"""Migration: rows sum to one, flows balance, tests and intervals are the textbook's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import rfm
from rfm._dynamics.count_tests import homogeneity
from rfm._dynamics.rate_changes import last_alike

NAMES = ("good", "fair", "lost", "not yet")


def simulated(
    customers: int, rates: list[np.ndarray], seed: int, newcomers: float = 0.3, step: str = "ME"
) -> pd.DataFrame:
    """Snapshots of customers who move by the rates of each period; some come in later."""
    rng = np.random.default_rng(seed)
    state = np.where(rng.uniform(size=customers) < newcomers, 3, rng.integers(0, 3, customers))
    stills = [state]
    for period in rates:
        u = rng.uniform(size=(customers, 1))
        moved = (u > period.cumsum(axis=1)[np.minimum(state, 2)]).sum(axis=1)
        comes = (state == 3) & (rng.uniform(size=customers) < 0.5)
        state = np.where(state == 3, np.where(comes, rng.integers(0, 3, customers), 3), moved)
        stills.append(state)
    kept = state != 3
    dates = pd.date_range("2024-01-31", periods=len(stills), freq=step).astype("datetime64[us]")
    names = pd.Categorical.from_codes(np.concatenate([s[kept] for s in stills]), NAMES, ordered=True)
    return pd.DataFrame(
        {
            "customer_id": np.tile(np.flatnonzero(kept), len(stills)),
            "date": dates.repeat(kept.sum()),
            "segment": names,
        }
    )


RATES = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.02, 0.08, 0.9]])
cases = st.tuples(st.integers(20, 120), st.integers(1, 5), st.integers(0, 10_000))


@given(cases)
def test_rates_sum_to_one_and_customers_are_conserved(case):
    customers, periods, seed = case
    snaps = simulated(customers, [RATES] * periods, seed)
    moved = rfm.migration(snaps)
    moves = moved.moves
    sums = moves.groupby(["date_from", "segment_from"], observed=True)[["rate", "customers"]].sum(min_count=1)
    assert sums["rate"].dropna().to_numpy() == pytest.approx(1)
    assert ((sums["rate"].isna()) == (sums["customers"] == 0)).all()
    here = moves[moves["customers"] > 0]
    assert (here["low"] < here["rate"]).all()
    assert (here["rate"] <= here["high"]).all()
    flows = moved.flows
    assert (flows["start"] + flows["net"] == flows["end"]).all()
    assert (flows["net"] == flows["inflow"] - flows["outflow"]).all()
    size = snaps[snaps["segment"] != "not yet"].groupby(["date", "segment"], observed=True).size()
    for name, column in (("date_from", "start"), ("date_to", "end")):
        found = flows.set_index([name, "segment"])[column]
        assert found[found > 0].to_dict() == size[size.index.isin(found.index)].to_dict()
    by_period = flows.groupby("date_to")[["start", "end", "new", "net"]].sum()
    assert (by_period["net"] == by_period["new"]).all()  # nobody leaves the base, newcomers enlarge it


@pytest.mark.nightly
@given(cases, st.integers(0, 50))
def test_the_order_of_rows_and_the_kind_of_table_are_nothing(case, shuffle):
    customers, periods, seed = case
    snaps = simulated(customers, [RATES] * periods, seed)
    known, found = rfm.migration(snaps), rfm.migration(snaps.sample(frac=1, random_state=shuffle))
    polars = rfm.migration(pl.from_pandas(snaps).with_columns(pl.col("segment").cast(pl.Enum(NAMES))))
    for table in ("moves", "rates", "flows", "changes", "changes_by_segment", "dwell", "long_run"):
        known_table = getattr(known, table)
        pd.testing.assert_frame_equal(getattr(found, table), known_table)
        dates = known_table.columns[known_table.dtypes == "datetime64[us]"]
        pd.testing.assert_frame_equal(
            getattr(polars, table).to_pandas().astype(dict.fromkeys(dates, "datetime64[us]")),
            known_table,
            check_dtype=False,
            check_categorical=False,
        )
    assert repr(known) == repr(found) == repr(polars)


def test_intervals_are_wilsons_at_the_confidence_asked_for():
    snaps = simulated(300, [RATES] * 2, 7)
    rates = rfm.migration(snaps, confidence=0.8).rates
    n = rates.groupby("segment_from", observed=True)["customers"].transform("sum")
    for k, total, low, high in zip(rates["customers"], n, rates["low"], rates["high"], strict=True):
        known = stats.binomtest(int(k), int(total)).proportion_ci(0.8, method="wilson")
        assert (low, high) == pytest.approx((known.low, known.high), abs=1e-12)


def test_changes_are_scipys_chi_square_row_by_row():
    snaps = simulated(6_000, [RATES, RATES, RATES[::-1]], 3, step="30D")
    moved = rfm.migration(snaps)
    counts = {
        date: table.pivot(index="segment_from", columns="segment_to", values="customers").iloc[:3].to_numpy()
        for date, table in moved.moves.astype({"segment_from": str}).groupby("date_to")
    }
    order = sorted(NAMES[:3])
    by_segment = moved.changes_by_segment.astype({"segment": str}).set_index(["date_to", "segment"])
    for (_, before), (date, now) in zip(list(counts.items())[:-1], list(counts.items())[1:], strict=True):
        for i, name in enumerate(order):
            known = stats.chi2_contingency(np.stack([before[i], now[i]]), correction=False)
            row = by_segment.loc[date, name]
            assert (row["chi2"], row["df"], row["pooled"]) == (pytest.approx(known.statistic), known.dof, 0)
            assert row["p_value"] == pytest.approx(known.pvalue, rel=1e-9)
    changes = moved.changes.set_index("date_to")
    total = by_segment["chi2"].groupby("date_to").sum()
    assert changes["chi2"].to_numpy() == pytest.approx(total.to_numpy())
    assert changes["p_value"].iloc[0] > 0.01
    assert changes["p_holm"].iloc[1] < 1e-10
    assert changes["cramers_v"].between(0, 1).all()
    assert (changes["p_holm"] >= changes["p_value"]).all()


def test_the_long_run_is_the_chains_and_the_path_leads_there():
    moved = rfm.migration(simulated(40_000, [RATES] * 4, 11, newcomers=0.0))
    shares = moved.long_run.set_index("segment")
    values, vectors = np.linalg.eig(RATES.T)
    stationary = np.real(vectors[:, np.argmax(values.real)])
    assert shares["share_long_run"].to_numpy() == pytest.approx(stationary / stationary.sum(), abs=0.02)
    path = moved.expected_path(200)
    assert path.groupby("period")["share"].sum().to_numpy() == pytest.approx(1)
    first, last = path[path["period"] == 0], path[path["period"] == 200]
    assert first["share"].to_numpy() == pytest.approx(shares["share_now"].to_numpy())
    assert last["share"].to_numpy() == pytest.approx(shares["share_long_run"].to_numpy(), abs=1e-9)
    assert "not a forecast" in moved.notes[0]


def test_matrices_of_one_period_and_of_all():
    moved = rfm.migration(simulated(200, [RATES] * 3, 5))
    whole = moved.matrix("customers")
    assert whole["segment_from"].tolist() == list(NAMES)
    parts = [moved.matrix("customers", period=date) for date in ("2024-02-29", "2024-03-31", "2024-04-30")]
    assert (sum(part[list(NAMES[:3])] for part in parts) == whole[list(NAMES[:3])]).all(axis=None)
    assert moved.matrix()[list(NAMES[:3])].sum(axis=1).to_numpy() == pytest.approx(1)
    low, rate, high = (moved.matrix(values)[list(NAMES[:3])] for values in ("low", "rate", "high"))
    assert ((low <= rate) & (rate <= high)).all(axis=None)


def test_printed_it_is_the_matrix_and_its_caveats():
    moved = rfm.migration(simulated(200, [RATES] * 3, 5))
    text, page = repr(moved), moved._repr_html_()
    assert "over 3 periods, 2024-01-31 to 2024-04-30" in text
    for name in NAMES:
        assert f"\n{name} " in text
    assert f"{moved.matrix().iloc[0, 1] * 100:.1f}" in text
    assert "- The long run and the expected path are an assumption, not a forecast" in text
    assert "<table" in page
    assert "not a forecast" in page
    odd = simulated(200, [RATES], 5)
    odd["segment"] = odd["segment"].cat.rename_categories({"good": "<good> & fair"})
    assert "<good>" not in rfm.migration(odd)._repr_html_()


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ([[0, 2, 2], [1, 2, 2], [2, 2, 2]], "No customer was seen to leave 'lost' for other segments"),
        (
            [[0, 0, 0], [1, 2, 2], [2, 2, 2], [1, 0, 0]],
            "any of these groups: 'good'; 'lost'. The long run depends on",
        ),
        ([[0, 0, 1], [0, 0, 2]], "No customer began a period in 'fair', 'lost'"),
    ],
)
def test_traps_are_said_in_words(paths, words):
    dates = pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"])
    rows = [(i, dates[t], NAMES[s]) for i, path in enumerate(paths) for t, s in enumerate(path)]
    snaps = pd.DataFrame(rows, columns=["customer_id", "date", "segment"])
    snaps["segment"] = pd.Categorical(snaps["segment"], NAMES, ordered=True)
    moved = rfm.migration(snaps)
    assert any(words in note for note in moved.notes), moved.notes
    assert moved.long_run["share_long_run"].sum() == pytest.approx(1)


def test_uneven_dates_and_rare_moves_are_said_in_words():
    snaps = simulated(60, [RATES] * 3, 2)
    snaps["date"] = snaps["date"].replace(pd.Timestamp("2024-04-30"), pd.Timestamp("2025-04-30"))
    uneven = rfm.migration(snaps)
    assert any("The dates lie 29 to 395 days apart" in note for note in uneven.notes)
    assert uneven.changes["pooled"].tolist() == [0, 0]  # of 29, 31 and 395 days none compare
    assert not any("too rare" in note for note in uneven.notes)
    even = rfm.migration(simulated(60, [RATES] * 3, 2, step="30D"))
    assert any("too rare to be tested alone" in note for note in even.notes)
    assert not any("days apart" in note for note in rfm.migration(simulated(60, [RATES] * 3, 2)).notes)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda snaps: rfm.migration(snaps, confidence=95), "confidence must lie between 0 and 1; got 95"),
        (
            lambda snaps: rfm.migration(snaps, confidence="x"),
            "between 0 and 1; got 'x'. Hint: confidence=0.95",
        ),
        (
            lambda snaps: rfm.migration(snaps).matrix("share"),
            'values must be one of "rate", "customers", "low", "high"; got',
        ),
        (
            lambda snaps: rfm.migration(snaps).matrix(period="2024-01-31"),
            "No period ends on 2024-01-31. Hint: periods",
        ),
        (
            lambda snaps: rfm.migration(snaps).expected_path(-1),
            "periods must be a whole number from 0 to 10000; got -1",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(ask, words):
    with pytest.raises(rfm.DataError, match=words):
        ask(simulated(50, [RATES] * 2, 1))


def test_cdnow_month_by_month():
    snaps = rfm.snapshots(rfm.datasets.cdnow())
    moved = rfm.migration(snaps)
    assert moved.flows.groupby("date_to")["new"].sum().head(3).tolist() == [8_476, 7_248, 0]
    assert moved.flows.groupby("date_to")["end"].sum().iloc[-1] == 23_570
    assert moved.matrix("customers").iloc[:-1, 1:].to_numpy().sum() == 7_846 + 16_322 + 23_570 * 15


@pytest.mark.nightly
def test_rates_that_do_not_change_are_called_changed_one_time_in_twenty():
    p = [
        rfm.migration(simulated(400, [RATES] * 2, seed, step="30D")).changes["p_value"].iloc[0]
        for seed in range(600)
    ]
    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.07


def recency_classes(seed: int, dates: pd.DatetimeIndex, *, slower: float = 1.0) -> pd.DataFrame:
    """A shop of Poisson buyers, two years old and as ever; from 2023-07-01 they may buy `slower` times as often."""
    rng = np.random.default_rng(seed)
    customers, start, turn = 12_000, pd.Timestamp("2021-01-01"), (pd.Timestamp("2023-07-01")).to_numpy()
    times = start.to_numpy() + (rng.exponential(40, (customers, 70)).cumsum(axis=1) * 86_400_000).astype(
        "timedelta64[ms]"
    )
    times = np.where(times > turn, turn + ((times - turn) / slower).astype("timedelta64[ms]"), times)
    order = np.sort(times, axis=1)
    stills = []
    for day in dates.to_numpy():
        last = np.where(order <= day, order, start.to_numpy()).max(axis=1)
        stills.append(np.digitize((day - last) / np.timedelta64(1, "D"), [30, 60, 90]))
    return pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(customers), len(dates)),
            "date": dates.repeat(customers),
            "segment": np.array(["now", "lately", "once", "long ago"])[np.concatenate(stills)],
        }
    )


MONTHS = pd.date_range("2022-12-31", "2023-12-31", freq="ME")


def test_months_of_unequal_length_are_no_change():
    tables = [rfm.migration(recency_classes(seed, MONTHS)) for seed in range(3)]
    p = np.concatenate([moved.changes["p_value"].dropna() for moved in tables])
    assert (
        len(p) == 3 * 9
    )  # January, February and April have no earlier month of their length, nor a first one
    assert (p < 0.05).mean() <= 0.15  # 27 tests at 5%: at most 4, with 99% probability
    neighbours = []
    for moved in tables:
        counts = moved.moves["customers"].to_numpy().reshape(12, -1, 4)[:, :4]
        for before, now in pairwise(counts):
            test = homogeneity(before, now)
            neighbours.append(stats.chi2.sf(test.statistic.sum(), test.df.sum()))
    assert (np.array(neighbours) < 0.05).mean() > 0.7  # what comparing a month with the one before would say


def test_a_shop_that_changes_is_found_changed():
    table = rfm.migration(recency_classes(1, MONTHS, slower=0.85)).changes.set_index("date_to")
    assert (table["p_holm"].loc["2023-07-31":"2023-08-31"] < 1e-6).any()
    assert (table["p_holm"].loc[:"2023-06-30"].dropna() > 0.01).all()
    against = table["against"]
    assert str(against["2023-03-31"].date()) == "2023-01-31"
    assert str(against["2023-08-31"].date()) == "2023-07-31"
    assert against[["2023-02-28", "2023-04-30"]].isna().all()


def test_quarters_and_years_compare_to_a_day():
    assert last_alike(np.array([90, 91, 92, 92, 90])).tolist() == [0, 1, 2, 1]
    assert last_alike(np.array([365, 366, 365])).tolist() == [0, 1]
    assert last_alike(np.array([31, 28])).tolist() == [-1]
