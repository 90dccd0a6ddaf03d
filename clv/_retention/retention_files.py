"""Models of retention as JSON."""

from __future__ import annotations

import json
import math
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from clv._fits.design import Design, Factor
from clv._numerics import Array
from clv._retention.renewal_period import RenewalPeriod
from clv._retention.renewals import MOST_PERIODS, Renewals
from clv._retention.retention_fit import LAWS, RetentionFit
from clv.errors import FitError
from rfm._loaded_files import read_json
from rfm._saved_files import write_text
from rfm.errors import fact_of

__all__ = ["FORMAT", "read_retention", "write_retention"]

FORMAT: Final = "rfm-clv retention model"
SCHEMA: Final = 1
PATH: Final = 'path="retention.json"'
MOST: Final = 2**53


def write_retention(path: str | Path, content: dict[str, Any], fits: tuple[RetentionFit, ...]) -> None:
    """Write a model's fits, and what else it knows."""
    document = {
        "format": FORMAT,
        "schema": SCHEMA,
        "version": version("rfm-clv"),
        **content,
        "fits": [_fit_to_dict(fit) for fit in fits],
    }
    write_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n", PATH, FitError)


def _fit_to_dict(fit: RetentionFit) -> dict[str, Any]:
    counts = fit.counts
    dated = counts.cohort.dtype.kind == "M"
    return {
        "group": fit.group,
        "law": fit.law_class.name,
        "theta": fit.theta.tolist(),
        "covariance": fit.covariance.tolist(),
        "log_likelihood": fit.log_likelihood,
        "draws": fit.draws.tolist(),
        "warnings": [str(text) for text in fit.warnings],
        "factors": [{"name": each.name, "levels": list(each.levels)} for each in counts.design.factors],
        "dated": dated,
        "counts": {
            "period": counts.t.tolist(),
            "cohort": [str(each) for each in counts.cohort.tolist()],
            "at_risk": counts.at_risk.tolist(),
            "lost": counts.lost.tolist(),
            "coded": counts.coded.tolist(),
        },
    }


def read_retention(path: str | Path) -> dict[str, Any]:
    """The fields of a saved model, checked.

    Raises
    ------
    FitError
        If there is no such file, or it is no model of retention, has a later schema, or is damaged.
    """
    hint = "write it with model.save(path), of a model that clv.fit_retention made"
    document = read_json(path, "a file of a retention model", hint, FitError)
    found = document.get("format") if isinstance(document, dict) else None
    if found == "rfm-clv model":
        raise FitError(f"{path} holds a model of purchases, not of retention. Hint: clv.load(path) reads it.")
    if found != FORMAT:
        raise FitError(f"{path} is not a retention model of rfm-clv. Hint: {hint}.")
    if document.get("schema") != SCHEMA:
        raise FitError(
            f"{path} has schema {document.get('schema')!r:.20}, and this version reads schema {SCHEMA}. "
            "Hint: load it with the version of rfm-clv that wrote it, or fit again."
        )
    try:
        return _content(document)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise FitError(f"{path} is damaged: {fact_of(error)}. Hint: save the model again.") from None


def _content(document: dict[str, Any]) -> dict[str, Any]:
    by, counted = document["by"], document["counted"]
    if not isinstance(counted, dict):
        raise ValueError("the numbers of its contracts must have names")
    as_of, since = (
        None if document[n] is None else date.fromisoformat(document[n]) for n in ("as_of", "since")
    )
    fits = tuple(_fit_from_dict(each) for each in _list(document["fits"]))
    if not fits or len({fit.group for fit in fits}) < len(fits):
        raise ValueError("it needs one fit for each group")
    return {
        "fits": fits,
        "period": RenewalPeriod.of(document["period"]),
        "by": None if by is None else _text(by),
        "as_of": as_of,
        "since": since,
        "counted": {_text(name): _number(n) for name, n in counted.items()},
        "notes": tuple(_text(note) for note in _list(document["notes"])),
    }


def _fit_from_dict(held: dict[str, Any]) -> RetentionFit:
    law_class = LAWS[_text(held["law"])]
    factors = tuple(
        Factor(_text(each["name"]), tuple(map(_text, _list(each["levels"]))))
        for each in _list(held["factors"])
    )
    design = Design(factors)
    counts, group = held["counts"], _text(held["group"])
    t, at_risk, lost = (_array(counts[name], 1) for name in ("period", "at_risk", "lost"))
    if (
        not len(t)
        or (t < 1).any()
        or (t > MOST_PERIODS).any()
        or (t % 1 != 0).any()
        or (lost < 0).any()
        or (lost > at_risk).any()
    ):
        raise ValueError("its counts cannot be")
    if (at_risk > MOST).any() or not (len(t) == len(at_risk) == len(lost)):
        raise ValueError("its counts cannot be")
    width = len(design.terms)
    coded = np.zeros((len(t), 0)) if width == 0 else _array(counts["coded"], 2)
    cohort = np.array([_text(each) for each in _list(counts["cohort"])], dtype=object)
    if coded.shape != (len(t), width) or len(cohort) != len(t):
        raise ValueError("its counts differ in length")
    renewals = Renewals(
        (group,), np.zeros(len(t), dtype=np.int64), t.astype(np.int64),
        cohort.astype("datetime64[D]") if held["dated"] is True else cohort, at_risk, lost, design, coded,
    )  # fmt: skip
    k = len(law_class.parameters) + 2 * width
    theta, covariance, draws = (
        _array(held["theta"], 1),
        _array(held["covariance"], 2),
        _array(held["draws"], 2),
    )
    if theta.shape != (k,) or covariance.shape != (k, k) or draws.shape[0] != k or draws.shape[1] < 2:
        raise ValueError("its estimates differ in length")
    if np.abs(theta).max() > 700 or np.abs(draws).max() > 700:
        raise ValueError("its estimates cannot be")
    warnings = tuple(_text(each) for each in _list(held["warnings"]))
    return RetentionFit(
        group, law_class, theta, covariance, _number(held["log_likelihood"]), renewals, warnings, draws
    )


def _array(value: Any, dimensions: int) -> Array:
    array = np.array(_list(value), dtype=float)
    if array.ndim != dimensions or not np.isfinite(array).all():
        raise ValueError(f"a table of {dimensions} dimensions must hold finite numbers")
    return array


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r:.40} is no list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} is no text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no finite number")
    return float(value)
