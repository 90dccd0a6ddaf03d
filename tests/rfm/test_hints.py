"""Wrong arguments, and the hint that each public function gives."""

from __future__ import annotations

import inspect
from pathlib import Path

import pandas as pd
import pytest

import rfm
from rfm import DataError, Scheme, Scorer

LOG = rfm.datasets.cdnow_sample()
TX = rfm.Transactions(LOG)
SUMMARY = rfm.summarize(TX)
SCORER = Scorer.fit(SUMMARY)
SCORED = SCORER.score(SUMMARY)
SEGMENTED = Scheme.load("classic").assign(SCORED)
SNAPS = rfm.snapshots(TX, every="1Q")
BASE = rfm.CustomerBase.of(TX)
CLASSIC = Scheme.load("classic")

TAKE_LOGS = {
    "summarize": rfm.summarize,
    "score": rfm.score,
    "segment": rfm.segment,
    "snapshots": rfm.snapshots,
    "trend": rfm.trend,
    "cohorts": rfm.cohorts,
    "CustomerBase.of": rfm.CustomerBase.of,
    "CustomerBase.add": BASE.add,
    "Transactions": rfm.Transactions,
}
NO_LOGS = {
    "summary": (
        SUMMARY,
        r"this is a table of customers; rfm\.score\(summary=…\) and rfm\.segment\(summary=…\) take it",
    ),
    "scored": (SCORED, r"this is a table of customers with scores; rfm\.Scheme\.load\(…\)\.assign\(scored\)"),
    "segmented": (SEGMENTED, r"this is a table of customers with segments; rfm\.profile\(segmented\)"),
    "profile": (rfm.profile(SEGMENTED), "this is a table of segments"),
    "snaps": (SNAPS, r"this is a table of snapshots; rfm\.migration\(snaps\)"),
    "path": ("orders.csv", r"pandas\.read_csv\('orders\.csv'\) reads a file"),
    "Path": (Path("orders.parquet"), r"pandas\.read_parquet\('orders\.parquet'\) reads a file"),
    "rows": ([{"customer_id": 1}], r"pandas\.DataFrame\(rows\) makes a table from it"),
    "columns": ({"customer_id": [1]}, r"pandas\.DataFrame\(rows\) makes a table from it"),
    "base": (BASE, r"base\.summary\(\) is a table"),
    "Series": (LOG["amount"], "pass a table of pandas"),
    "nothing": (None, "pass a table of pandas"),
}


@pytest.mark.parametrize("given", NO_LOGS)
@pytest.mark.parametrize("function", TAKE_LOGS)
def test_where_a_log_belongs(function, given):
    passed, found = NO_LOGS[given]
    with pytest.raises(DataError, match=f"Hint: .*{found}"):
        TAKE_LOGS[function](passed)


TAKE_TABLES = {
    "Scorer.fit": (Scorer.fit, r"rfm\.summarize\(tx\) makes the .*summary"),
    "Scorer.score": (SCORER.score, r"rfm\.summarize\(tx\) makes the .*summary"),
    "drift": (lambda table: rfm.drift(SCORER, table), r"rfm\.summarize\(tx\) makes the .*summary"),
    "pareto": (rfm.pareto, r"rfm\.summarize\(tx\) (or rfm\.score\(tx\) )?makes"),
    "cluster": (rfm.cluster, r"rfm\.summarize\(tx\) (or rfm\.score\(tx\) )?makes"),
    "profile": (rfm.profile, r"rfm\.segment\(tx\) makes such a table"),
    "assign": (CLASSIC.assign, r"rfm\.score\(tx\) or scorer\.score\(summary\) gives the scores"),
    "tags": (CLASSIC.tags, r"rfm\.score\(tx\) or scorer\.score\(summary\) gives the scores"),
    "migration": (rfm.migration, r"rfm\.snapshots\(tx\) makes such a table"),
    "segments=": (
        lambda table: rfm.trend(TX, lapsed_after=90, segments=table),
        r"rfm\.segment\(tx\) makes such a table",
    ),
    "retention_curve": (rfm.retention_curve, r"rfm\.cohorts\(tx"),
    "plot.pareto": (lambda table: rfm.plot.pareto(table), r"makes such a table|rfm\.summarize\(tx\)"),
    "plot.treemap": (lambda table: rfm.plot.treemap(table), r"rfm\.segment\(tx\) makes such a table"),
    "plot.heatmap": (lambda table: rfm.plot.heatmap(table), r"rfm\.score\(tx\) makes such a table"),
}
NO_TABLES = {"Transactions": TX, "log": LOG, "path": "x.csv", "rows": [{"a": 1}]}


@pytest.mark.parametrize("given", NO_TABLES)
@pytest.mark.parametrize("function", TAKE_TABLES)
def test_where_a_table_of_a_later_step_belongs(function, given):
    use, found = TAKE_TABLES[function]
    with pytest.raises(DataError, match=f"Hint: .*{found}"):
        use(NO_TABLES[given])


def test_a_summary_where_scores_or_snapshots_belong():
    with pytest.raises(
        DataError, match=r"No column 'R', 'F', 'M'.*rfm\.score\(tx\) or scorer\.score\(summary\)"
    ):
        CLASSIC.assign(SUMMARY)
    with pytest.raises(DataError, match=r"No column 'date'.*rfm\.snapshots\(tx\) makes such a table"):
        rfm.migration(SEGMENTED)
    with pytest.raises(DataError, match=r"attributes are a table with customer_id"):
        rfm.segment(TX, attributes="crm.csv")


WITH_OPTIONS = {"segment": rfm.segment, "score": rfm.score, "snapshots": rfm.snapshots}
MISSPELT = [
    ("as_off", "as_of"),
    ("asof", "as_of"),
    ("edge", "edges"),
    ("freqency", "frequency"),
    ("weight", "weights"),
]


@pytest.mark.parametrize("function", WITH_OPTIONS)
@pytest.mark.parametrize(("option", "nearest"), MISSPELT)
def test_an_unknown_option_is_told_under_the_function_that_was_called(function, option, nearest):
    if function == "snapshots" and nearest == "as_of":
        nearest = r"it takes tx, every, dates"  # it has no such option
    with pytest.raises(
        TypeError, match=rf"^{function}\(\) got an unexpected keyword argument '{option}'\. Hint: {nearest}"
    ):
        WITH_OPTIONS[function](TX, **{option: 1})


def test_all_options_are_known_to_the_message():
    for name, function in WITH_OPTIONS.items():
        with pytest.raises(TypeError) as caught:
            function(TX, zzzzz=1)
        named = [parameter for parameter in inspect.signature(function).parameters if parameter != "options"]
        assert all(f"{parameter}," in f"{caught.value}," for parameter in named), name
        options = [
            p
            for p in inspect.signature(Scorer.fit).parameters
            if p not in ("summary", "bins", "decimals", "as_of")
        ]
        assert all(option in str(caught.value) for option in options)


def test_things_in_the_wrong_place():
    with pytest.raises(DataError, match=r"as_of must be a date; got 'value'\. Hint: scheme='value'"):
        rfm.segment(TX, "value")
    with pytest.raises(DataError, match=r"as_of must be a date; got 4\. Hint: bins=4"):
        rfm.score(TX, 4)
    with pytest.raises(DataError, match=r"scorer must be a Scorer; got DataFrame\. Hint: rfm\.Scorer\.fit"):
        rfm.drift(SUMMARY, SCORER)
    with pytest.raises(
        DataError, match=r"scorer must be a Scorer; got 'scorer\.json'\. Hint: .*rfm\.Scorer\.load\(path\)"
    ):
        rfm.score(TX, scorer="scorer.json")
    with pytest.raises(
        DataError, match=r"scheme must be a Scheme, or the name or path of one; got .*from_dict"
    ):
        rfm.segment(TX, scheme={"name": "mine"})
    with pytest.raises(DataError, match=r"explain takes one row: table\.iloc\[0\]"):
        CLASSIC.explain("VIP")
    with pytest.raises(DataError, match=r"Not a dataframe: Transactions\. Hint: use it as it is"):
        rfm.Transactions(TX)


def test_a_log_whose_columns_are_only_named_otherwise_is_still_told_which():
    renamed = LOG.rename(columns={"customer_id": "CustomerID", "amount": "Revenue"})
    with pytest.raises(DataError, match=r'Hint: Transactions\(df, customer="CustomerID", amount="Revenue"\)'):
        rfm.summarize(renamed)


@pytest.mark.parametrize("freq", ["D", "h", "min"])
def test_periods_of_a_day_or_less_are_dates(freq):
    dates = pd.to_datetime(LOG["date"])
    table = rfm.summarize(LOG.assign(date=dates.dt.to_period(freq)))
    pd.testing.assert_frame_equal(table, SUMMARY)
    missing = LOG.assign(date=dates.dt.to_period(freq).where(LOG.index > 0))
    assert "missing date" in rfm.Transactions(missing, bad_rows="drop").audit["rule"].tolist()


@pytest.mark.parametrize("freq", ["W", "M", "Q", "Y"])
def test_longer_periods_are_no_days_of_orders(freq):
    months = LOG.assign(date=pd.to_datetime(LOG["date"]).dt.to_period(freq))
    with pytest.raises(
        DataError, match=r"periods of more than a day, such as .*Hint: (.*) counts each on its first"
    ) as caught:
        rfm.summarize(months)
    code = str(caught.value).split("Hint: ")[1].split(" counts")[0]
    rfm.summarize(months.assign(date=eval(code, {"df": months})))


def test_snapshots_of_periods_stand_at_their_ends():
    periods = SNAPS.assign(date=SNAPS["date"].dt.to_period("Q"))
    moved, wanted = rfm.migration(periods), rfm.migration(SNAPS)
    pd.testing.assert_frame_equal(moved.moves, wanted.moves)
