"""A log is netted once for all requests, and gives the facts that counting by hand gives."""

from __future__ import annotations

from contextlib import nullcontext

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._report.findings import find
from rfm._customers import aggregation as kernel
from rfm._customers.aggregation import LOG_UNIT
from rfm._customers.netting import customer_facts, gap_counts, netted_days, netted_once, purchase_days
from rfm._frames.execution import fetch

RNG = np.random.default_rng(3)
ROWS = 3_000
LOG = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 400, ROWS),
        "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 300, ROWS), unit="D"),
        "amount": RNG.choice([10.0, 12.5, 40.0, 0.0, -10.0, -12.5], ROWS, p=[0.3, 0.3, 0.2, 0.05, 0.1, 0.05]),
    }
)
ENDS = [19_800, 19_950, 20_100]  # 2024-03-18, 2024-08-15, and after the log's last day


def by_hand(end: int, returns: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Facts, purchase days and days of refunds, from the definition."""
    rows = LOG.assign(
        day=(LOG["date"] - pd.Timestamp("1970-01-01")).dt.days, units=(LOG["amount"] * 10_000).round()
    )
    rows = rows[rows["day"] <= end]
    days = rows.groupby(["customer_id", "day"])["units"].agg(net="sum", least="min").reset_index()
    bought = (days["net"] > 0) | ((days["net"] == 0) & (days["least"] >= 0)) | (returns == "keep")
    purchases = days[bought]
    first = purchases.groupby("customer_id")["day"].idxmin()
    facts = pd.DataFrame({"customer_id": np.unique(days["customer_id"])}).set_index("customer_id")
    facts["first"] = purchases.groupby("customer_id")["day"].min()
    facts["last"] = purchases.groupby("customer_id")["day"].max()
    facts["orders"] = purchases.groupby("customer_id").size()
    facts["spend"] = purchases.groupby("customer_id")["net"].sum()
    facts["first_spend"] = purchases.loc[first].set_index("customer_id")["net"]
    facts["refunds"] = days[~bought].groupby("customer_id")["net"].sum()
    columns = ["customer_id", "day", "net"]
    whole = facts.fillna(0).astype("int64").reset_index()
    return whole, purchases[columns], days.loc[~bought & (days["net"] < 0), columns]


def rows_of(frame) -> list[tuple]:
    table = fetch(frame)
    return sorted(tuple(int(value) for value in row) for row in table.rows())


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("returns", ["net", "keep"])
@pytest.mark.parametrize("days", [True, False])
def test_the_facts_of_any_day_are_those_counted_by_hand(constructor, days, returns):
    tx = rfm.Transactions(constructor(LOG), returns=returns)
    with netted_once(tx, days=days):
        for end in ENDS:
            facts, purchases, refunds = by_hand(end, returns)
            assert rows_of(customer_facts(tx, end)) == rows_of(nw.from_native(facts))
            if days:
                assert rows_of(purchase_days(tx, end)) == rows_of(nw.from_native(purchases))
                both = pd.concat([purchases, refunds])
                assert rows_of(netted_days(tx, end)) == rows_of(nw.from_native(both))


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("returns", ["net", "keep"])
@pytest.mark.parametrize("kept", [None, False, True])
def test_the_gaps_between_purchase_days_are_those_counted_by_hand(constructor, kept, returns):
    """Refunds between two purchases do not divide their gap, and every engine has the same sums."""
    tx = rfm.Transactions(constructor(LOG), returns=returns)
    for end in ENDS:
        purchases = by_hand(end, returns)[1].sort_values(["customer_id", "day"])
        before = purchases.groupby("customer_id")["day"].shift(1)
        again = purchases.assign(before=before)[before.notna()].astype({"before": int})
        logs = np.rint(np.log((again["day"] - again["before"]) / 7) * LOG_UNIT).astype(np.int64)
        expected = logs.groupby(again["customer_id"]).agg(["sum", "size"])
        pairs = again.groupby(["before", "day"]).size().reset_index()
        with nullcontext() if kept is None else netted_once(tx, days=kept):
            facts = fetch(customer_facts(tx, end, gaps=7.0))
            found = pd.Series(facts["log_gaps"].to_numpy(), facts["customer_id"].to_numpy())
            assert (found[~found.index.isin(expected.index)] == 0).all()
            # the last bit of a logarithm is a library's own
            assert ((found[expected.index] - expected["sum"]).abs() <= expected["size"]).all()
            plain = fetch(customer_facts(tx, end)).columns
            assert facts.columns == [*plain, "log_gaps"]
            assert gap_counts(tx, end).rows() == [tuple(row) for row in pairs.to_numpy().tolist()]


def test_ids_stay_in_order_in_memory(constructor):
    if constructor.is_lazy:
        pytest.skip("rows behind an engine have no order")
    tx = rfm.Transactions(constructor(LOG.sample(frac=1, random_state=1)))
    with netted_once(tx, days=True):
        for end in ENDS:
            ids = customer_facts(tx, end)["customer_id"].to_list()
            assert ids == sorted(ids)


@pytest.fixture
def runs(monkeypatch):
    """The lengths of the logs that were netted."""
    lengths: list[int] = []
    netted = kernel.customer_days

    def counted(code, *columns, **options):
        lengths.append(len(code))
        return netted(code, *columns, **options)

    monkeypatch.setattr(kernel, "customer_days", counted)
    return lengths


def test_inside_a_log_is_netted_once_and_outside_each_time(runs):
    one, other = rfm.Transactions(LOG), rfm.Transactions(LOG[LOG["customer_id"] < 100])
    few = int((LOG["customer_id"] < 100).sum())
    with netted_once(one, days=True):
        assert runs == [], "nothing is netted before somebody asks"
        for end in ENDS:
            customer_facts(one, end)
            purchase_days(one, end)
            netted_days(one, end)
        assert runs == [ROWS]
        with netted_once(other, days=True):
            customer_facts(other, ENDS[0])
            customer_facts(other, ENDS[1])
        with netted_once(one, days=True):
            customer_facts(one, ENDS[0])
        assert runs == [ROWS, few], "each log has its own netting, and one inside another is the same"
        customer_facts(other, ENDS[2])
        assert runs == [ROWS, few, few]
    customer_facts(one, ENDS[2])
    assert runs == [ROWS, few, few, ROWS]


def test_a_day_before_the_log_is_refused_inside_too():
    tx = rfm.Transactions(LOG)
    with (
        netted_once(tx, days=True),
        pytest.raises(rfm.DataError, match=r"No rows on or before 2000-01-01.*Hint: "),
    ):
        customer_facts(tx, 10_957)


@pytest.fixture(scope="module")
def cdnow() -> dict[str, pd.DataFrame]:
    """CDNOW's sample as it is, and with every tenth order of the first year sent back a week later."""
    log = rfm.datasets.cdnow_sample()[["customer_id", "date", "amount"]]
    back = log.iloc[::10].assign(
        date=lambda rows: rows["date"] + pd.Timedelta(days=7), amount=lambda rows: -rows["amount"]
    )
    back = back[back["date"] < "1998-01-01"]
    return {"plain": log, "with refunds": pd.concat([log, back], ignore_index=True)}


@pytest.mark.parametrize("kind", ["plain", "with refunds"])
@pytest.mark.parametrize(
    "step",
    [
        lambda tx: rfm.segment(tx),
        lambda tx: clv.fit(tx),
        lambda tx: clv.customer_table(tx, model="bg-nbd"),
        lambda tx: clv.backtest(tx, "180D", models=["bg-nbd"]),
    ],
    ids=["segment", "fit", "customer_table", "backtest"],
)
def test_public_steps_net_a_log_once(runs, cdnow, kind, step):
    """One summary serves the scores, the laws and what is known of refunds."""
    tx = rfm.Transactions(cdnow[kind])
    step(tx)
    assert runs == [len(cdnow[kind])]


@pytest.mark.slow
def test_a_report_nets_its_log_twice(runs, cdnow):
    """Once for summaries, laws, checks and the backtest, and once for the snapshots, which walk through its days."""
    log = cdnow["with refunds"]
    few = log[log["customer_id"] % 6 == 0]
    find(rfm.Transactions(few), model="bg-nbd")
    assert runs == [len(few)] * 2
