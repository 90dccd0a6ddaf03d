"""A fitted model as a JSON file: parameters, covariance, draws, units and provenance; no customer data.

Reading creates only registered laws, by name, and executes nothing from the file: every field is checked
before use, and what `write_model` cannot have written is refused.
"""

from __future__ import annotations

import json
import math
import reprlib
from dataclasses import asdict, fields, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from clv._choice.choice import Choice, choice_from_dict
from clv._fits.covariates import CovariateFit
from clv._fits.data import has_timing
from clv._fits.design import Design, Factor
from clv._fits.fit_law import Fit
from clv._fits.posterior import Posterior, law_behind
from clv._fits.search import FLAT
from clv._forgetting import Memory
from clv._laws.by_covariates import ByCovariates, plain
from clv._laws.erlang_law import MOST_PHASES
from clv._laws.forgetting import can_forget
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import NAME, laws_of, registered
from clv._laws.seen_law import SeenLaw
from clv._laws.spend_law import SpendLaw
from clv._log_options import LogStart
from clv._numerics import Array
from clv._past_errors.customer_calibration import CustomerCalibration, calibration_from_dict
from clv._past_errors.past_errors import PastErrors, past_errors_from_dict
from clv._price_growth import OrderAges
from clv._refund_rate import RefundRate
from clv._season.cycle import SLOTS
from clv._season.season import Season
from clv._season.season_files import season_from_dict
from clv._spend_orders import ReadOrders
from clv._units import Unit
from clv.errors import FitError
from rfm._days import LAST
from rfm._loaded_files import read_json
from rfm._saved_files import write_text
from rfm.errors import fact_of

__all__ = [
    "MODEL_PATH",
    "SCHEMA",
    "fit_from_dict",
    "fit_to_dict",
    "log_start_to_dict",
    "memory_to_dict",
    "posterior_to_dict",
    "read_model",
    "write_model",
]

# Schema 1 had no draws; schema 2 no refunds, no means of orders, and always a spend law; schema 3 no season, no
# covariates, repeat orders only, and no log that begins mid-history; schema 4 no k that was chosen, no choice of a law,
# and forgot nothing; schema 5 no past errors and no calibration of customers' intervals.
SCHEMA = 6
MODEL_PATH = 'path="model.json"'
MOST = 2**53  # customers: up to here every count is exact in a double
MOST_BINS = 1_000  # of ages
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
        `posterior_to_dict`), `refunds` (see `refunds_to_dict`), `first_order`, `season` (see `season_to_dict`; None
        without one), `spend_orders`, `spend_note`, `order_ages`, `choice` (see `choice_to_dict`; None without one),
        `memory` (see `memory_to_dict`), `past_errors` (see `past_errors_to_dict`; None without them),
        `calibration` (see `calibration_to_dict`; None without one).
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
        `draws` as `Posterior` or None, `refunds` as `RefundRate`, `first_order` as a number or None, `season` as
        `Season` or None, `spend_orders`, `spend_note` as text or None, `order_ages` as `OrderAges` or None, `choice` as
        `Choice` or None, `memory` as `Memory`, `past_errors` as `PastErrors` or None,
        `calibration` as `CustomerCalibration` or None.

    Raises
    ------
    FitError
        If there is no such file, or it is not a model file, has a later schema, is truncated, names an unknown law or
        holds values that no fit can have.
    """
    document = read_json(path, "a model file", "write it with model.save(path)", FitError)
    if isinstance(document, dict) and document.get("format") == "rfm-clv retention model":
        raise FitError(f"{path} holds a retention model. Hint: clv.RetentionModel.load(path) reads it.")
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
    designs = [fit.design for fit in (purchases, spend) if isinstance(fit, CovariateFit)]
    if designs[1:] and designs[0] != designs[1]:
        raise ValueError("the two laws have different covariates")
    log_start = _field(document, "log_start") if schema > 3 else None
    drawn = None
    if draws is not None:
        drawn = _posterior(draws, law_behind(purchases), None if spend is None else law_behind(spend))
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
        "season": _season(_field(document, "season"), end) if schema > 3 else None,
        **(_spend_orders(document) if schema > 3 else {}),
        "log_start": start,
        "choice": _choice(document.get("choice")),
        "memory": _memory(_field(document, "memory"), purchases.law) if schema > 4 else Memory(),
        "past_errors": _past_errors(_field(document, "past_errors")) if schema > 5 else None,
        "calibration": _calibration(_field(document, "calibration")) if schema > 5 else None,
    }


def _past_errors(document: Any) -> PastErrors | None:
    """What the model knows of its past errors."""
    return None if document is None else past_errors_from_dict(document)


def _calibration(document: Any) -> CustomerCalibration | None:
    """How customers' intervals held."""
    return None if document is None else calibration_from_dict(document)


def _choice(document: Any) -> Choice | None:
    """How the law was chosen; absent from files of earlier versions."""
    return None if document is None else choice_from_dict(document)


def _spend_orders(document: dict[str, Any]) -> dict[str, Any]:
    """The orders that the spend law reads, and why."""
    read, note = _field(document, "spend_orders"), _field(document, "spend_note")
    if read not in get_args(ReadOrders):
        raise ValueError(f"{reprlib.repr(read)} is no choice of the orders that a spend law reads")
    return {
        "spend_orders": read,
        "spend_note": None if note is None else _text(note),
        "order_ages": _order_ages(_field(document, "order_ages")),
    }


def _order_ages(document: Any) -> OrderAges | None:
    if document is None:
        return None
    width = _number(_field(document, "width"))
    fitted, first = (
        tuple(_number(share) for share in _list(_field(document, name))) for name in ("fitted", "first")
    )
    if width <= 0:
        raise ValueError(f"the width of a bin of ages must be above 0, got {width!r}")
    for shares in (fitted, first):
        if not 1 <= len(shares) <= MOST_BINS or min(shares) < 0 or abs(sum(shares) - 1) > ROUNDING:
            raise ValueError("the shares of orders by age must be 0 or more, and add up to 1")
    return OrderAges(width, fitted, first)


def _season_parameters(value: Any) -> float:
    """How many parameters a season is worth."""
    number = _number(value)
    if not 0 <= number <= SLOTS:
        raise ValueError(f"a season is worth from 0 to {SLOTS} parameters, got {number!r}")
    return number


def _by_k(document: Any, law_class: Any) -> dict[int, float]:
    """Log-likelihoods by the k that were tried, of which the law has the best; empty where k was not chosen."""
    pairs = [_list(pair) for pair in _list(document)]
    if not pairs:
        return {}
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("the log-likelihoods of the k that were tried are pairs")
    found = {_count(k): _number(value) for k, value in pairs}
    if (
        not has_timing(law_class)
        or len(found) < len(pairs)
        or not set(found) <= set(range(1, MOST_PHASES + 1))
    ):
        raise ValueError(f"{law_class.name} cannot have chosen among k = {', '.join(map(str, found))}")
    if max(found, key=lambda k: found[k]) != law_class.k:
        raise ValueError(f"{law_class.name} does not have the k of the highest log-likelihood")
    return found


def _season(document: Any, end: Any) -> Season | None:
    """The season of a model, which knows its last day."""
    if document is None:
        return None
    if end is None:
        raise ValueError("a model with a season knows the last day of observation")
    return season_from_dict(document)


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
        "season_parameters": fit.season_parameters,
        "by_k": [[k, value] for k, value in fit.by_k.items()],
        "covariates": _covariates_to_dict(fit) if isinstance(fit, CovariateFit) else None,
    }


def _covariates_to_dict(fit: CovariateFit[Any]) -> dict[str, Any]:
    """Coefficients, the design they belong to, and the fit without them."""
    return {
        "columns": [{"name": each.name, "levels": list(each.levels)} for each in fit.design.factors],
        "purchase": list(fit.purchase),
        "dropout": list(fit.dropout),
        "spend": list(fit.spend),
        "effects": fit.effects,
        "centre": list(fit.centre),
        "mean_factor": fit.mean_factor,
        "plain": fit_to_dict(fit.plain),
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
    covariates = _field(document, "covariates") if schema > 3 else None
    effects = {} if covariates is None else _effects(_field(covariates, "effects"))
    log_covariance = _covariance(_field(document, "log_covariance"), len(given) + len(effects))
    unit, fixed = _field(document, "unit"), law_class.constant or law_class.from_orders  # no likelihood
    log_likelihood = _field(document, "log_likelihood")
    mean_order = _field(document, "mean_order") if schema > 2 else None
    season_parameters = _field(document, "season_parameters") if schema > 3 else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        natural = np.exp(law.log_parameters)
        covariance = log_covariance[: len(given), : len(given)] * np.outer(natural, natural)
    fit = Fit(
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
        season_parameters=_season_parameters(season_parameters),
        by_k=_by_k(_field(document, "by_k"), law_class) if schema > 4 else {},
    )
    return fit if covariates is None else _with_covariates(fit, covariates, effects, kind, schema)


def _with_covariates(
    fit: Fit[Any],
    document: Any,
    effects: dict[str, float],
    kind: type[PurchaseLaw] | type[SpendLaw],
    schema: int,
) -> CovariateFit[Any]:
    """The fit with its coefficients, whose names and number must be those of the columns on which the law depends."""
    design = _design(_list(_field(document, "columns")))
    roles: dict[str, Any] = {
        role: _texts(_field(document, role)) for role in ("purchase", "dropout", "spend")
    }
    foreign = ("spend",) if kind is PurchaseLaw else ("purchase", "dropout")
    terms = [term for role in roles.values() for term in role]
    if not terms or any(roles[role] for role in foreign) or not set(terms) <= set(design.terms):
        raise ValueError("the law depends on covariates that it cannot have, or on none")
    without = _field(document, "plain")
    if not isinstance(without, dict) or without.get("covariates") is not None:
        raise ValueError("the fit without covariates has covariates")
    centre = tuple(_number(value) for value in _list(_field(document, "centre")))
    factor = _number(_field(document, "mean_factor"))
    known: dict[str, Any] = {each.name: getattr(fit, each.name) for each in fields(fit)}
    found = CovariateFit(
        **known,
        **roles,
        effects=effects,
        plain=fit_from_dict(without, kind, schema),
        design=design,
        centre=centre,
        mean_factor=factor,
    )
    if type(found.plain.law) is not type(fit.law) or factor <= 0:
        raise ValueError("the fit without covariates is of another law, or a factor of spend is not above 0")
    acting = [effect.name for effect in found.acting]
    if acting != list(effects) or len(centre) != len(acting):
        raise ValueError(f"the coefficients of these covariates are {', '.join(acting)}")
    return found


def _design(columns: list[Any]) -> Design:
    """The columns of covariates with the levels of categories, which are different and in the order of their text."""
    factors = []
    for each in columns:
        levels = _texts(_field(each, "levels"))
        if list(levels) != sorted(set(levels)):
            raise ValueError("the levels of a category must be different and in order")
        factors.append(Factor(_text(_field(each, "name")), levels))
    design = Design(tuple(factors))
    for names in (design.columns, design.terms):
        if len(set(names)) != len(names):
            raise ValueError("a column of covariates occurs twice")
    return design


def _effects(document: Any) -> dict[str, float]:
    """Coefficients by name, each within what exp() of it can be."""
    if not isinstance(document, dict):
        raise TypeError(f"coefficients by name are expected, got {reprlib.repr(document)}")
    return {_text(name): _number(value) for name, value in document.items()}


def posterior_to_dict(draws: Posterior) -> dict[str, Any]:
    """Draws as plain JSON values: one row of parameters per draw for both laws; None without a spend law."""
    pairs = [(law.law if isinstance(law, SeenLaw) else law, spend) for law, spend in draws.pairs]
    purchases, spend = (
        None if laws[0] is None else [_numbers_of(law) for law in laws] for laws in zip(*pairs, strict=True)
    )
    return {"purchases": purchases, "spend": spend, "warnings": list(draws.warnings)}


def _numbers_of(law: Any) -> list[float]:
    """The parameters of a law, then its coefficients if it depends on covariates."""
    coefficients = list(law.coefficients) if isinstance(law, ByCovariates) else []
    return [float(getattr(plain(law), name)) for name in plain(law).parameters] + coefficients


def log_start_to_dict(start: LogStart | None, draws: Posterior | None) -> dict[str, Any] | None:
    """What is known of the time before a log, with growth and past of each draw, as plain JSON values."""
    if start is None:
        return None
    laws = [] if draws is None else [law for law, _ in draws.pairs if isinstance(law, SeenLaw)]
    return {**asdict(start), "draws": [[law.growth, law.past] for law in laws]}


def _log_start(document: Any, draws: Posterior | None) -> tuple[LogStart, Posterior | None]:
    """What is known of the time before a log, and the draws of laws as it shows their customers."""
    names = ("window", "entry", "growth", "past", "days")
    window, entry, growth, past, days = (_number(_field(document, name)) for name in names)
    if min(window, entry, past, days) < 0 or entry > window:
        raise ValueError(
            "a log's length, the time of entry and the shop's past are 0 or more, and the entry within"
        )
    if days > LAST:
        raise ValueError(f"a log has at most {LAST:,} days, got {days:g}")
    start = LogStart(window, entry, growth, past, _text(_field(document, "note")), days)
    rows = [[_number(value) for value in _list(row)] for row in _list(_field(document, "draws"))]
    if draws is None or not rows:
        return start, draws
    if len(rows) != len(draws.pairs) or any(len(row) != 2 or row[1] < 0 for row in rows):
        raise ValueError("each draw has its growth and its past")
    pairs: Any = zip(rows, draws.pairs, strict=True)
    seen = tuple((SeenLaw(law, growth, past, window), spend) for (growth, past), (law, spend) in pairs)
    return start, Posterior(seen, draws.warnings)


def memory_to_dict(memory: Memory) -> dict[str, Any]:
    """How much of a history counts, as plain JSON values."""
    return {"factor": memory.factor, "note": None if memory.note is None else str(memory.note)}


def _memory(document: Any, law: Any) -> Memory:
    """A model's forgetting; one saved by a version without it forgets nothing."""
    factor, note = _number(_field(document, "factor")), _field(document, "note")
    if not 0 < factor <= 1:
        raise ValueError(f"a forgetting factor must be above 0 and at most 1, got {factor!r}")
    if factor < 1 and not can_forget(type(law)):
        raise ValueError(f"{law.name} has no forgetting factor")
    return Memory(factor, None if note is None else _text(note))


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
    purchases = [_law_like(purchase_law, row) for row in rows]
    given = _field(document, "spend")
    if spend_law is None:
        if given is not None:
            raise ValueError("there are draws of a spend law, but no spend law")
        spend: list[Any] = [None] * len(rows)
    else:
        spend = [_law_like(spend_law, row) for row in _list(given)]
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


def _law_like(law: Any, values: Any) -> Any:
    """A draw of a law: its parameters, then its coefficients if it depends on covariates."""
    if not isinstance(law, ByCovariates):
        return _law(type(law), values)
    k = len(law.law.parameters)
    coefficients = tuple(map(_number, _list(values)[k:]))
    if len(coefficients) != len(law.coefficients):
        raise ValueError(f"{law.law.name} has {len(law.coefficients)} coefficients")
    return replace(law, law=_law(type(law.law), values[:k]), coefficients=coefficients)


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
