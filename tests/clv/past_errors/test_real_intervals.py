"""The benchmark of real logs, on a small one: what happened, the score, and nothing read after the origin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.past_errors_simulated import SHOPS, shop_log
from benchmarks.real_intervals import Asked, compare, happened, judged, origins, summary

ASKED = Asked(origins=1, lengths=(4,), masses=(0.9,), customers=40)


@pytest.fixture(scope="module")
def log(sample) -> pd.DataFrame:
    return sample[sample["customer_id"] % 5 == 0][["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def rows(log) -> pd.DataFrame:
    return compare(log, ASKED)


def test_origins_leave_time_before_and_after():
    first, last = pd.Timestamp("2020-01-01"), pd.Timestamp("2021-12-31")
    found = origins(first, last, 5)
    assert len(found) == 5
    assert found[0] == first + pd.Timedelta(days=182)
    assert found[-1] == last - pd.Timedelta(days=28)
    assert origins(first, first + pd.Timedelta(days=100), 5) == []


def test_what_happened_is_counted_customer_by_customer(log):
    origin = pd.Timestamp("1997-09-30")
    days: dict[tuple[int, pd.Timestamp], float] = {}
    for row in log.itertuples():
        days[row.customer_id, row.date] = days.get((row.customer_id, row.date), 0.0) + row.amount
    known = {customer for customer, day in days if day <= origin}
    later = {
        key: net
        for key, net in days.items()
        if key[0] in known and origin < key[1] <= origin + pd.Timedelta(weeks=13)
    }
    found = happened(log, origin, 13)
    assert found["purchases"].sum() == len(later)
    assert found["spend"].sum() == pytest.approx(sum(later.values()))


def test_the_score_is_the_published_one():
    """Of (10, 20) at α = .1: 10 inside, and 10 + 20·3 for outcomes 3 below or above."""
    found = judged(np.full(3, 10.0), np.full(3, 20.0), np.array([15.0, 7.0, 23.0]), 0.9)
    assert found["score"].tolist() == pytest.approx([10.0, 70.0, 70.0])
    assert found["held"].tolist() == [True, False, False]
    assert found["above"].tolist() == [False, False, True]


def test_every_source_and_subject_has_its_row(rows):
    found = rows.groupby(["origin", "subject"])["source"].agg(list)
    assert len(found) == 3
    assert all(sources[:2] == ["law", "past errors"] for sources in found)
    table = summary(rows)
    assert (table["origins"] == 1).all()
    assert table.loc[("purchases", 4, "past errors"), "width"] > table.loc[("purchases", 4, "law"), "width"]


@pytest.mark.slow
def test_no_interval_reads_what_happened_later(log, rows):
    """Twice the orders after the first origin: its bounds stay, and so does what they are over the new outcome."""
    first = rows["origin"].min()
    more = log[(log["date"] > first) & (log["date"] <= first + pd.Timedelta(weeks=4))]
    more = more.assign(date=more["date"] + pd.Timedelta(days=1))
    again = compare(pd.concat([log, more]), ASKED)
    ratio = (
        happened(log, first, 4)["purchases"].sum()
        / happened(pd.concat([log, more]), first, 4)["purchases"].sum()
    )
    assert ratio < 1.0
    old, new = (
        table[(table["origin"] == first) & (table["subject"] == "purchases")]["width"].to_numpy()
        for table in (rows, again)
    )
    assert new == pytest.approx(old * ratio, rel=1e-9)


def test_simulated_shops_have_the_level_of_their_drift():
    """Without drift and season a shop's purchases are those of its law; a season moves them by its factor."""
    rng = np.random.default_rng(3)
    still = shop_log(SHOPS["right law, one cohort"], rng)
    law = SHOPS["right law, one cohort"].law
    expected = 1_000 * float(law.expected_purchases(52.0))
    first = still.groupby("customer_id")["date"].transform("min")
    year = ((still["date"] - first).dt.days.between(1, 364)).sum()
    assert year == pytest.approx(expected, rel=0.12)  # less the few second orders of a day
    swing = SHOPS["season of ±35%"]
    season = shop_log(swing, rng)
    assert season["date"].max() > pd.Timestamp("2022-12-01")
    assert set(season["customer_id"]) == set(range(swing.customers))
