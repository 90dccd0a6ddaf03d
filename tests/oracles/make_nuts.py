"""A long NUTS run of PyMC-Marketing's BG/NBD and Gamma-Gamma on CDNOW's sample, under this library's weak priors.

In an environment with pymc-marketing and rfm-clv:  python -m tests.oracles.make_nuts

The priors are those of `clv._fits.prior.Prior`, in its units: time in mean T, money in geometric means of m. Left in
nuts.json: posterior mean, 5% and 95% quantile of each parameter with their Monte Carlo standard errors, and versions.
The seconds of sampling, compilation included, are printed.
"""

from __future__ import annotations

import json
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc_marketing.clv.distributions import BetaGeoNBD

import clv
import rfm
from clv._fits.prior import Prior

DRAWS, TUNE, CHAINS, SEED = 10_000, 1_500, 4, 20
QUANTILES = (0.05, 0.95)


def bg_nbd(summary: Any, prior: Prior) -> pm.Model:
    """BG/NBD with PyMC-Marketing's distribution."""
    x, t_x, T = (summary[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    with pm.Model() as model:
        rate = pm.LogNormal("rate", 0.0, prior.mean_spread)  # r/α, purchases in a mean T
        r = pm.LogNormal("r", np.log(prior.shape[0]), prior.shape[1])
        alpha = pm.Deterministic("alpha", r / rate * T.mean())
        mean = pm.Uniform("mean", 0.0, 1.0)
        total = pm.LogNormal("total", np.log(prior.concentration[0]), prior.concentration[1])
        a = pm.Deterministic("a", mean * total)
        b = pm.Deterministic("b", (1 - mean) * total)
        BetaGeoNBD("data", a=a, b=b, r=r, alpha=alpha, T=T, observed=np.column_stack([t_x, x]))
    return model


def gamma_gamma(summary: Any, prior: Prior) -> pm.Model:
    """Gamma-Gamma with the likelihood of Fader & Hardie (2013), eq. 1a, as in PyMC-Marketing."""
    buyers = summary[summary["frequency"] > 0]
    x, m = (buyers[name].to_numpy(dtype=float) for name in ("frequency", "monetary_value"))
    with pm.Model() as model:
        p = pm.LogNormal("p", np.log(prior.spend_shape[0]), prior.spend_shape[1])
        q = pm.LogNormal("q", np.log(prior.spend_shape[0]), prior.spend_shape[1])
        level = pm.LogNormal("level", 0.0, prior.mean_spread)  # pγ/q, in geometric means of m
        gamma = pm.Deterministic("gamma", level * q / p * np.exp(np.log(m).mean()))
        terms = (
            pt.gammaln(p * x + q)
            - pt.gammaln(p * x)
            - pt.gammaln(q)
            + q * pt.log(gamma)
            + (p * x - 1) * pt.log(m)
            + p * x * pt.log(x)
            - (p * x + q) * pt.log(x * m + gamma)
        )
        pm.Potential("data", terms.sum())
    return model


def posterior(model: pm.Model, names: tuple[str, ...]) -> dict[str, Any]:
    """Means and quantiles by parameter, each with its Monte Carlo standard error."""
    begin = time.perf_counter()
    with model:
        trace = pm.sample(
            DRAWS, tune=TUNE, chains=CHAINS, random_seed=SEED, target_accept=0.9, progressbar=False
        )
    seconds = time.perf_counter() - begin
    print(f"{', '.join(names)}: {DRAWS * CHAINS} draws in {seconds:.1f} s")
    found: dict[str, Any] = {"draws": DRAWS * CHAINS}
    for name in names:
        values = trace.posterior[name]
        found[name] = {
            "mean": [float(values.mean()), float(az.mcse(values, method="mean").to_array().item())],
            **{
                f"q{100 * p:02.0f}": [
                    float(values.quantile(p)),
                    float(az.mcse(values, method="quantile", prob=p).to_array().item()),
                ]
                for p in QUANTILES
            },
            "ess_bulk": round(float(az.ess(values).to_array().item())),
            "r_hat": round(float(az.rhat(values).to_array().item()), 5),
        }
    return found


def main() -> None:
    summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    prior = Prior()
    found = {
        "source": {name: version(name) for name in ("pymc-marketing", "pymc", "arviz", "numpy")},
        "bg-nbd": posterior(bg_nbd(summary, prior), clv.BGNBD.parameters),
        "gamma-gamma": posterior(gamma_gamma(summary, prior), clv.GammaGamma.parameters),
    }
    Path(__file__).with_name("nuts.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
