"""A fitted model as a JSON file: parameters, covariance, draws, units and provenance; no customer data.

Reading creates only registered laws, by name, and executes nothing from the file: every field is checked
before use, and what `write_model` cannot have written is refused.
"""

from __future__ import annotations

import json
import math
import reprlib
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from clv._fits.fit_law import Fit
from clv._fits.posterior import Posterior
from clv._fits.search import FLAT
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import NAME, laws_of, registered
from clv._laws.seen_law import SeenLaw
from clv._laws.spend_law import SpendLaw
from clv._log_options import LogStart
from clv._numerics import Array
from clv._refund_rate import RefundRate
from clv._units import Unit
from clv.errors import FitError
from rfm._loaded_files import read_json
from rfm._saved_files import write_text
from rfm.errors import fact_of

__all__ = [
    "MODEL_PATH",
    "SCHEMA",
    "fit_from_dict",
    "fit_to_dict",
    "log_start_to_dict",
    "posterior_to_dict",
    "read_model",
    "write_model",
]

# Schema 1 had no draws; 2 no refunds, no means of orders, and always a spend law; 3 no log that begins mid-history.
SCHEMA = 4
MODEL_PATH = 'path="model.json"'
MOST = 2**53  # customers: up to here every count is exact in a double
ROUNDING = 1e-9  # tolerated asymmetry of a covariance, relative to its largest entry


class UnknownLawError(Exception):
    """A file names a law that may exist elsewhere."""


def write_model(path: str | Path, model: dict[str, Any]) -> None:
    """Write the fields of a model, with the schema's and the library's version, as JSON.

    Parameters
    ----------
    path : str or Path
        The file to write.
    model : dict
        `purchases`, `spend` (see `fit_to_dict`; None without money), `unit`, `end`, `fingerprint`, `draws` (see
        `posterior_to_dict`), `refunds` (see `refunds_to_dict`), `first_order`.
    """
    document = {"format": "rfm-clv model", "schema": SCHEMA, "version": version("rfm-clv"), **model}
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n", MODEL_PATH, FitError)


def read_model(path: str | Path) -> dict[str, Any]:
    """Read a model file's fields, checked.

    Parameters
    ----------
    path : str or Path
        A file that `write_model` wrote.

    Returns
    -------
    dict
        `purchases` and `spend` as `Fit` (`spend` is None without money), `unit`, `end` as a date, `fingerprint`,
        `draws` as `Posterior` or None, `refunds` as `RefundRate`, `first_order` as a number or None.

    Raises
    ------
    FitError
        If there is no such file, or it is not a model file, has a later schema, is truncated, names an unknown law or
        holds values that no fit can have.
    """
    document = read_json(path, "a model file", "write it with model.save(path)", FitError)
    if not isinstance(document, dict) or document.get("format") != "rfm-clv model":
        raise FitError(f"{path} is not a model file of rfm-clv. Hint: write it with model.save(path).")
    schema = document.get("schema")
    if type(schema) is not int or not 1 <= schema <= SCHEMA:
        raise FitError(
            f"{path} has schema {reprlib.repr(schema)}, and this version reads schemas 1 to {SCHEMA}. "
            "Hint: load it with the version of rfm-clv that wrote it, or fit again."
        )
    try:
        return _model(document, schema)
    except UnknownLawError as error:
        raise FitError(f"{path} cannot be read: {error}") from None
    except (TypeError, ValueError) as error:
        fact = fact_of(error)
        raise FitError(f"{path} is damaged: {fact}. Hint: save the model again.") from None


def _model(document: dict[str, Any], schema: int) -> dict[str, Any]:
    unit = _unit(_field(document, "unit"))
    purchases = fit_from_dict(_field(document, "purchases"), PurchaseLaw, schema)
    given = _field(document, "spend")
    spend = None if given is None and schema > 2 else fit_from_dict(given, SpendLaw, schema)
    if {fit.unit for fit in (purchases, spend) if fit is not None} - {unit, None}:
        raise ValueError(f"the model's unit is {unit!r}, but its fits have others")
    end = _field(document, "end")
    draws = _field(document, "draws") if schema > 1 else None
    first_order = _field(document, "first_order") if schema > 2 else None
    log_start = _field(document, "log_start") if schema > 3 else None
    drawn = None
    if draws is not None:
        drawn = _posterior(draws, purchases.law, None if spend is None else spend.law)
    start, drawn = (None, drawn) if log_start is None else _log_start(log_start, drawn)
    return {
        "purchases": purchases,
        "spend": spend,
        "unit": unit,
        "end": None if end is None else date.fromisoformat(_text(end)),
        "fingerprint": _text(_field(document, "fingerprint")),
        "draws": drawn,
        "first_order": None if first_order is None else _number(first_order),
        "refunds": _refunds(_field(document, "refunds")) if schema > 2 else RefundRate(),
        "log_start": start,
    }


def fit_to_dict(fit: Fit) -> dict[str, Any]:
    """A fit as plain JSON values: its law's name and parameters, their logarithms' covariance, and diagnostics.

    Raises
    ------
    FitError
        If its law could not be read back because its name is not registered.
    """
    law_class = type(fit.law)
    if registered(fit.law.name) is not law_class:
        raise FitError(
            f"The law {fit.law.name!r} is not registered as {law_class.__name__}, so a file could not be read "
            f"back. Hint: clv.register_law({law_class.__name__}) before model.save."
        )
    return {
        "law": fit.law.name,
        "parameters": fit.parameters,
        "log_covariance": fit.log_covariance.tolist(),
        "log_likelihood": None if math.isnan(fit.log_likelihood) else fit.log_likelihood,
        "n": fit.n,
        "converged": fit.converged,
        "at_boundary": fit.at_boundary,
        "warnings": list(fit.warnings),
        "unit": fit.unit,
        "mean_order": fit.mean_order,
    }


def fit_from_dict(document: Any, kind: type[PurchaseLaw] | type[SpendLaw], schema: int = SCHEMA) -> Fit[Any]:
    """The fit back from its JSON values, as a schema has them; its law must be a registered one of this kind.

    Raises
    ------
    UnknownLawError
        If no such law is registered.
    TypeError, ValueError
        If a field is missing, has the wrong type, or is invalid.
    """
    law_class = _registered(_text(_field(document, "law")), kind)
    name = law_class.name
    given = _field(document, "parameters")
    if not isinstance(given, dict) or set(given) != set(law_class.parameters):
        raise ValueError(f"the parameters of {name} are {', '.join(law_class.parameters)}")
    law = _law(law_class, [given[key] for key in law_class.parameters])
    log_covariance = _covariance(_field(document, "log_covariance"), len(given))
    unit, fixed = _field(document, "unit"), law_class.constant  # nothing was estimated
    log_likelihood = _field(document, "log_likelihood")
    mean_order = _field(document, "mean_order") if schema > 2 else None
    with np.errstate(over="ignore", invalid="ignore"):
        natural = np.exp(law.log_parameters)
        covariance = log_covariance * np.outer(natural, natural)
    return Fit(
        law=law,
        covariance=covariance,
        log_covariance=log_covariance,
        log_likelihood=math.nan if fixed and log_likelihood is None else _number(log_likelihood),
        n=_count(_field(document, "n")),
        converged=_flag(_field(document, "converged")),
        at_boundary=_flag(_field(document, "at_boundary")),
        warnings=_texts(_field(document, "warnings")),
        unit=None if unit is None else _unit(unit),
        mean_order=None if mean_order is None else _amount(mean_order),
    )


def posterior_to_dict(draws: Posterior) -> dict[str, Any]:
    """Draws as plain JSON values: one row of parameters per draw for both laws; None without a spend law."""
    pairs = [(law.law if isinstance(law, SeenLaw) else law, spend) for law, spend in draws.pairs]
    purchases, spend = (
        None if laws[0] is None else [[float(getattr(law, name)) for name in law.parameters] for law in laws]
        for laws in zip(*pairs, strict=True)
    )
    return {"purchases": purchases, "spend": spend, "warnings": list(draws.warnings)}


def log_start_to_dict(start: LogStart | None, draws: Posterior | None) -> dict[str, Any] | None:
    """What is known of the time before a log, with growth and past of each draw, as plain JSON values."""
    if start is None:
        return None
    laws = [] if draws is None else [law for law, _ in draws.pairs if isinstance(law, SeenLaw)]
    return {**asdict(start), "draws": [[law.growth, law.past] for law in laws]}


def _log_start(document: Any, draws: Posterior | None) -> tuple[LogStart, Posterior | None]:
    """What is known of the time before a log, and the draws of laws as it shows their customers."""
    names = ("window", "entry", "growth", "past")
    window, entry, growth, past = (_number(_field(document, name)) for name in names)
    if min(window, entry, past) < 0 or entry > window:
        raise ValueError(
            "a log's length, the time of entry and the shop's past are 0 or more, and the entry within"
        )
    start = LogStart(window, entry, growth, past, _text(_field(document, "note")))
    rows = [[_number(value) for value in _list(row)] for row in _list(_field(document, "draws"))]
    if draws is None or not rows:
        return start, draws
    if len(rows) != len(draws.pairs) or any(len(row) != 2 or row[1] < 0 for row in rows):
        raise ValueError("each draw has its growth and its past")
    pairs = zip(rows, draws.pairs, strict=True)
    seen = tuple((SeenLaw(law, growth, past, window), spend) for (growth, past), (law, spend) in pairs)
    return start, Posterior(seen, draws.warnings)


def refunds_to_dict(refunds: RefundRate) -> dict[str, Any]:
    """A refund rate as plain JSON values; null stands for an infinite weight of the prior."""
    weight = refunds.prior_orders
    return {
        "rate": refunds.rate,
        "prior_orders": None if math.isinf(weight) else weight,
        "ages": list(refunds.ages),
        "come": list(refunds.come),
    }


def _refunds(document: Any) -> RefundRate:
    rate, weight = _number(_field(document, "rate")), _field(document, "prior_orders")
    ages, come = ([_number(value) for value in _list(_field(document, name))] for name in ("ages", "come"))
    if not 0 <= rate <= 1 or (weight is not None and not _number(weight) > 0):
        raise ValueError("a refund rate must be between 0 and 1, and the weight of its prior above 0")
    rising = all(np.diff([0.0, *ages]) > 0) and all(np.diff([0.0, *come]) >= 0)
    if len(ages) != len(come) or not rising or (come and come[-1] != 1):
        raise ValueError("the shares of refunds received must rise with age, up to 1")
    return RefundRate(rate, math.inf if weight is None else float(weight), tuple(ages), tuple(come))


def _posterior(document: Any, purchase_law: Any, spend_law: Any) -> Posterior:
    rows = _list(_field(document, "purchases"))
    purchases = [_law(type(purchase_law), row) for row in rows]
    given = _field(document, "spend")
    if spend_law is None:
        if given is not None:
            raise ValueError("there are draws of a spend law, but no spend law")
        spend: list[Any] = [None] * len(rows)
    else:
        spend = [_law(type(spend_law), row) for row in _list(given)]
    if not purchases or len(purchases) != len(spend):
        raise ValueError(f"{len(purchases)} draws of the purchase law and {len(spend)} of the spend law")
    return Posterior(tuple(zip(purchases, spend, strict=True)), _texts(_field(document, "warnings")))


def _registered(name: str, kind: type[PurchaseLaw] | type[SpendLaw]) -> Any:
    """The law of that name and kind; a file may give its name, but never the place of its code."""
    law_class = registered(name)
    if law_class is not None and issubclass(law_class, kind):
        return law_class
    known = ", ".join(laws_of(kind))
    if law_class is not None or not NAME.fullmatch(name):
        raise ValueError(f"unknown law {reprlib.repr(name)} instead of one of {known}")
    raise UnknownLawError(
        f"the law {name!r} is not registered here; known are {known}. "
        "Hint: import the package that provides it, or clv.register_law(its class), then load again."
    )


def _law(law_class: Any, values: Any) -> Any:
    names = law_class.parameters
    if len(_list(values)) != len(names):
        raise ValueError(f"{law_class.name} has the {len(names)} parameters {', '.join(names)}")
    return law_class(*map(_number, values))


def _covariance(rows: Any, k: int) -> Array:
    """A covariance (k, k) of log-parameters; all entries are finite, also the variance of a flat direction."""
    if not isinstance(rows, list) or len(rows) != k or any(len(_list(row)) != k for row in rows):
        raise ValueError(f"a covariance of {k} parameters has {k} rows of {k} numbers")
    matrix = np.array([[_number(value) for value in row] for row in rows])
    most = (1 + ROUNDING) / FLAT
    if np.abs(matrix).max() > most:
        raise ValueError(f"a covariance of log-parameters must be within ±{1 / FLAT:g}")
    slack = ROUNDING * np.abs(matrix).max()
    if np.abs(matrix - matrix.T).max() > slack or np.linalg.eigvalsh(matrix)[0] < -slack:
        raise ValueError("a covariance must be symmetric, with no variance below 0")
    return matrix


def _field(document: Any, name: str) -> Any:
    if not isinstance(document, dict) or name not in document:
        raise ValueError(f"the field {name!r} is missing")
    return document[name]


def _number(value: Any) -> float:
    try:
        known = not isinstance(value, bool) and isinstance(value, (int, float)) and math.isfinite(value)
    except OverflowError:  # an integer beyond the range of doubles
        known = False
    if not known:
        raise TypeError(f"a finite number is expected, got {reprlib.repr(value)}")
    return float(value)


def _amount(value: Any) -> float:
    """A mean order: finite and above 0, as Gamma-Gamma is fitted to such orders only."""
    amount = _number(value)
    if amount <= 0:
        raise ValueError(f"a mean order must be above 0, got {amount!r}")
    return amount


def _count(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MOST:
        raise TypeError(f"n must be a whole number of customers, got {reprlib.repr(value)}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true or false is expected, got {reprlib.repr(value)}")
    return value


def _unit(value: Any) -> Unit:
    if value not in get_args(Unit):
        raise ValueError(f"{reprlib.repr(value)} is not a unit of time")
    return cast(Unit, value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list is expected, got {reprlib.repr(value)}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is expected, got {reprlib.repr(value)}")
    return value
