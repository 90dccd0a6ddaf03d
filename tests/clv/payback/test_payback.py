"""Payback: observed values exact, ages against simulated shops and the held-out part of CDNOW."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from benchmarks.payback import LAWS, against, paid_back, scored, with_cohorts
from clv._fits.posterior import Budget
from clv._payback import payback as module
from rfm.errors import DataError

SAMPLE = rfm.datasets.cdnow_sample()
LOG = SAMPLE[SAMPLE["customer_id"] % 4 == 0]
TODAY = "1997-09-30"
CHANNELS = pd.DataFrame({"customer_id": LOG["customer_id"].unique()})
CHANNELS["channel"] = np.where(CHANNELS["customer_id"] % 8 == 0, "web", "shop")


@pytest.fixture(autouse=True)
def few(monkeypatch, request):
    """Fewer futures, where a test is about something else."""
    if "slow" not in request.keywords:
        monkeypatch.setattr(module, "FUTURES", 60)
        monkeypatch.setattr(module, "DRAWS", Budget(1e6, 30, 30))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.json"
    clv.fit(LOG, "mbg-nbd", end=TODAY).save(path)
    return clv.load(path)


def found(model, costs, **options):
    options = {"as_of": TODAY, "interval_from": "law", "horizon": "2Y", **options}
    return clv.payback(LOG, costs, model=model, **options)


BY_HAND = pd.DataFrame(
    [
        ("ann", "2024-01-01", 30.0),
        ("ann", "2024-01-30", 10.0),  # day 29, the last of month 1
        ("ann", "2024-01-31", 20.0),  # day 30, the first of month 2
        ("bob", "2024-01-20", 40.0),
        ("bob", "2024-03-01", -10.0),  # day 41, month 2
        ("bob", "2024-06-20", 60.0),  # day 152, the first of month 6
        ("cat", "2024-02-10", 50.0),
        ("cat", "2024-12-31", 1.0),
    ],
    columns=["customer_id", "date", "amount"],
)


def test_the_observed_part_by_hand(model):
    """All customers are old enough, so that nothing is simulated."""
    costs = {"2024-01": 60, "2024-02": 25}
    result = clv.payback(BY_HAND, costs, margin=0.5, horizon="9M", model=model, interval_from="law")
    january = result.curve[result.curve["cohort"] == "2024-01-01"]
    assert january["complete"].all()
    assert january["days"].tolist() == [30, 60, 91, 121, 152, 182, 213, 243, 273]
    for name in ("value", "value_low", "value_high"):
        assert january[name].tolist() == [20.0, *[22.5] * 4, *[37.5] * 4]
    assert january["cost_per_customer"].unique().tolist() == [30.0]
    rows = result.cohorts
    assert rows["cohort"].tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01")]
    assert rows["customers"].tolist() == [2, 1]
    assert rows["value_to_date"].tolist() == [75.0, 25.5]  # the order of month 11 too
    assert rows["share_paid_back"].tolist() == [1.25, 25.5 / 25]
    for name in ("payback", "payback_low", "payback_high"):
        assert rows[name].tolist() == [6.0, 1.0]
    assert rows["p_paid_back"].tolist() == [1.0, 1.0]
    assert rows["note"].tolist() == ["paid back in month 6", "paid back in month 1"]
    assert result.as_of.isoformat() == "2024-12-31"
    assert "paid back in month 6" in repr(result)
    assert result._repr_html_().startswith("<pre>")


def test_refunds_may_take_it_below_its_cost_again(model):
    log = BY_HAND[BY_HAND["customer_id"] == "bob"].iloc[:2]
    log = pd.concat(
        [log, pd.DataFrame([("cat", "2024-01-20", 1.0), ("cat", "2024-12-31", 1.0)], columns=log.columns)]
    )
    rows = clv.payback(log, {"2024-01": 38}, horizon="9M", model=model, interval_from="law").cohorts
    assert rows["payback"].tolist() == [1.0]
    assert rows["value_to_date"].tolist() == [32.0]
    assert rows["note"].tolist() == ["reached its cost in month 1, and is below it again after refunds"]


def test_values_to_date_are_those_of_the_base_report(model):
    result = found(model, {"1997-01": 1.0, "1997-02": 1.0, "1997-03": 1.0})
    report = rfm.base_report(LOG[LOG["date"] <= TODAY], every="1M").spend_to_date
    wanted = report.groupby("cohort")[["customers", "spend_to_date"]].last()
    rows = result.cohorts.set_index("cohort")
    assert rows["customers"].tolist() == wanted["customers"].tolist()
    np.testing.assert_allclose(rows["value_to_date"], wanted["spend_to_date"], rtol=1e-12)
    # and by age those that are counted by hand
    log = with_cohorts(LOG, "M")
    log = log[log["joined"] <= TODAY]
    known = result.curve[result.curve["complete"]]
    assert known.groupby("cohort")["age"].max().tolist() == [8, 7, 6]
    for row in known.itertuples():
        some = log[(log["cohort"] == row.cohort) & ((log["day"] - log["joined"]).dt.days < row.days)]
        assert row.value == pytest.approx(some["amount"].sum() / rows["customers"][row.cohort], rel=1e-12)


def test_predicted_value_is_what_the_law_expects(model):
    """From the end of the observed part on: all of a cohort, whose customers joined on one day."""
    first = LOG.groupby("customer_id")["date"].transform("min")
    group = LOG.assign(date=LOG["date"].where(LOG["date"] != first, pd.Timestamp("1997-01-01")))
    options = {"as_of": TODAY, "interval_from": "law", "horizon": "2Y", "every": "1Y"}
    result = clv.payback(group, {"1997": 1e9}, by="year", model=model, **options)
    histories = clv.summarize(group, end=TODAY)
    ahead = result.curve.set_index("age")["value"] * group["customer_id"].nunique()
    to_date = result.cohorts["value_to_date"].iloc[0]
    for age, days in ((1, 365), (2, 730)):
        until = days - 273  # days of the year that are over on the 30th of September
        total = model.total(None, f"{until}D", 0.0, interval_from="law", customers=histories).iloc[0]
        spread = (total["clv_high"] - total["clv_low"]) / 3.29
        assert ahead[age] - to_date == pytest.approx(total["clv"], abs=4 * 1.25 * spread / np.sqrt(60))
        width = (result.curve["value_high"] - result.curve["value_low"]).iloc[age - 1] * group[
            "customer_id"
        ].nunique()
        assert width == pytest.approx(total["clv_high"] - total["clv_low"], rel=0.5)


def test_ages_cross_where_the_curves_do(model):
    """Predicted value never falls: the quantile of first crossings is the crossing of the quantile."""
    costs = {"1997-01": 78.0, "1997-02": 85.0, "1997-03": 75.0}
    result = found(model, costs, per="customer", interval=0.8)
    for row in result.cohorts.itertuples():
        part = result.curve[result.curve["cohort"] == row.cohort].set_index("age")
        for bound, of in (("payback_low", "value_high"), ("payback_high", "value_low")):
            reached = part.index[part[of] >= part["cost_per_customer"]]
            crossing = reached[0] if len(reached) else np.nan
            assert getattr(row, bound) == pytest.approx(
                crossing, abs=1, nan_ok=True
            )  # bounds of 60 are interpolated
        assert row.payback_low <= row.payback
        assert row.p_paid_back == pytest.approx(1.0) or np.isnan(row.payback_high)
    assert (result.curve.groupby("cohort")["value_low"].diff().dropna() >= -1e-9).all()


def test_cohorts_by_channel(model):
    costs = {"web": 5000.0, "shop": 1e6}
    result = found(model, costs, by="channel", attributes=CHANNELS)
    assert result.cohorts["cohort"].tolist() == ["shop", "web"]
    assert result.cohorts["customers"].sum() == LOG["customer_id"].nunique()
    assert result.cohorts["note"].tolist()[0] == "not within 24 months"
    assert result.cohorts["p_paid_back"].tolist()[0] == 0.0
    # A part of the customers of a cohort has reached more ages than the youngest.
    assert result.curve.groupby("cohort")["complete"].sum().tolist() == [6, 6]


def test_nothing_vanishes(model):
    partial = CHANNELS.iloc[: len(CHANNELS) // 2].assign(
        channel=lambda t: t["channel"].where(t["customer_id"] % 16 != 0)
    )
    with pytest.warns(rfm.DataWarning, match="'print'"):
        result = found(model, {"shop": 100.0, "print": 50.0}, by="channel", attributes=partial)
    rows = result.cohorts.set_index("cohort")
    assert rows.index.tolist()[:3] == ["print", "shop", "web"]
    assert rows.index[-1] is None
    assert rows["customers"].sum() == LOG["customer_id"].nunique()
    assert rows.loc["print", "note"] == "a cost, and no customers"
    assert rows.loc["print", ["cost", "p_paid_back"]].tolist() == [50.0, 0.0]
    assert rows["note"].tolist()[2:] == ["no cost was given"] * 2
    assert rows["cost"].isna().tolist() == [False, False, True, True]
    assert rows["value_to_date"].sum() == pytest.approx(LOG[LOG["date"] <= TODAY]["amount"].sum())


def test_a_log_that_begins_in_the_middle(model):
    whole = clv.simulate(
        *LAWS, customers=3_000, rng=np.random.default_rng(1), joining="156W", observed="156W"
    )
    log = whole[whole["date"] >= "2026-01-01"]
    with pytest.warns(rfm.DataWarning, match="members of the first cohorts are new in the log"):
        clv.payback(log, {"2026-01": 1.0}, model=model, horizon="2M", interval_from="law")


def test_a_cohort_that_cost_nothing(model):
    rows = found(model, {"shop": 0.0, "web": 10.0}, by="channel", attributes=CHANNELS).cohorts
    assert rows["note"].tolist() == ["has no cost", "paid back in month 1"]
    assert rows["payback"].tolist() == [0.0, 1.0]
    assert rows["share_paid_back"].isna().tolist() == [True, False]


def test_costs_of_a_customer_and_of_a_cohort(model):
    one = found(model, {"1997-01": 70.0}, per="customer")
    size = one.cohorts["customers"].iloc[0]
    all_of_them = found(model, pd.DataFrame({"cohort": [pd.Timestamp("1997-01-31")], "cost": [70.0 * size]}))
    pd.testing.assert_frame_equal(one.cohorts, all_of_them.cohorts)
    pd.testing.assert_frame_equal(one.curve, all_of_them.curve)


def test_rows_may_come_in_any_order(model):
    mixed = LOG.sample(frac=1, random_state=3, ignore_index=True)
    options = {"as_of": TODAY, "interval_from": "law", "horizon": "2Y", "model": model}
    costs = {"1997-02": 9000.0, "1997-01": 9000.0}
    ours, theirs = (clv.payback(log, costs, **options) for log in (LOG, mixed))
    pd.testing.assert_frame_equal(ours.cohorts, theirs.cohorts)
    pd.testing.assert_frame_equal(ours.curve, theirs.curve)


def test_a_longer_margin_pays_sooner_and_errors_widen(model):
    less, more = (
        found(model, {"1997-01": 90.0}, per="customer", margin=m).cohorts.iloc[0] for m in (0.9, 1.2)
    )
    assert more["payback"] < less["payback"]
    wide = found(model, {"1997-01": 100.0}, horizon="1Y", interval_from="law and typical errors")
    narrow = found(model, {"1997-01": 100.0}, horizon="1Y")
    assert wide.interval_from == "law and typical errors"
    widths = [
        (each.curve["value_high"] - each.curve["value_low"]).iloc[-60:].sum() for each in (wide, narrow)
    ]
    assert widths[0] > 1.2 * widths[1]


def test_a_law_that_counts_periods_and_a_season():
    season = clv.Season.from_factors({"1997-12-25": 3.0})
    options = {"horizon": "15M", "interval_from": "law", "per": "customer"}
    seasonal = clv.payback(LOG, {"1997-01": 75.0}, as_of=TODAY, model="bg-nbd", season=season, **options)
    assert 8 <= seasonal.cohorts["payback"].iloc[0] <= 15
    result = clv.payback(LOG, {"1997-01": 75.0}, as_of="1997-09-28", model="bg-bb", **options)
    assert result.as_of.isoformat() == "1997-09-28"
    assert (result.curve.groupby("cohort")["value"].diff().dropna() >= -1e-9).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"costs": {}}, "costs is empty"),
        ({"costs": {"1996-12": 1.0}}, "no cohort of the costs has customers"),
        ({"costs": {"1997-01": -1.0}}, "1997-01-01 must be"),
        ({"costs": {"1997-01": 1.0, "1997-01-15": 1.0}}, "two costs"),
        ({"costs": {"soon": 1.0}}, "costs"),
        ({"by": "channel"}, "attributes= was not given"),
        ({"by": "campaign", "attributes": CHANNELS, "costs": {"a": 1.0}}, "campaign"),
        ({"by": "channel", "attributes": CHANNELS, "costs": {3: 1.0}}, "have names"),
        ({"attributes": CHANNELS}, "is not read"),
        ({"by": "customer_id", "attributes": CHANNELS, "costs": {"a": 1.0}}, "not names"),
        ({"per": "order"}, "per must be one of"),
        ({"every": "2M"}, "every must be one of"),
        ({"margin": 0}, "margin must be"),
        ({"horizon": "inf"}, "finite horizon"),
        ({"horizon": "3D"}, "holds 0 ages"),
        ({"horizon": "100Y"}, "holds 1,200 ages"),
    ],
)  # fmt: skip
def test_wrong_options(model, options, says):
    with pytest.raises(DataError, match=says):
        found(model, **{"costs": {"1997-01": 1.0}, **options})


def test_a_log_without_amounts(model):
    with pytest.raises(DataError, match="no amounts"):
        clv.payback(LOG[["customer_id", "date"]], {"1997-01": 1.0}, model=model)


def test_too_many_cohorts(model):
    each = CHANNELS.assign(channel=CHANNELS["customer_id"].astype(str))
    with pytest.raises(DataError, match="589 cohorts of 260 ages"):
        found(model, {"4": 1.0}, by="channel", attributes=each, every="1W", horizon="5Y")


def test_the_hand_of_the_benchmark():
    log = with_cohorts(BY_HAND.assign(date=pd.to_datetime(BY_HAND["date"])), "M")
    costs = pd.Series({pd.Timestamp("2024-01-01"): 120.0, pd.Timestamp("2024-02-01"): 51.0})
    happened = paid_back(log, costs, pd.Timestamp("2024-12-31"), "1M", 9)
    assert happened.tolist() == [6.0, np.inf]
    assert paid_back(log, costs, pd.Timestamp("2024-06-20"), "1M", 9).isna().tolist() == [True, True]


@pytest.mark.nightly
def test_intervals_hold_in_simulated_shops():
    """32 cohorts of four shops; `python -m benchmarks.payback` has more."""
    rows = []
    options = {"joining": "52W", "observed": "221W"}
    for seed in range(4):
        log = clv.simulate(*LAWS, customers=700, rng=np.random.default_rng([4, seed]), **options)
        rows.append(
            against(log, "2025-03-31", "bg-nbd", "quarter", "1M", "3Y", (1.2, 1.5), interval_from="law")
        )
    table = scored(pd.concat(rows))
    assert table["cohorts"] == 32
    assert 0.8 <= table["held"] <= 1.0
    assert 0.35 <= table["median"] <= 0.85


@pytest.mark.slow
def test_the_hold_out_of_cdnow():
    rows = against(SAMPLE, TODAY, "mbg-nbd", "month", "1M", "15M", (1.05, 1.1, 1.15))
    table = scored(rows)
    assert table["cohorts"] == 9
    assert table["held"] >= 7 / 9
