"""A log without amounts: purchases are counted, and tables have no money."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

import rfm

ROWS = {
    "customer_id": ["ann", "bob", "ann", "eve", "bob", "kim", "ann"],
    "date": pd.to_datetime(
        ["2024-01-05", "2024-01-07", "2024-02-01", "2024-02-02", "2024-03-03", "2024-03-20", "2024-03-30"]
    ),
}
WITH_MONEY = ROWS | {"amount": [20.0, 5.0, 30.0, 7.0, 9.0, 11.0, 60.0]}
MONEY = ["spend", "first_order_spend", "refunds"]
EDGES = {"R": [70, 40, 20, 5], "F": [1, 2, 3, 4]}


def test_the_summary_is_the_same_but_for_money(constructor, to_pandas):
    found, every = (to_pandas(rfm.summarize(constructor(pd.DataFrame(rows)))) for rows in (ROWS, WITH_MONEY))
    found, every = (table.sort_values("customer_id", ignore_index=True) for table in (found, every))
    pd.testing.assert_frame_equal(found, every.drop(columns=MONEY), check_dtype=False)


def test_two_scores_and_a_segment_by_them(constructor, to_pandas):
    bare = to_pandas(rfm.segment(constructor(pd.DataFrame(ROWS)), edges=EDGES)).sort_values("customer_id")
    every = to_pandas(
        rfm.segment(
            constructor(pd.DataFrame(WITH_MONEY)), scheme="lifecycle", edges=EDGES | {"M": [1, 2, 3, 4]}
        )
    ).sort_values("customer_id")
    assert bare["segment"].astype(str).tolist() == every["segment"].astype(str).tolist()
    assert bare["rf"].tolist() == [code[:2] for code in every["rfm"]]
    assert not {"M", "monetary", "rfm"} & set(bare)


@pytest.mark.slow_on("spark")
def test_snapshots_have_two_scores(constructor, to_pandas):
    days = ["2024-02-10", "2024-03-30"]
    bare = to_pandas(rfm.snapshots(constructor(pd.DataFrame(ROWS)), dates=days, edges=EDGES))
    every = to_pandas(
        rfm.snapshots(
            constructor(pd.DataFrame(WITH_MONEY)),
            dates=days,
            scheme="lifecycle",
            edges=EDGES | {"M": [1, 2, 3, 4]},
        )
    )
    bare, every = (t.sort_values(["date", "customer_id"], ignore_index=True) for t in (bare, every))
    assert list(bare) == ["customer_id", "date", "R", "F", "segment"]
    pd.testing.assert_frame_equal(bare, every.drop(columns="M"))
    assert rfm.migration(bare).matrix("customers") is not None


def test_the_audit_says_so(constructor, to_pandas):
    audit = to_pandas(rfm.Transactions(constructor(pd.DataFrame(ROWS))).audit)
    assert audit["rule"].tolist() == ["kept", "no amounts"]
    assert audit["rows"].tolist() == [7, 7]
    assert audit["amount"].isna().all()


def test_cohorts_and_trend_count_customers_and_orders():
    table, every = rfm.cohorts(pd.DataFrame(ROWS)), rfm.cohorts(pd.DataFrame(WITH_MONEY))
    pd.testing.assert_frame_equal(table, every.drop(columns=["revenue", "revenue_to_date"]))
    table = rfm.trend(pd.DataFrame(ROWS), lapsed_after=60)
    every = rfm.trend(pd.DataFrame(WITH_MONEY), lapsed_after=60)
    less = [name for name in every if name.startswith(("spend", "mean_order", "refunds"))]
    assert less
    pd.testing.assert_frame_equal(table, every.drop(columns=less))


def test_a_base_knows_that_it_has_no_money(tmp_path):
    table = pd.DataFrame(ROWS)
    base = rfm.CustomerBase.of(table[:4]).add(table[4:])
    pd.testing.assert_frame_equal(base.summary(), rfm.summarize(table))
    base.save(tmp_path / "base")
    pd.testing.assert_frame_equal(rfm.CustomerBase.load(tmp_path / "base").summary(), rfm.summarize(table))
    with pytest.raises(rfm.DataError, match="The base has no amounts, and the batch has amounts"):
        rfm.CustomerBase.of(table[:4]).add(pd.DataFrame(WITH_MONEY)[4:])


@pytest.mark.parametrize("scheme", ["classic", "codes", "value", "membership", "quartiles"])
def test_schemes_that_read_money_say_so(scheme):
    with pytest.raises(rfm.SchemeError, match=f"'{scheme}' reads .*Hint: scheme=\"lifecycle\" reads R and F"):
        rfm.segment(pd.DataFrame(ROWS), scheme=scheme)


def test_the_scheme_that_is_named_reads_no_money_and_covers_the_cube():
    scheme = rfm.Scheme.load("lifecycle")
    assert scheme.check().complete
    assert not {"M", "monetary"} & {name for s in scheme.segments if s.parsed for name in s.parsed.columns}


def test_what_needs_money_says_so():
    summary = rfm.summarize(pd.DataFrame(ROWS))
    with pytest.raises(rfm.DataError, match="has no amounts, and shares of spend need them"):
        rfm.pareto(summary)
    with pytest.raises(rfm.DataError, match=r"log has no amounts.*amount="):
        rfm.cluster(summary)
    segmented = rfm.segment(pd.DataFrame(ROWS), edges=EDGES)
    with pytest.raises(rfm.DataError, match=r"by=.spend. needs them\. Hint: by=.customers."):
        rfm.plot.treemap(segmented, by="spend")
    with pytest.raises(rfm.DataError, match=r"value=.spend. needs them\. Hint: value=.customers."):
        rfm.plot.heatmap(segmented)
    trend = rfm.trend(pd.DataFrame(ROWS), lapsed_after=60)
    for draw in (lambda: rfm.plot.pareto(summary), lambda: rfm.plot.trend(trend, "spend")):
        with pytest.raises(rfm.DataError, match="Hint: its log has no amounts"):
            draw()


def test_a_scorer_without_m_is_kept_and_scores_any_summary(tmp_path):
    scorer = rfm.Scorer.fit(rfm.summarize(pd.DataFrame(ROWS)), edges=EDGES)
    scorer.save(tmp_path / "scorer.json")
    loaded = rfm.Scorer.load(tmp_path / "scorer.json")
    assert loaded == scorer
    found = loaded.score(rfm.summarize(pd.DataFrame(WITH_MONEY)))
    assert found["rf"].tolist() == scorer.score(rfm.summarize(pd.DataFrame(ROWS)))["rf"].tolist()
    full = rfm.Scorer.fit(rfm.summarize(pd.DataFrame(WITH_MONEY)), edges=EDGES | {"M": [1, 2, 3, 4]})
    with pytest.raises(rfm.ScoringError, match="log has no amounts"):
        full.score(rfm.summarize(pd.DataFrame(ROWS)))
    with pytest.raises(rfm.ScoringError, match=r"edges: no metric 'M'\. Scored metrics: R, F"):
        rfm.Scorer.fit(rfm.summarize(pd.DataFrame(ROWS)), edges={"M": [1, 2, 3, 4]})


def test_profiles_and_pictures_show_what_there_is():
    segmented = rfm.segment(pd.DataFrame(ROWS), edges=EDGES)
    table = rfm.profile(segmented)
    statistics = ["recency_median", "recency_mean", "frequency_median", "frequency_mean"]
    assert list(table) == ["segment", "customers", "share", "recency", "orders", *statistics, "action"]
    assert table["orders"].sum() == 7
    assert rfm.plot.shares(table).get_title(loc="left") is not None
    assert set(rfm.plot.distributions_data(segmented)["metric"]) == {"R", "F"}
    assert len(rfm.plot.distributions(segmented).child_axes) == 2
    rfm.plot.treemap(segmented)
    rfm.plot.heatmap(segmented, value="customers")


def test_a_column_that_is_called_like_an_amount_is_not_overlooked():
    table = pd.DataFrame(ROWS).assign(Revenue=1.0)
    with pytest.raises(
        rfm.DataError, match=r'No column \'amount\'.*amount="Revenue".*or amount=None to read no money'
    ):
        rfm.Transactions(table)
    assert not rfm.Transactions(table, amount=None).has_amounts
    assert rfm.Transactions(table, amount="Revenue").has_amounts


def test_other_numbers_are_told():
    with pytest.warns(rfm.DataWarning, match='numeric columns: rating. Hint: amount="rating"'):
        tx = rfm.Transactions(pd.DataFrame(ROWS).assign(rating=1.0, channel="web"))
    assert not tx.has_amounts
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not rfm.Transactions(pd.DataFrame(ROWS).assign(channel="web")).has_amounts


@pytest.mark.parametrize("amount", ["amount", "Revenu"])
def test_a_name_that_was_given_must_be_there(amount):
    with pytest.raises(rfm.DataError, match=f"No column '{amount}'"):
        rfm.Transactions(pd.DataFrame(ROWS), amount=amount)


def test_currencies_need_amounts():
    with pytest.raises(rfm.DataError, match="currency='iso' was given without a column of amounts"):
        rfm.Transactions(pd.DataFrame(ROWS).assign(iso="EUR"), amount=None, currency="iso")
