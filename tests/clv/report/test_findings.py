"""The numbers in the findings."""

from __future__ import annotations

import dataclasses
import warnings
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._checks.season import CHECK as SEASON_CHECK
from clv._choice.refits import Refits
from clv._fit import refits_for
from clv._report import findings
from clv._report.cautions import Caution
from clv._report.findings import Findings, find, parameters, rows_until, top_customers
from rfm._days import day_date

LOG = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 2, 2],
        "date": pd.to_datetime(["2024-01-02", "2024-01-02", "2024-01-05", "2024-01-03", "2024-01-09"]),
        "amount": [5.0, 6.0, -3.0, 7.0, 8.0],
    }
)


@pytest.mark.parametrize(
    ("day", "rows"), [(date(2024, 1, 1), 0), (date(2024, 1, 5), 4), (date(2024, 1, 9), 5)]
)
def test_rows_up_to_a_day_on_every_engine(constructor, day, rows):
    """Two rows of a day are two rows, and so is a refund."""
    tx = rfm.Transactions(constructor(LOG))
    assert rows_until(tx, (day - date(1970, 1, 1)).days) == rows


@pytest.mark.parametrize("value", ["clv", "expected_purchases"])
def test_the_most_valuable_customers_are_worth_more_than_all_others(value):
    table = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], value: [3.0, 9.0, 1.0, 9.0, 5.0]})
    assert top_customers(table, 3)["customer_id"].tolist() == [2, 4, 5]


def test_ten_customers_are_the_top_unless_more_are_asked_for():
    table = pd.DataFrame({"customer_id": range(30), "clv": np.arange(30.0)})
    assert top_customers(table)["customer_id"].tolist() == list(range(29, 19, -1))
    assert top_customers(table.assign(clv=1.0))["customer_id"].tolist() == list(range(10))


def daily(days):
    """Three customers: who bought on the first day, in the middle, and on the last, so many days after the first."""
    day = np.array([0, days // 2, days])
    first = pd.Timestamp("2023-01-01")
    rows = {
        "customer_id": [1, 2, 3],
        "date": first + pd.to_timedelta(day, unit="D"),
        "amount": [5.0, 6.0, 7.0],
    }
    return rfm.Transactions(pd.DataFrame(rows))


def backtest_of(tx, last=None, law_class=clv.BGNBD, choice=None, **options):
    refits = refits_for(tx, **options)
    last = tx.last_day if last is None else last
    asked = SimpleNamespace(last=last, scheme=rfm.Scheme.load("classic"), spend_orders="all", attributes=None)
    return findings._backtest(refits, asked, law_class, choice)


@pytest.mark.parametrize(
    ("log_days", "holdout"),
    [
        (55, None),
        (56, 28),
        (300, 75),
        (1092, 273),
        (2000, 273),
    ],  # a quarter, 28 days at least; 39 weeks are 273 days
)
def test_the_last_quarter_of_the_log_is_held_out_but_at_most_39_weeks(monkeypatch, log_days, holdout):
    heard = []

    def run(test, days_of, laws, contenders, bar, chosen):
        heard.append((test.days, days_of, list(laws), test.orders, chosen))

    monkeypatch.setattr(findings, "run", run)
    tx = daily(log_days)
    backtest_of(tx, unit="D")
    backtest_of(tx, tx.last_day - 1, unit="D")  # that day is in the past
    names = ["bg-nbd", "mbg-nbd", "pareto-nbd"]
    assert heard == ([] if holdout is None else [(holdout, [tx.last_day - holdout], names, "all", None)])


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")  # three customers for five scores
def test_a_part_too_small_to_fit_is_not_tested():
    assert backtest_of(daily(300)) is None


@pytest.mark.nightly
@pytest.mark.filterwarnings(
    "ignore:gamma-gamma:clv.FitWarning"
)  # half a year of orders is little for a law of spend
def test_the_law_that_was_chosen_is_the_one_that_the_backtest_recommends(shop):
    known = find(shop)
    choice = known.model.choice
    assert known.model.purchases.law.name == choice.law
    assert known.backtest.recommendation.startswith(f"Use {choice.law}: ")
    assert set(known.backtest.table.query("kind == 'law'")["model"]) == set(choice.table["model"])
    assert known.model.choice == clv.fit(shop, "auto").choice
    assert find(shop, model="pareto-nbd").model.choice is None


@pytest.fixture
def refitted(monkeypatch):
    """The law, the day and the number of customers of each fit at an earlier day, whichever `Refits` made it."""
    made, run = [], Refits._fitted

    def fitted(self, law_class, day):
        made.append((law_class.__name__, day_date(day), len(self.table(day))))
        return run(self, law_class, day)

    monkeypatch.setattr(Refits, "_fitted", fitted)
    return made


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:gamma-gamma:clv.FitWarning")
def test_the_choice_the_past_errors_and_the_backtest_have_the_same_fits(shop, refitted):
    known = find(shop)
    learned = known.model.past_errors
    assert learned.source == "law and its past errors"
    origins = set(learned.table["origin"])
    of_law = {day for law, day, _ in refitted if law == type(known.model.purchases.law).__name__}
    assert {*origins, *known.backtest.table["origin"]} <= of_law
    tested = {day for _, day, _ in refitted if sum(day == other for _, other, _ in refitted) > 1}
    assert tested <= of_law
    assert len(tested) < len(origins)  # other laws are fitted where laws are compared only
    assert len(set(refitted)) == len(refitted)


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:gamma-gamma:clv.FitWarning")
def test_a_customer_table_learns_with_the_fits_of_the_choice_and_only_for_intervals(shop, refitted):
    clv.customer_table(shop, interval=0.9)
    count = len(refitted)
    assert len(set(refitted)) == count
    refitted.clear()
    clv.customer_table(shop)
    assert 0 < len(refitted) < count
    refitted.clear()
    clv.fit(shop, "bg-nbd")
    assert refitted == []  # a fit is one fit


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")
def test_moves_are_those_of_the_91_days_until_the_last_one():
    tx = daily(200)
    asked = SimpleNamespace(tx=tx, scheme=rfm.Scheme.load("lifecycle"), attributes=None)
    moved = findings._moved(asked, tx.last_day)
    assert moved.spells.dates.tolist() == [tx.last_day - 91, tx.last_day]
    assert findings._moved(asked, tx.first_day + 91) is None
    assert findings._moved(asked, tx.first_day + 92) is not None


LAWS = {"bg-nbd": clv.BGNBD(0.243, 4.414, 0.793, 2.426), "mbg-nbd": clv.MBGNBD(0.525, 6.183, 0.891, 1.614)}


def found(frequency, p_alive, law="bg-nbd"):
    """What the properties of findings read."""
    table = pd.DataFrame({"frequency": frequency, "p_alive": p_alive})
    model = SimpleNamespace(purchases=SimpleNamespace(law=LAWS[law]), log_start=None)
    rest = dict.fromkeys(set(Findings.__annotations__) - {"table", "model"})
    return Findings(table=table, model=model, **rest)


def test_who_came_back_and_who_cannot_be_doubted():
    known = found([1, 2, 3, 1], [1.0, 0.5, 0.9, 1.0])
    assert known.orders == 7
    assert known.repeat_buyers["frequency"].tolist() == [2, 3]
    assert known.undoubted == 2
    assert found([1, 2, 3, 1], [1.0, 0.5, 0.9, 1.0], "mbg-nbd").undoubted == 0


@pytest.mark.parametrize(
    ("frequency", "p_alive", "law", "nobody"),
    [
        ([1, 2], [1.0, 0.998], "bg-nbd", False),  # the one-time buyer, whom BG/NBD cannot doubt, says nothing
        ([1, 2], [1.0, 0.9995], "bg-nbd", True),
        ([1, 2], [0.9, 1.0], "mbg-nbd", False),
        ([1, 1], [1.0, 1.0], "bg-nbd", False),  # nobody could be doubted
    ],
)
def test_nobody_leaves_where_those_who_can_be_doubted_are_not(frequency, p_alive, law, nobody):
    assert found(frequency, p_alive, law).nobody_leaves is nobody


def test_the_backtest_of_the_law_in_use():
    table = pd.DataFrame({"model": ["pareto-nbd", "bg-nbd"], "bias": [0.1, 0.2]})
    known = found([1], [1.0])
    assert known.tested is None
    object.__setattr__(known, "backtest", SimpleNamespace(table=table))
    assert known.tested["bias"] == 0.2
    object.__setattr__(known, "backtest", SimpleNamespace(table=table.iloc[:1]))
    assert known.tested is None


@pytest.fixture(scope="module")
def shop():
    """150 customers of 2023, simulated."""
    law, spend = clv.BGNBD(0.8, 4.0, 0.6, 2.5), clv.GammaGamma(6.0, 4.0, 15.0)
    rng = np.random.default_rng(3)
    return clv.simulate(law, spend, 150, rng=rng, start="2023-01-01", joining="26W", observed="52W")


@pytest.fixture
def asked(monkeypatch):
    """What `find` asks of the slow parts, which answer with little; the backtest is in `_backtest`'s own tests."""
    heard = {}

    def run_checks(tx, **options):
        heard["checks"] = options
        return ()

    def total(model, *, horizon, discount_rate, price_growth):
        heard["total"] = (horizon, discount_rate, price_growth)
        warnings.warn("wide", clv.FitWarning, stacklevel=2)
        return pd.DataFrame({"clv": [1.0]})

    def tested(refits, terms, law_class, choice):
        asked_for = terms.scheme.name, terms.spend_orders
        heard["backtest"] = (terms.last, refits.terms.unit, law_class, *asked_for, choice)
        heard["depends"] = refits.terms.depends

    monkeypatch.setattr(findings, "run_checks", run_checks)
    monkeypatch.setattr(clv.CustomerModel, "total", total)
    monkeypatch.setattr(findings, "_backtest", tested)
    return heard


@pytest.mark.filterwarnings("ignore:wide:clv.FitWarning")
def test_every_part_is_of_the_same_day_law_scheme_and_horizon(shop, asked):
    day, steps = date(2023, 11, 30), []
    options = {"model": "mbg-nbd", "unit": "D", "value_per_order": 20.0, "spend_orders": "all"}
    ahead = {"horizon": "26W", "discount_rate": 0.2, "price_growth": 0.1}
    known = find(shop, as_of=day, scheme="lifecycle", progress=steps.append, **options, **ahead)
    fitted = clv.fit(shop, end=day, **options)
    assert known.model.purchases.parameters == fitted.purchases.parameters
    assert known.model.spend.parameters == {"value": 20.0}
    table = clv.customer_table(shop, as_of=day, scheme="lifecycle", model=fitted, **ahead)
    pd.testing.assert_frame_equal(known.table, table)
    pd.testing.assert_frame_equal(known.segments, clv.segment_value(table))
    assert (known.as_of, known.first_day) == (day, shop["date"].min().date())
    assert known.rows == (shop["date"] < "2023-12-01").sum()
    assert (known.horizon, known.discount_rate, known.scheme.name) == ("26W", 0.2, "lifecycle")
    assert asked == {
        "checks": {"unit": "D", "end": day, "model": clv.MBGNBD, "spend_orders": "repeat"},  # none are read
        "total": ("26W", 0.2, 0.1),
        "backtest": ((day - date(1970, 1, 1)).days, "D", clv.MBGNBD, "lifecycle", "all", None),
        "depends": None,
    }
    assert known.cautions == (Caution("total", "wide"),)
    assert known.moved.spells.dates.tolist() == [
        (day - date(1970, 1, 1)).days - 91,
        (day - date(1970, 1, 1)).days,
    ]
    assert set(known.moved.segments) <= set(rfm.Scheme.load("lifecycle").names)
    assert len(steps) == len(set(steps)) == 8


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:wide:clv.FitWarning")
def test_the_values_and_the_backtest_are_by_covariates(shop, asked):
    ids = shop["customer_id"].unique()
    depends = {
        "covariates": pd.DataFrame({"customer_id": ids, "web": np.arange(len(ids)) % 2}),
        "purchase": "web",
    }
    known = find(shop, model="bg-nbd", depends=depends)
    assert list(known.model.purchases.coefficients) == ["purchase[web]"]
    assert asked["depends"].covariates is depends["covariates"]
    assert asked["depends"].purchase == ("web",)
    fitted = clv.fit(shop, **depends)
    assert known.table["clv"].tolist() == pytest.approx(fitted.predict()["clv"].tolist())
    assert "purchase[web]" in findings.parameters(known)["parameter"].tolist()


@pytest.mark.filterwarnings("ignore:wide:clv.FitWarning")
def test_a_day_is_a_horizon_that_begins_with_the_last_day(shop, asked):
    day = shop["date"].max().date()
    known = find(shop, horizon=day + timedelta(days=70), model="bg-nbd")
    assert known.as_of == day
    assert known.horizon == asked["total"][0] == "70D"
    assert known.discount_rate == 0.1
    assert known.model.unit == "W"


@pytest.mark.filterwarnings("ignore::clv.FitWarning")
def test_where_periods_are_counted_the_last_whole_one_is_the_end(shop, asked):
    with pytest.warns(rfm.DataWarning, match="observation ends on 2023-10-31"):
        known = find(shop, as_of="2023-11-12", model="bg-bb", unit="M", horizon="6M")
    assert known.as_of == asked["checks"]["end"] == date(2023, 10, 31)
    assert asked["checks"]["model"] == "bg-nbd"  # a law of whole months cannot foretell single days
    assert known.table["recency"].min() >= 0
    assert known.rows == (shop["date"] < "2023-11-01").sum()


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::rfm.DataWarning")  # six customers for five scores
def test_the_fits_warnings_come_before_the_totals(shop, asked):
    with pytest.warns(clv.FitWarning):
        known = find(shop[shop["customer_id"] < 6], model="bg-nbd")
    of_fits = (*known.model.purchases.warnings, *known.model.spend.warnings)
    assert known.cautions_on("law", "spend", "total") == (*of_fits, "wide")
    assert of_fits


def test_parameters_are_those_of_both_laws(shop):
    fitted = clv.fit(shop)
    both = parameters(SimpleNamespace(model=fitted))
    assert both.columns.tolist() == ["law", "parameter", "estimate", "standard_error"]
    assert both.index.tolist() == list(range(7))
    assert both["law"].tolist() == ["bg-nbd"] * 4 + ["gamma-gamma"] * 3
    law, spend = fitted.purchases, fitted.spend
    assert both["estimate"].tolist() == [*law.parameters.values(), *spend.parameters.values()]
    assert both["standard_error"].tolist() == [*law.standard_errors.values(), *spend.standard_errors.values()]
    without = parameters(SimpleNamespace(model=SimpleNamespace(purchases=law, spend=None)))
    assert without["parameter"].tolist() == ["r", "alpha", "a", "b"]


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:wide:clv.FitWarning")
def test_a_season_is_in_the_model_the_backtest_and_a_forecast_by_month(past, asked, monkeypatch):
    season = clv.Season.fit(past, "month", end="2021-12-31")
    past = past[past["customer_id"] < 500]
    known = find(past, model="bg-nbd", season=season, horizon="26W", value_per_order=10.0)
    assert (known.model.season, known.seasonal) == (season, True)
    by_month = known.by_month.set_index(known.by_month["start"].dt.month)["purchases"]
    assert by_month[1] + by_month[2] == pytest.approx(
        known.model.predict("59D", 0.0)["expected_purchases"].sum(), rel=1e-6
    )
    doubt = SimpleNamespace(check=SEASON_CHECK, holds="no")
    other = SimpleNamespace(check="another", holds="doubtful")
    noted = dataclasses.replace(known, checks=(doubt, other))
    assert noted.objections == (other,)  # the model has the season
    plain = find(past, model="bg-nbd", horizon="26W", value_per_order=10.0)
    assert (plain.by_month, plain.seasonal) == (None, False)
    assert dataclasses.replace(plain, checks=(doubt, other)).objections == (doubt, other)


def test_the_reports_backtest_learns_where_it_can(past):
    given = clv.Season.from_factors({"2021-12-24": 2.0})
    tx = rfm.Transactions(past)
    learned = clv.Season.fit(past, "month", given=given)
    early, late = tx.first_day + 726, tx.first_day + 727  # two cycles are 728 days
    assert [refits_for(tx, season=each).season(early) for each in (None, "month", given)] == [
        None,
        None,
        given,
    ]
    assert refits_for(tx, season=learned).season(early) == given  # too short to learn: what was given stays
    again = refits_for(tx, season=learned).season(late)
    assert (again.shape, again.given) == ("month", given)


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:bg-nbd. the estimates diverge")  # regular buyers lead BG/NBD there
def test_the_test_of_a_law_whose_k_was_chosen_is_found():
    law, spend = clv.MBGCNBD(r=1.2, alpha=3.0, a=0.8, b=3.0, k=3), clv.GammaGamma(6.25, 3.74, 15.44)
    found = find(clv.simulate(law, spend, 300, rng=np.random.default_rng(1)), model="mbg-cnbd")
    assert found.model.purchases.law.name == "mbg-cnbd-3"
    assert found.tested is not None
    assert found.tested["model"] == "mbg-cnbd"
    objections = {str(finding.check) for finding in found.objections}
    assert "orders come at random moments" not in objections
    assert "one-time buyers are still customers" not in objections


def test_rules_that_read_attributes_are_followed_in_every_part():
    log = rfm.datasets.cdnow_sample().head(1500)
    ids = np.sort(log["customer_id"].unique())
    country = pd.DataFrame({"customer_id": ids, "country": np.where(ids % 3 == 0, "NZ", "TW")})
    scheme = rfm.Scheme.load("classic").with_segment("NZ best", "country == 'NZ' and M >= 4", before="VIP")
    found = find(rfm.Transactions(log), scheme=scheme, attributes=country, model="bg-nbd")
    best = found.table.query("country == 'NZ' and M >= 4")
    assert len(best) > 20
    assert (best["segment"] == "NZ best").all()
    assert "NZ best" in found.moved.segments
    known = {*found.moves.by_cause["previous_segment"].dropna(), *found.moves.by_cause["segment"].dropna()}
    assert "NZ best" in known
    tested = found.backtest.calibration.query("by == 'segment'")
    assert "NZ best" in set(tested["group"].astype(str))
