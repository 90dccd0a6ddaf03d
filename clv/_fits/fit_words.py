"""Texts of fits' warnings, under keys."""

from __future__ import annotations

from typing import Final

from rfm._words import declare

__all__ = ["BOUNDARY", "POSTERIOR", "SPEND"]

BOUNDARY: Final = declare(
    "fits.boundary",
    {
        "runs off": "{law}: the estimates diverge{moves}{reading}{unknown}. Predictions are those of the limit; "
        "standard errors of these estimates are meaningless.{hint}",
        "prior": " Hint: prior=clv.Prior(), weak priors, keeps the chance of leaving away from 0 and 1.",
        "moves": ", {moves}",
        "move": "{parameter} to {end}",
        "infinity": "infinity",
        "−infinity": "−infinity",
        "reading": "; the data read as if {reading}",
        "unknown": "; {parameters} cannot be estimated from the data",
        "search stopped": "{law}: the search stopped after {steps} steps when another would still gain {gain} in "
        "log-likelihood; treat the estimates as approximate.",
        "by now": "{reading} ({share} of {who} are taken to have left by now)",
        "nobody buys": "hardly anybody buys again",
        "nobody leaves": "nobody leaves",
        "few leave": "hardly anybody leaves",
        "leave slowly": "customers leave at a low rate",
        "everybody leaves": "everybody leaves as soon as possible",
    },
)
SPEND: Final = declare(
    "fits.spend",
    {
        "q below 1": "gamma-gamma: q = {q} is not above 1, so that the population has no finite mean spend; a model "
        "expects one-time buyers to spend {shrunken}, and expected_spend of the law itself is a mean shrunken towards "
        "p·gamma/q = {towards}.",
        "q near 1": "gamma-gamma: q = {q} is within two standard errors ({error}) of 1, where the population's mean "
        "spend is infinite, so p·gamma/(q − 1) = {mean} is very uncertain; a model expects one-time buyers to spend "
        "{shrunken}.",
        "shrunken": "{mean}, shrunken towards the mean repeat order of {mean_order}",
        "one price": "{law}: all {buyers} repeat buyers spend the same, so that every order is valued at {worth}. "
        "{sure}",
        "below 0": "{law}: {who} a repeat order of positive value, and the mean of {orders} is below 0, which no spend "
        "law allows, so that every order is valued at 0. {sure}",
        "mean order": "{law}: {who} a repeat order of positive value, from which the spend law is estimated, so "
        "every order is valued at the mean of {orders}, {worth}. {sure}",
        "credibility instead": "{law}: Gamma-Gamma, which reads the customers' means alone, comes out with all "
        "customers alike, but an analysis of variance of the repeat orders of {customers} customers says that they "
        "differ (F = {f}). A customer is therefore expected to spend their own mean and that of all "
        "customers, {mean}, weighted by credibility: {k} orders of their own weigh as much as what all others spend.",
        "nobody": "no customer has",
        "one customer": "only one customer has",
        "the repeat orders": "the repeat orders",
        "all orders": "all orders",
        "sure": "Intervals do not include uncertainty of spend.",
    },
)
POSTERIOR: Final = declare(
    "fits.posterior",
    {
        "doubt": "{law}: the parameter draws miss part of the uncertainty (Pareto k = {k}, above "
        "{trusted}). Intervals may be too narrow; more customers or more history help.",
        "normal": "This model has neither its customers nor draws of its parameters, so its intervals come from "
        "a normal approximation around the estimates. Fit again, and save with this version, for those of the "
        "posterior.",
    },
)
