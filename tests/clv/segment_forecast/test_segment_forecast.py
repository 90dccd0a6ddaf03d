"""Segments ahead: expectations against the law's own, intervals against simulation and what happened."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from benchmarks.segments_ahead import against, simulation
from clv._fits.posterior import Budget
from clv._segment_forecast import segment_forecast
from rfm.errors import DataError, SchemeError

SAMPLE = rfm.datasets.cdnow_sample()
LOG = SAMPLE[SAMPLE["customer_id"] % 4 == 0]
N = LOG["customer_id"].nunique()
TODAY = "1997-09-30"
BOUGHT = rfm.Scheme("bought", (rfm.Segment("bought", "recency < 91"), rfm.Segment("not")), default="not")
SCHEME = rfm.Scheme.load("value")


@pytest.fixture
def few(monkeypatch):
    """Fewer futures, where a test is about something else."""
    monkeypatch.setattr(segment_forecast, "FUTURES", 60)
    monkeypatch.setattr(segment_forecast, "POINT", 30)
    monkeypatch.setattr(segment_forecast, "DRAWS", Budget(1e6, 30, 30))


@pytest.fixture(scope="module")
def model():
    return clv.fit(LOG, "mbg-nbd", end=TODAY)


@pytest.fixture(scope="module")
def loaded(model, tmp_path_factory):
    """The same with its draws."""
    path = tmp_path_factory.mktemp("models") / "model.json"
    model.save(path)
    return clv.load(path)


@pytest.fixture(scope="module")
def scorer():
    return rfm.Scorer.fit(rfm.summarize(LOG, as_of=TODAY))


def ahead(model, scheme="classic", horizon="182D", **options):
    options = {"every": "91D", "as_of": TODAY, "interval_from": "law", **options}
    return clv.segment_forecast(LOG, scheme, horizon, model=model, **options)


def by_date(table, column="customers"):
    return table.pivot(index="date", columns="segment", values=column)


def test_the_first_date_is_today(loaded, few):
    table = ahead(loaded)
    now = table[table["date"] == TODAY].set_index("segment")
    wanted = rfm.segment(LOG, as_of=TODAY)["segment"].value_counts()
    for name in ("customers", "customers_low", "customers_high"):
        pd.testing.assert_series_equal(
            now[name].sort_index(), wanted.astype(float).sort_index(), check_names=False
        )
    assert table["segment"].cat.categories.tolist() == list(rfm.Scheme.load("classic").names)
    assert table["segment"].cat.ordered
    assert table["date"].unique().tolist() == list(pd.to_datetime([TODAY, "1997-12-30", "1998-03-31"]))
    totals = by_date(table).sum(axis=1)
    np.testing.assert_allclose(totals, N)
    np.testing.assert_allclose(by_date(table, "share").sum(axis=1), 1)
    assert (table["customers_low"] <= table["customers"]).all()
    assert (table["customers"] <= table["customers_high"]).all()
    assert set(table["interval_from"]) == {"law"}


@pytest.mark.parametrize("name", ["bg-nbd", "mbg-nbd", "pareto-nbd", "mbg-cnbd-2"])
def test_as_many_buy_as_the_law_says(name, few):
    model = clv.fit(LOG, name, end=TODAY)
    table = ahead(model, BOUGHT, "91D", every=None)
    found = by_date(table).iloc[1]["bought"]
    chance = model.predict("91D")["p_purchase"]
    spread = by_date(table, "customers_high").iloc[1] - by_date(table, "customers_low").iloc[1]
    assert found == pytest.approx(
        chance.sum(), abs=4 * float(spread["bought"]) / 3.29 / np.sqrt(60)
    )  # of 60 futures
    assert float(spread["bought"]) > 2 * 1.645 * np.sqrt((chance * (1 - chance)).sum()) * 0.8


def test_a_law_of_somebody_else(few):
    members = {"name": "toy", "mixing": clv.BGNBD.mixing}
    toy = clv.register_law(dataclass(frozen=True)(type("Toy", (clv.BGNBD,), members)))
    pd.testing.assert_frame_equal(ahead("toy", SCHEME), ahead("bg-nbd", SCHEME))
    pd.testing.assert_frame_equal(ahead(toy, SCHEME), ahead("toy", SCHEME))


def test_covariates(few):
    """Newcomers are like the customers of today."""
    known = pd.DataFrame({"customer_id": LOG["customer_id"].unique()})
    known["channel"] = np.where(known["customer_id"] % 8 == 0, "web", "shop")
    model = clv.fit(LOG, "bg-nbd", end=TODAY, covariates=known, purchase="channel", spend="channel")
    table = by_date(ahead(model, BOUGHT, "91D", newcomers=4))
    assert table.sum(axis=1).iloc[1] == pytest.approx(N + 52, abs=4)
    alone = by_date(ahead(model, BOUGHT, "91D")).iloc[1]["bought"]
    assert alone == pytest.approx(model.predict("91D")["p_purchase"].sum(), rel=0.06)
    assert table.iloc[1]["bought"] == pytest.approx(alone + 52, abs=6)  # all newcomers have bought


@pytest.mark.nightly
def test_a_law_that_counts_periods(few):
    sunday = "1997-09-28"
    table = ahead("bg-bb", BOUGHT, "91D", every=None, as_of=sunday, unit="W")
    with pytest.warns(rfm.DataWarning, match="1997-09-28"):
        assert ahead("bg-bb", BOUGHT, "91D", every=None)["date"].min() == pd.Timestamp(sunday)
    model = clv.fit(LOG, "bg-bb", end=sunday)
    found = by_date(table).iloc[1]["bought"]
    assert found == pytest.approx(model.predict("13W")["p_purchase"].sum(), rel=0.06)


def test_money_is_what_the_law_expects(model, few):
    """A quarter of those spend more than the 75% bound of their prediction whose bound is not 0."""
    predicted = model.predict("273D", 0.0, interval=0.5).set_index("customer_id")
    now = rfm.summarize(LOG, as_of=TODAY).set_index("customer_id")
    bound = (now["spend"] + predicted["clv_high"] + 0.005).rename("bound").reset_index()
    beyond = rfm.Scheme("more", (rfm.Segment("more", "monetary > bound"), rfm.Segment("not")), default="not")
    table = by_date(ahead(model, beyond, "273D", every=None, attributes=bound))
    some = predicted["clv_high"] > 0
    wanted = 0.25 * some.sum() + predicted["p_purchase"][~some].sum()
    assert 100 < some.sum() < 500
    assert table.iloc[1]["more"] == pytest.approx(wanted, rel=0.05)


def test_the_answer_depends_on_nothing_else(loaded, few):
    table = ahead(loaded, SCHEME, "91D", seed=3)
    pd.testing.assert_frame_equal(table, ahead(loaded, SCHEME, "91D", seed=3))
    shuffled = LOG.sample(frac=1, random_state=1)
    before = shuffled.copy()
    other = clv.segment_forecast(
        shuffled, SCHEME, "91D", every="91D", as_of=TODAY, model=loaded, interval_from="law", seed=3
    )
    pd.testing.assert_frame_equal(table, other)
    pd.testing.assert_frame_equal(shuffled, before)
    assert not table.equals(ahead(loaded, SCHEME, "91D", seed=4))


def test_a_model_that_was_fitted_or_saved(model, loaded, few):
    table, other = ahead(model, SCHEME), ahead(loaded, SCHEME)
    np.testing.assert_allclose(table["share"], other["share"], atol=0.02)
    pd.testing.assert_frame_equal(table, ahead("mbg-nbd", SCHEME))


def widths(model, sources):
    """Shares of CDNOW's sample after 39 weeks, and the summed widths of their intervals, by source."""
    tables = [
        clv.segment_forecast(
            SAMPLE, horizon="273D", every=None, as_of=TODAY, model=model, interval_from=source
        )
        for source in sources
    ]
    return tables, [(t["share_high"] - t["share_low"]).sum() for t in tables]


def test_typical_errors_widen_the_intervals(few):
    model = clv.fit(SAMPLE, "mbg-nbd", end=TODAY)
    (law, typical), width = widths(model, ("law", "law and typical errors"))
    assert set(typical["interval_from"]) == {"law and typical errors"}
    assert width[1] > 1.3 * width[0]
    np.testing.assert_allclose(law["share"], typical["share"], atol=0.015)  # expectations are the law's
    assert set(typical["correction"]) == {1.0}


@pytest.mark.nightly
def test_past_errors_widen_the_intervals():
    model = clv.fit(SAMPLE, "mbg-nbd", end=TODAY).with_past_errors(SAMPLE)
    (_, past), width = widths(model, ("law", None))
    assert set(past["interval_from"]) == {"law and its past errors"}
    assert width[1] > 1.15 * width[0]


@pytest.mark.nightly
def test_past_errors_of_the_model_are_those_that_are_learned(model):
    kept = model.with_past_errors(LOG)
    pd.testing.assert_frame_equal(ahead(kept, interval_from=None), ahead(model, interval_from=None))


def test_newcomers_are_added(loaded, few):
    table = ahead(loaded, SCHEME, newcomers=10)
    totals = by_date(table).sum(axis=1)
    np.testing.assert_allclose(totals, N + np.array([0, 130, 260]), atol=8)
    alone = by_date(ahead(loaded, SCHEME))
    added = by_date(table) - alone
    assert (added.iloc[2] > 20).any()
    year = ahead(loaded, "classic", newcomers="last year")
    assert by_date(year).sum(axis=1).iloc[2] == pytest.approx(N * (1 + 26 / (273 / 7)), rel=0.06)
    assert by_date(year)["new"].iloc[1] > 50


def test_without_amounts(few):
    dates = LOG[["customer_id", "date"]]
    table = clv.segment_forecast(dates, horizon="91D", as_of=TODAY, model="bg-nbd", interval_from="law")
    wanted = rfm.segment(dates, as_of=TODAY)["segment"].cat.categories.tolist()
    assert table["segment"].cat.categories.tolist() == wanted
    with pytest.raises(SchemeError, match="no amounts"):
        clv.segment_forecast(dates, "classic", "91D", model="bg-nbd")
    model = clv.fit(dates, "bg-nbd", end=TODAY)
    with pytest.raises(DataError, match="no law of spend"):
        ahead(model, "classic")


@pytest.mark.nightly
def test_a_season_is_followed(shop, seasonal):
    """Twice the purchases in November and December: more customers have bought lately."""
    options = {"every": "1M", "model": seasonal, "as_of": "2021-12-31", "interval_from": "law"}
    lately = rfm.Scheme("lately", (rfm.Segment("lately", "recency < 31"), rfm.Segment("not")), default="not")
    table = by_date(clv.segment_forecast(shop, lately, "12M", **options), "share")["lately"]
    known = shop[shop["customer_id"].isin(shop.loc[shop["date"] < "2022-01-01", "customer_id"])]
    for month in (5, 9, 11):
        end = table.index[month]
        share = (end - rfm.summarize(known, as_of=end)["last_purchase"]).dt.days.lt(31).mean()
        assert table.loc[end] == pytest.approx(share, abs=0.03)
    assert table.iloc[11] > 1.5 * table.iloc[9]


def test_attributes_and_a_scorer(loaded, scorer, few):
    clubs = pd.DataFrame({"customer_id": LOG["customer_id"].unique()}).assign(
        club=lambda t: t["customer_id"] % 2 == 0
    )
    scheme = SCHEME.with_segment("club", "club and F >= 3", before="high")
    table = ahead(loaded, scheme, "91D", attributes=clubs, scorer=scorer)
    wanted = rfm.segment(LOG, as_of=TODAY, scheme=scheme, attributes=clubs, scorer=scorer)[
        "segment"
    ].value_counts()
    assert by_date(table).iloc[0].to_dict() == wanted.to_dict()
    both = by_date(ahead(loaded, scheme, "91D", attributes=clubs, scorer=scorer, newcomers=5))
    assert both.iloc[1].sum() == pytest.approx(N + 65, abs=4)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"horizon": "inf"}, DataError, "finite"),
        ({"every": "1H"}, DataError, "every"),
        ({"newcomers": -3}, DataError, "newcomers"),
        ({"interval": 2}, DataError, "interval"),
        ({"interval_from": "model"}, DataError, "interval_from"),
        ({"season": "month"}, DataError, "option of the fit"),
        ({"unit": "D"}, DataError, "unit"),
        ({"scheme": "own"}, SchemeError, "own"),
        ({"scorer": rfm.Scorer.fit(rfm.summarize(LOG), bins=4)}, SchemeError, "scores from 1 to"),
    ],
)
def test_wrong_options(loaded, options, error, words):
    with pytest.raises(error, match=words):
        ahead(loaded, **options)


def test_past_errors_that_are_not_there(loaded, few):
    with pytest.raises(DataError, match="this model has none"):
        ahead(loaded, as_of="1997-06-30", interval_from="law and its past errors")
    assert set(ahead(loaded, as_of="1997-06-30", interval_from=None)["interval_from"]) == {
        "law and typical errors"
    }


def test_later_quarters_of_cdnow(few):
    """Better than no change and the Markov chain, one to three quarters ahead."""
    errors = against(SAMPLE, TODAY, 3, model="mbg-nbd", sources=("law",)).pivot(
        index="quarters", columns="road", values="error"
    )
    assert (errors["law"] < errors["no change"]).all()
    assert (errors["law"] < errors["Markov chain"]).all()


@pytest.mark.nightly
def test_two_quarters_of_simulated_shops():
    table = simulation("pareto-nbd", 8).set_index(["quarters", "road"])
    error = table.loc[2]["error"]
    assert error["law"] < 0.5 * error["Markov chain"] < 0.25 * error["no change"]
    held, of = (int(table.xs("law", level="road")[name].sum()) for name in ("held", "segments"))
    assert 0.80 < held / of < 0.97
