"""lifetimes compared with the native engine: the same numbers, and no side effects."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.lifetimes import FITTERS, fit_with_lifetimes, lifetimes_package
from rfm.errors import DataError


@pytest.fixture(scope="module")
def donations() -> pd.DataFrame:
    from importlib.resources import files

    table = pd.read_csv(str(files("lifetimes") / "datasets" / "donations.csv"))
    return table.rename(columns={"periods": "n_periods"})


@pytest.mark.parametrize("law", [clv.BGNBD, clv.MBGNBD, clv.ParetoNBD, clv.GammaGamma])
def test_the_engines_agree_on_cdnow(law, cdnow_summary) -> None:
    native, reference = (
        clv.fit_law(law, cdnow_summary, unit="W"),
        fit_with_lifetimes(law, cdnow_summary, unit="W"),
    )
    assert type(reference) is clv.Fit
    assert reference.unit == "W"
    assert reference.converged
    assert native.log_likelihood - 1e-2 < reference.log_likelihood <= native.log_likelihood + 1e-9
    for name, error in native.standard_errors.items():
        assert abs(reference.parameters[name] - native.parameters[name]) < 0.1 * error
        assert reference.standard_errors[name] == pytest.approx(error, rel=0.05)


def test_the_engines_agree_on_donations(donations) -> None:
    native = clv.fit_law(clv.BGBB, donations, weights="weights")
    reference = fit_with_lifetimes(clv.BGBB, donations, weights="weights")
    assert native.n == reference.n == 11_104
    assert list(native.parameters.values()) == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=6e-4)
    assert reference.law.log_parameters == pytest.approx(native.law.log_parameters, abs=1e-2)


@pytest.mark.parametrize("name", ["bg-nbd", "mbg-nbd", "pareto-nbd", "gamma-gamma"])
def test_a_fitted_fitter_is_taken_over(name: str, cdnow_summary) -> None:
    buyers = cdnow_summary[(cdnow_summary.frequency > 0) & (cdnow_summary.monetary_value > 0)]
    with lifetimes_package() as lifetimes:
        fitter = getattr(lifetimes, FITTERS[name].name)()
        if name == "gamma-gamma":
            fitter.fit(buyers.frequency, buyers.monetary_value)
        else:
            options = {"initial_params": np.ones(4)} if name == "pareto-nbd" else {}
            fitter.fit(cdnow_summary.frequency, cdnow_summary.recency, cdnow_summary["T"], **options)
    fit = clv.from_lifetimes(fitter)
    theirs = fitter.params_.rename({"v": "gamma"})
    assert fit.parameters == {key: pytest.approx(value) for key, value in theirs.items()}
    at = fitter.params_.to_numpy() if name == "pareto-nbd" else np.log(fitter.params_.to_numpy())
    columns = [fitter.data[column].to_numpy() for column in (*fit.law.data_columns, "weights")]
    theirs = -fitter._negative_log_likelihood(at, *columns, 0.0) * (1 if name == "pareto-nbd" else fit.n)
    assert fit.log_likelihood == pytest.approx(theirs, rel=1e-10)
    if name != "pareto-nbd":  # lifetimes has no standard errors for it
        assert fit.standard_errors["q" if name == "gamma-gamma" else "r"] > 0


def test_a_penalised_fit_says_that_it_was_shrunk(cdnow_summary) -> None:
    with lifetimes_package() as lifetimes:
        fitter = lifetimes.BetaGeoFitter(penalizer_coef=0.05)
        fitter.fit(cdnow_summary.frequency, cdnow_summary.recency, cdnow_summary["T"])
    with pytest.warns(clv.FitWarning, match="shrank these parameters with penalizer_coef=0.05"):
        fit = clv.from_lifetimes(fitter)
    assert not fit.converged


def test_what_lifetimes_cannot_fit_is_a_fit_error(monkeypatch, cdnow_summary) -> None:
    with lifetimes_package() as lifetimes:

        def fail(*_: object, **__: object) -> None:
            raise lifetimes.utils.ConvergenceError("try a larger penalizer")

        monkeypatch.setattr(lifetimes.BetaGeoFitter, "fit", fail)
    message = r'lifetimes did not converge on these 2357 customers. Hint: engine="native"'
    with pytest.raises(clv.FitError, match=message):
        fit_with_lifetimes(clv.BGNBD, cdnow_summary)


def test_poor_data_meet_the_same_words() -> None:
    table = pd.DataFrame({"frequency": [0, 0], "recency": [0.0, 0.0], "T": [3.0, 20.0]})
    with pytest.raises(clv.FitError, match="None of the 2 customers bought a second time"):
        fit_with_lifetimes(clv.BGNBD, table)


def test_what_is_no_fitted_fitter_is_refused() -> None:
    with lifetimes_package() as lifetimes:
        fresh = lifetimes.BetaGeoFitter()
    with pytest.raises(DataError, match=r"This BetaGeoFitter is not fitted. Hint: call its fit\(\) first"):
        clv.from_lifetimes(fresh)
    fresh.params_ = pd.Series({"r": 0.2, "alpha": 4.0, "a": 0.8, "b": 2.4})
    with pytest.raises(DataError, match=r"saved without its data.*BGNBD\(r=0.2, alpha=4.0, a=0.8, b=2.4\)"):
        clv.from_lifetimes(fresh)
    with pytest.raises(DataError, match=r"Not a fitter of lifetimes: dict. Hint: pass one of BetaGeoFitter"):
        clv.from_lifetimes({})


def test_nothing_of_lifetimes_is_left_behind() -> None:
    """In a fresh interpreter: its import silences FutureWarning and sets an option of pandas."""
    code = (
        "import warnings, pandas as pd, scipy.stats\n"
        "from clv._fits.lifetimes import lifetimes_package\n"
        "before = (list(warnings.filters), pd.get_option('mode.chained_assignment'))\n"
        "with lifetimes_package() as lifetimes:\n"
        "    lifetimes.BetaGeoFitter\n"
        "after = (list(warnings.filters), pd.get_option('mode.chained_assignment'))\n"
        "assert before == after, (before, after)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)


def test_fitting_with_lifetimes_says_nothing_of_its_own(capsys, cdnow_summary) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_with_lifetimes(clv.BGNBD, cdnow_summary)
    assert capsys.readouterr().out == ""
