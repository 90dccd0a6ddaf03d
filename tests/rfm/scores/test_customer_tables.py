"""A customer table in place of a log."""

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError, Scorer, ScoringError, TransactionsError

DAY = "1998-06-30"
BARE = ["customer_id", "recency", "orders", "spend"]


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def summary(log):
    return rfm.summarize(log, DAY)


def test_a_summary_is_scored_as_its_log(log, summary):
    pd.testing.assert_frame_equal(rfm.score(summary=summary), rfm.score(log, DAY))
    pd.testing.assert_frame_equal(rfm.segment(summary=summary), rfm.segment(log, DAY))


@pytest.mark.parametrize(
    "table", [
        lambda s: (s[BARE], None),
        lambda s: (s[["customer_id", "last_purchase", "orders", "spend"]], DAY),
        lambda s: (s[BARE].sample(frac=1, random_state=2), None),
    ]
)  # fmt: skip
def test_a_bare_table_gives_the_same_scores(log, summary, table):
    bare, as_of = table(summary)
    columns = ["customer_id", "recency", "R", "F", "M", "rfm", "segment"]
    found = rfm.segment(summary=bare, as_of=as_of).sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(found[columns], rfm.segment(log, DAY)[columns], check_dtype=False)
    scorer = Scorer.fit(bare, as_of=as_of)
    assert scorer == Scorer.fit(summary)
    again = scorer.score(bare, as_of).sort_values("customer_id", ignore_index=True)
    assert again["rfm"].tolist() == found["rfm"].tolist()
    assert (
        rfm.score(summary=bare, as_of=as_of, scorer=scorer)["rfm"].tolist()
        == scorer.score(bare, as_of)["rfm"].tolist()
    )


def test_refunds_count_where_the_table_has_them(summary):
    refunded = summary[BARE].assign(refunds=-0.5 * summary["spend"])
    assert (rfm.score(summary=refunded)["monetary"] == (summary["spend"] / 2).round(4)).all()


def test_customers_without_orders_are_left_out_and_may_lack_a_last_purchase(summary):
    table = summary[["customer_id", "last_purchase", "orders", "spend"]].copy()
    table.loc[[0, 5], "orders"] = 0
    table.loc[[0, 5], "last_purchase"] = pd.NaT
    found = rfm.score(summary=table, as_of=DAY)
    assert len(found) == len(table) - 2
    kept = summary.drop(index=[0, 5])
    assert found["recency"].tolist() == kept["recency"].tolist()
    assert found["rfm"].tolist() == rfm.score(summary=kept)["rfm"].tolist()


def test_a_table_without_money_has_r_and_f(summary):
    found = rfm.segment(summary=summary[["customer_id", "recency", "orders"]])
    assert "rf" in found
    assert "M" not in found


def test_attributes_are_joined_and_other_columns_kept(summary):
    customers = summary[["customer_id"]].assign(country=np.where(summary["customer_id"] % 2, "FR", "NZ"))
    found = rfm.score(summary=summary[BARE].assign(note="x"), attributes=customers, within="country")
    assert set(found["note"]) == {"x"}
    assert found["country"].tolist() == customers["country"].tolist()


@pytest.mark.parametrize(
    "columns", [BARE, ["customer_id", "last_purchase", "orders", "spend"], ["recency", "orders"]]
)
def test_such_a_table_in_place_of_a_log_leads_here(summary, columns):
    for function in (rfm.score, rfm.segment, rfm.summarize, rfm.Transactions):
        with pytest.raises(TransactionsError, match=r"this is a table of customers; rfm\.score\(summary=…\)"):
            function(summary[columns])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda s: rfm.score(), "score: neither a log nor summary= was given"),
        (lambda s: rfm.segment(s, summary=s), "segment: a log and summary= were both given"),
        (lambda s: rfm.score(summary=s, as_of=DAY), "the table has recency, which counts to a day of its own"),
        (lambda s: rfm.score(summary=s.drop(columns="recency")), "as_of= is missing, the day that recency counts to"),
        (lambda s: rfm.score(summary=s.drop(columns="recency"), as_of="1998-01-01"), "bought last after as_of, 1998"),
        (lambda s: rfm.score(summary=s[["customer_id", "orders"]]), "No column 'recency' or 'last_purchase'"),
        (lambda s: rfm.score(summary=s[["customer_id", "recency"]]), "No column 'orders'"),
        (lambda s: rfm.score(summary=s[["recency", "orders"]]), "No column 'customer_id'"),
        (lambda s: rfm.score(summary=s.drop(columns="spend")), "No column 'spend'"),
        (lambda s: rfm.score(summary=rfm.score(summary=s)), "are taken by the result"),
        (lambda s: rfm.segment(summary=s.assign(segment="a")), "'segment' is taken by the result"),
        (lambda s: rfm.score(summary=pd.concat([s, s])), "More than one row for customer"),
        (lambda s: rfm.score(summary=s.assign(recency=-1)), "recency"),
        (lambda s: Scorer.fit(s.drop(columns="recency").astype({"last_purchase": str}), as_of=DAY), "must hold dates"),
        (
            lambda s: Scorer.fit(
                s.drop(columns="recency").assign(last_purchase=s["last_purchase"].dt.tz_localize("UTC")), as_of=DAY
            ),
            "holds times with a zone",
        ),
    ],
)  # fmt: skip
def test_wrong_tables_are_refused(summary, call, text):
    with pytest.raises(ScoringError, match=text):
        call(summary)


def test_not_a_table_is_refused(summary):
    with pytest.raises(DataError, match="Not a dataframe: CustomerBase"):
        rfm.score(summary=rfm.CustomerBase.of(rfm.datasets.cdnow_sample()))


def test_engines_read_last_purchase_as_pandas_does(summary):
    pl, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    table = summary[["customer_id", "last_purchase", "orders", "spend"]]
    expected = rfm.score(summary=table, as_of=DAY)
    lazy = rfm.score(summary=pl.from_pandas(table).lazy(), as_of=DAY).collect().sort("customer_id")
    with duckdb.connect() as connection:
        rows = rfm.score(summary=connection.from_df(table), as_of=DAY).df().sort_values("customer_id")
        for found in (lazy.to_pandas(), rows):
            assert found["recency"].tolist() == expected["recency"].tolist()
            assert found["rfm"].tolist() == expected["rfm"].tolist()
