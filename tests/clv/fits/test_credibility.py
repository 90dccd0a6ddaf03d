"""The credibility law's estimates: known data, other packages, simulated customers, and when it takes over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clv
from clv._fits.credibility import OrderSums, asked_for, contradicted, credibility_fit, variances
from clv.errors import FitError, FitWarning

# Hachemeister (1975): mean claims of five states in twelve quarters.
HACHEMEISTER = np.array([
    [1738, 1642, 1794, 2051, 2079, 2234, 2032, 2035, 2115, 2262, 2267, 2517],
    [1364, 1408, 1597, 1444, 1342, 1675, 1470, 1448, 1464, 1831, 1612, 1471],
    [1759, 1685, 1479, 1763, 1674, 2103, 1502, 1622, 1828, 2155, 2233, 2059],
    [1223, 1146, 1010, 1257, 1426, 1532, 1953, 1123, 1343, 1243, 1762, 1306],
    [1456, 1499, 1609, 1741, 1482, 1572, 1606, 1735, 1607, 1573, 1613, 1690],
], dtype=float)  # fmt: skip


def sums_of(orders) -> OrderSums:
    """Of a list of arrays of orders, one per customer."""
    whole = [(len(each), each.sum(), (each**2).sum()) for each in map(np.asarray, orders)]
    return OrderSums(*np.array(whole, dtype=float).T)


def test_hachemeisters_states_have_the_variances_of_actuar():
    """As R's actuar prints them for cm(~state, hachemeister, ratios = ratio.1:ratio.12)."""
    found = variances(sums_of(HACHEMEISTER))
    assert round(found.mean, 3) == 1671.017
    assert round(found.between, 2) == 72310.02
    assert round(found.within, 2) == 46040.47


def test_the_variance_ratio_is_scipys():
    rng = np.random.default_rng(2)
    orders = [rng.gamma(2.0, rng.gamma(3.0, 5.0), n) for n in rng.integers(1, 9, 60)]
    assert variances(sums_of(orders)).f == pytest.approx(stats.f_oneway(*orders).statistic, rel=1e-10)


def simulated(rng, n, means=0.5, spread=0.6):
    """Customers with means of the variance (35·means)², whose orders vary by `spread` of their mean; a few orders."""
    level = 35 * rng.gamma(1 / means**2, means**2, n)
    x = 1 + rng.negative_binomial(1.0, 0.3, n)
    return [rng.gamma(1 / spread**2, spread**2 * level[i], x[i]) for i in range(n)]


def test_estimates_are_right_on_average_and_errors_honest():
    """μ, s² and τ² of 200 logs, and how often the truth lies within two standard errors."""
    rng, found = np.random.default_rng(5), []
    for _ in range(200):
        found.append(variances(sums_of(simulated(rng, 400))))
    between, within = (35 * 0.5) ** 2, 35**2 * (1 + 0.5**2) * 0.6**2
    assert np.mean([v.mean for v in found]) == pytest.approx(35, rel=0.01)
    assert np.mean([v.within for v in found]) == pytest.approx(within, rel=0.02)
    assert np.mean([v.between for v in found]) == pytest.approx(between, rel=0.03)
    inside = [abs(v.between - between) < 2 * v.between_error for v in found]
    assert 0.88 <= np.mean(inside) <= 0.99
    logs = np.array([np.log([v.mean, np.sqrt(v.within) / v.mean, v.within / v.between]) for v in found])
    errors = np.sqrt([np.diag(v.log_covariance) for v in found])
    assert np.mean(errors, axis=0) == pytest.approx(logs.std(axis=0), rel=0.25)


def test_the_order_of_customers_changes_no_digit():
    sums = sums_of(simulated(np.random.default_rng(1), 300))
    turned = OrderSums(*(column[::-1].copy() for column in (sums.orders, sums.total, sums.squares)))
    one, other = variances(sums), variances(turned)
    assert (one.mean, one.within, one.between, one.f) == (other.mean, other.within, other.between, other.f)
    assert one.log_covariance.tolist() == other.log_covariance.tolist()


def test_customers_who_are_alike_do_not_differ():
    rng = np.random.default_rng(8)
    alike = [
        variances(sums_of([rng.gamma(2.0, 10.0, n) for n in 1 + rng.negative_binomial(1.0, 0.3, 300)])).differ
        for _ in range(100)
    ]
    assert np.mean(alike) <= 0.06


def regulars_alike(seed: int, n: int = 1500):
    """A log whose regulars are alike and whose occasional customers differ: sums, the summary, and later means.

    Gamma-Gamma sees means whose variance falls with the number of orders as that of customers who are all alike.
    """
    rng = np.random.default_rng(seed)
    x = 1 + rng.negative_binomial(0.8, 0.15, n)
    level = 20 * np.exp(rng.normal(0, 1, n) * 0.7 / x**0.7)

    def orders(i, k):
        return level[i] * np.exp(rng.normal(0, 0.5, k) - 0.125)

    past = [orders(i, x[i]) for i in range(n)]
    later = np.array([orders(i, 8).mean() for i in range(n)])
    sums = sums_of(past)
    table = pd.DataFrame({"frequency": sums.orders, "monetary_value": sums.total / sums.orders})
    return sums, table, later


def test_where_gamma_gamma_has_all_alike_the_orders_decide_and_later_orders_agree():
    errors = []
    for seed in (0, 1, 2):
        sums, table, later = regulars_alike(seed)
        with pytest.warns(FitWarning, match="all customers"):
            fit = clv.fit_law(clv.GammaGamma, table)
        found = contradicted(fit, lambda sums=sums: sums)
        assert found is not None
        assert found.f > 2
        with pytest.warns(FitWarning, match=rf"analysis of variance .* \(F = {found.f:.2f}\)"):
            law = credibility_fit(found, instead=True).law
        x, m = table["frequency"], table["monetary_value"]
        errors.append([np.abs(each.expected_spend(x, m) - later).mean() for each in (fit.law, law)])
    gamma, credible = np.mean(errors, axis=0)
    assert credible < 0.9 * gamma


def test_gamma_gamma_stays_where_it_tells_customers_apart_and_where_they_are_alike():
    sums = sums_of(simulated(np.random.default_rng(1), 400))
    table = pd.DataFrame({"frequency": sums.orders, "monetary_value": sums.total / sums.orders})
    fit = clv.fit_law(clv.GammaGamma, table)

    def unread():
        raise AssertionError("the orders need not be read")

    assert contradicted(fit, unread) is None
    rng = np.random.default_rng(4)
    alike = sums_of([rng.gamma(2.0, 10.0, n) for n in 1 + rng.negative_binomial(1.0, 0.3, 400)])
    means = pd.DataFrame({"frequency": alike.orders, "monetary_value": alike.total / alike.orders})
    with pytest.warns(FitWarning, match="all customers"):
        fit = clv.fit_law(clv.GammaGamma, means)
    assert contradicted(fit, lambda: alike) is None


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        ([[3.0], [4.0], [5.0, 6.0]], "two repeat orders or more, of whom there are 1. Hint"),
        ([[3.0, 3.0], [4.0, 4.0]], "all repeat orders of a customer are worth the same"),
        (
            [[1.0, 9.0], [2.0, 8.0], [9.0, 1.0]],
            r"customers cannot be told apart. Hint: spend_law=\"gamma-gamma\"",
        ),
    ],
)
def test_what_cannot_be_estimated_is_refused(orders, message):
    with pytest.raises(FitError, match=message):
        asked_for(sums_of([np.array(each) for each in orders]))
