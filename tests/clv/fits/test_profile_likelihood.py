"""Profile intervals: the loss at their ends, and ends at the boundary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.profile_likelihood import profile_intervals

LOSS = 0.5 * 1.959964**2


def best_with(law_class, table: pd.DataFrame, name: str, value: float) -> float:
    """The log-likelihood left when one parameter is held, by brute force over the others."""
    from scipy.optimize import minimize

    names = [p for p in law_class.parameters if p != name]
    start = clv.fit_law(law_class, table)
    columns = [table[c].to_numpy() for c in law_class.data_columns]

    def lost(logs: np.ndarray) -> float:
        law = law_class(**{name: value}, **dict(zip(names, np.exp(logs), strict=True)))
        return -float(law.log_likelihood(*columns).sum())

    found = minimize(
        lost,
        np.log([start.parameters[p] for p in names]),
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 4000},
    )
    return -found.fun


def test_the_ends_lose_half_a_chi_square() -> None:
    made = clv.BGNBD(0.8, 8.0, 0.8, 3.0).simulate(np.full(400, 40.0), np.random.default_rng(0))
    table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
    fit = clv.fit_law(clv.BGNBD, table)
    intervals = profile_intervals(fit, table)
    for name in ("alpha", "b"):
        for end in intervals[name]:
            loss = fit.log_likelihood - best_with(clv.BGNBD, table, name, end)
            assert loss == pytest.approx(LOSS, abs=2e-3)


def test_with_many_customers_they_are_the_intervals_of_the_standard_errors() -> None:
    orders = np.random.default_rng(1).integers(1, 9, 20_000)
    amounts = clv.GammaGamma(6.0, 4.0, 20.0).simulate(orders, np.random.default_rng(2))
    mean = np.add.reduceat(amounts, np.cumsum(orders) - orders) / orders
    table = pd.DataFrame({"frequency": orders, "monetary_value": mean})
    fit = clv.fit_law(clv.GammaGamma, table)
    for name, ends in profile_intervals(fit, table, 0.9).items():
        assert ends == pytest.approx(fit.interval(0.9)[name], rel=0.01)


def test_the_unit_of_time_changes_the_scale_only(cdnow_summary) -> None:
    few = cdnow_summary.head(500)
    days = few.assign(recency=few.recency * 7, T=few["T"] * 7)
    weekly, daily = (profile_intervals(clv.fit_law(clv.BGNBD, t), t) for t in (few, days))
    assert daily["alpha"] == pytest.approx(np.array(weekly["alpha"]) * 7, rel=1e-6)
    assert daily["a"] == pytest.approx(weekly["a"], rel=1e-6)


def test_where_the_data_set_no_end_there_is_none() -> None:
    made = clv.BGNBD(5.0, 50.0, 1e-3, 20.0).simulate(np.full(150, 40.0), np.random.default_rng(3))
    table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
    with pytest.warns(clv.FitWarning):
        fit = clv.fit_law(clv.BGNBD, table)
    intervals = profile_intervals(fit, table)
    assert intervals["b"][1] == np.inf
    assert intervals["a"][0] == 0
    assert 0 < intervals["alpha"][0] < 50 < intervals["alpha"][1] < np.inf
