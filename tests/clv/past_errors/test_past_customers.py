"""What customers bought against the law's own distributions of it, by the exact probabilities and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._past_errors.past_customers import needed_masses

LAWS = [
    clv.BGNBD(0.6, 6.0, 0.8, 2.4),
    clv.ParetoNBD(0.7, 7.0, 0.8, 12.0),
    clv.MBGCNBD(0.8, 3.0, 0.8, 2.4, k=2),
]


def simulated(law: clv.PurchaseLaw, size: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Histories of a year, and the purchases in the half year after it."""
    rng = np.random.default_rng(7)
    start = rng.integers(0, 180, size) / 7
    T = 52.0 - start
    made = law.simulate(T + 26.0, rng)
    early = made.times <= T[made.customer]
    x = np.bincount(made.customer[early], minlength=size)
    t_x = np.zeros(size)
    np.maximum.at(t_x, made.customer[early], made.times[early])
    later = np.bincount(made.customer[~early], minlength=size).astype(float)
    return pd.DataFrame({"customer_id": np.arange(size), "frequency": x, "recency": t_x, "T": T}), later


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_needed_masses_follow_from_the_conditional_probabilities(law):
    table, later = simulated(law, 300)
    model = clv.fit_summary(table, "bg-nbd", unit="W", end="2024-01-01")
    fit = model.purchases.__class__
    model = clv.CustomerModel(
        fit(**{**model.purchases.__dict__, "law": law}), None, "W", model.end, "", table
    )
    expected, needed = needed_masses(model, later, "26W")
    x, t_x, T = (table[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    assert expected == pytest.approx(law.conditional_expected_purchases(26.0, x, t_x, T), rel=1e-9)
    for row in range(0, 300, 17):
        counts = np.arange(int(later[row]) + 1)
        chances = law.conditional_pmf(counts, 26.0, x[row], t_x[row], T[row])
        until, less = chances.sum(), chances[:-1].sum()
        assert needed[row] == pytest.approx(1 - 2 * min(until, 1 - less), abs=2e-6)


def test_of_a_right_law_intervals_hold_at_least_what_they_say():
    table, later = simulated(LAWS[0], 8_000)
    model = clv.fit_summary(table, "bg-nbd", unit="W", end="2024-01-01")
    _, needed = needed_masses(model, later, "26W")
    predicted = model.predict("26W", interval=0.9)
    held = (predicted["purchases_low"] <= later) & (later <= predicted["purchases_high"])
    assert ((needed <= 0.9) == held).mean() > 0.995  # the intervals mix draws of the parameters
    assert held.mean() > 0.9


@pytest.mark.nightly
def test_the_calibration_of_a_panel_whose_rates_drift_holds_later():
    """Rates of frequent buyers change: the law's intervals are too narrow, and calibrated ones hold the next part."""
    rng = np.random.default_rng(3)
    rows = []
    for customer in range(700):
        rate = rng.gamma(2.0, 0.5) * np.exp(np.cumsum(rng.normal(0, 0.45, 24)))
        for month, mean in enumerate(rate):
            days = rng.integers(0, 30, rng.poisson(min(mean, 20.0)))
            rows += [(customer, month * 30 + day) for day in set(days.tolist())]
    log = pd.DataFrame(rows, columns=["customer_id", "day"])
    log["date"] = pd.Timestamp("2022-01-01") + pd.to_timedelta(log["day"], unit="D")
    log = log[["customer_id", "date"]]
    end = pd.Timestamp("2022-01-01") + pd.Timedelta(days=540)
    model = clv.fit(log, "mbg-nbd", end=end.date(), prior=clv.Prior()).with_past_errors(log)
    later = log[(log["date"] > end) & (log["date"] <= end + pd.Timedelta(days=179))]
    happened = later.groupby("customer_id").size()

    def held(**options: str) -> float:
        found = model.predict("179D", interval=0.9, **options)
        bought = found["customer_id"].map(happened).fillna(0.0)
        return float(((found["purchases_low"] <= bought) & (bought <= found["purchases_high"])).mean())

    assert "made as wide as would have been right" in model.summary()
    assert held(interval_from="law") < 0.8
    assert 0.84 < held() < 0.96
