"""Laws, priors and fits given values of every wrong kind: constructors, histories, and what is drawn from them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from rfm import DataError
from tests.public_calls import VALUES

NUMBERS = {
    "0",
    "1",
    "3",
    "1.5",
    "int64",
    "Fraction",
    "Decimal",
    "array",
    "no array",
    "[]",
    "[1, 2]",
    "matrix",
    "series",
}
"""Labels of values that arrays of numbers, 0 or more, may be; in a tuple or array of one length with the others."""

LAWS: dict[type, dict[str, float]] = {
    clv.BGNBD: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    clv.MBGNBD: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    clv.ParetoNBD: {"r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7},
    clv.BGCNBD: {"r": 0.5, "alpha": 4.0, "a": 0.8, "b": 2.4, "k": 2},
    clv.MBGCNBD: {"r": 0.5, "alpha": 4.0, "a": 0.8, "b": 2.4, "k": 2},
    clv.GGompertzNBD: {"r": 0.55, "alpha": 10.6, "b": 0.05, "s": 0.6, "beta": 4.0},
    clv.BGBB: {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.78},
    clv.GammaGamma: {"p": 6.25, "q": 3.74, "gamma": 15.44},
    clv.CredibilitySpend: {"mean": 35.0, "within": 0.9, "k": 2.3},
    clv.SBG: {"a": 0.668, "b": 3.806},
    clv.BdW: {"a": 0.259, "b": 1.723, "c": 1.584},
}


def histories() -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """The methods of laws that take a customer's history, with one that is right."""
    for law_class, values in LAWS.items():
        law = law_class(**values)
        if isinstance(law, clv.SBG | clv.BdW):
            seen = {"t": 2, "at_risk": 50, "lost": 5}
            found = [
                (law.survival, {"t": 3, "renewals": 2}),
                (law.retention, {"t": 3}),
                (law.churn, {"t": 3}),
            ]
            found += [(law.log_likelihood, seen)]
            found += [(law.discounted_expected_residual_lifetime, {"renewals": 2, "rate": 0.1})]
        elif isinstance(law, clv.SpendLaw):
            orders: dict[str, Any] = {"x": 2, "m": 22.35}
            found = [(law.posterior, orders), (law.expected_spend, orders), (law.log_likelihood, orders)]
            found += [(law.total_spend_cdf, {"value": 30.0, "n": 2})]
        else:
            history: dict[str, Any] = {"x": 2, "t_x": 3, "T": 5}
            found = [(method, history) for method in (law.log_likelihood, law.p_alive, law.posterior)]
            found += [
                (law.conditional_expected_purchases, {"t": 4, **history}),
                (law.expected_purchases, {"t": 4}),
            ]
            found += [(law.pmf, {"n": 2, "t": 4}), (law.conditional_pmf, {"n": 2, "t": 4, **history})]
        for method, arguments in found:
            yield f"{law_class.__name__}.{method.__name__}", method, arguments


def end_of(function: Callable[..., Any], arguments: dict[str, Any], *, refused: bool) -> str:
    """What is wrong with how a call ends; empty if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = function(**arguments)
    except DataError as error:
        message = str(error)
        return "" if len(message) <= 1_000 and message.isprintable() else f"a message: {message[:80]!r}"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
    if refused:
        return "accepted"
    if isinstance(result, float | np.ndarray):
        return "accepted, not a number" if np.isnan(result).any() else ""
    return ""


def faults(
    name: str, function: Callable[..., Any], valid: dict[str, Any], allowed: set[str]
) -> Iterator[str]:
    for option in valid:
        for label, value in VALUES.items():
            if fault := end_of(function, {**valid, option: value}, refused=label not in allowed):
                yield f"{name}({option}={label}): {fault}"


@pytest.mark.slow
def test_histories_that_are_wrong_are_refused_by_the_methods_of_laws() -> None:
    """A number of purchases may be huge: its probability is 0."""
    found = []
    for name, method, valid in histories():
        for option in valid:
            allowed = NUMBERS | ({"1e300", "10**100"} if option in {"n", "value"} else set())
            allowed |= {"-1", "-0.5", "inf", "-inf"} if option == "value" else set()
            found += [fault for fault in faults(name, method, valid, allowed) if f"({option}=" in fault]
    assert found == []


def test_parameters_that_are_wrong_are_refused_by_the_constructors_of_laws() -> None:
    allowed = NUMBERS - {"0"} | {"1e300", "10**100"}
    found = [
        fault
        for law_class, valid in LAWS.items()
        for fault in faults(law_class.__name__, law_class, valid, allowed)
    ]
    assert found == []


@pytest.mark.parametrize("field", ["mean_spread", "shape", "concentration", "spend_shape"])
def test_a_prior_has_finite_spreads_above_0(field: str) -> None:
    valid = clv.Prior()
    numbers = {"1", "3", "1.5", "int64", "Fraction"}
    allowed = numbers if field == "mean_spread" else {"[1, 2]"}
    assert [*faults("Prior", clv.Prior, {field: getattr(valid, field)}, allowed)] == []
    if field != "mean_spread":
        for place in (0, 1):
            for label, value in VALUES.items():
                pair = (value, 1.0) if place == 0 else (1.0, value)
                assert not end_of(clv.Prior, {field: pair}, refused=label not in numbers), (place, label)


def test_a_refund_rate_is_a_share() -> None:
    valid = {"rate": 0.1, "prior_orders": 4.0, "ages": (0.0, 30.0), "come": (0.5, 1.0)}
    allowed = {"0", "1", "Fraction"}
    assert [*faults("RefundRate", clv.RefundRate, {"rate": 0.1}, allowed)] == []
    allowed |= {"3", "1.5", "inf", "1e300", "int64", "10**100", "10**5000"}
    assert [*faults("RefundRate", clv.RefundRate, {"prior_orders": 0.1}, allowed)] == []
    for name in ("ages", "come"):
        some = {"[1, 2]"} if name == "ages" else set()
        assert [
            *faults("RefundRate", lambda **given: clv.RefundRate(**valid | given), {name: valid[name]}, some)
        ] == []


def fitted() -> Any:
    return clv.fit_law(clv.BGNBD, clv.summarize(rfm.datasets.cdnow_sample().head(1000)))


def test_the_mass_of_an_interval_lies_between_0_and_1() -> None:
    fit = fitted()
    assert [*faults("Fit.interval", fit.interval, {"level": 0.9}, {"Fraction"})] == []
    with pytest.raises(
        DataError, match=r"level must lie between 0 and 1; got 95. Hint: fit.interval\(0.95\)"
    ):
        fit.interval(95)


def test_simulate_takes_laws_a_whole_number_and_a_generator() -> None:
    law, spend = clv.BGNBD(**LAWS[clv.BGNBD]), clv.GammaGamma(**LAWS[clv.GammaGamma])
    valid = {"law": law, "spend": spend, "rng": np.random.default_rng(0)}
    assert [
        *faults("simulate", lambda **given: clv.simulate(**{"customers": 3, **valid, **given}), valid, set())
    ] == []
    counts = {"1", "3", "int64"}
    assert [
        *faults("simulate", lambda **given: clv.simulate(**valid, **given), {"customers": 3}, counts)
    ] == []


def test_other_objects_are_no_laws_and_no_fitters() -> None:
    assert [*faults("register_law", clv.register_law, {"law_class": clv.BGNBD}, set())] == []
    assert [*faults("from_lifetimes", clv.from_lifetimes, {"fitter": None}, set())] == []


def test_weights_are_numbers_one_per_row() -> None:
    summary = clv.summarize(rfm.datasets.cdnow_sample().head(200))
    call = {"law_class": clv.BGNBD, "btyd_summary": summary}
    found = faults(
        "fit_law", lambda **given: clv.fit_law(**call, **given), {"weights": np.ones(len(summary))}, {"None"}
    )
    assert [*found] == []
    assert end_of(clv.fit_law, {**call, "weights": pd.Series(np.ones(len(summary)))}, refused=False) == ""
