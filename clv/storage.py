"""A fitted model as a JSON file: parameters, covariance, units and provenance; no customer data.

Reading builds nothing but the laws on the allow-list and runs nothing: every field is checked by type before use.
"""

from __future__ import annotations

import json
import math
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from clv.errors import FitError
from clv.fits.fitting import Fit
from clv.laws import LAWS

__all__ = ["SCHEMA", "fit_from_dict", "fit_to_dict", "read_model", "write_model"]

SCHEMA = 1


def write_model(path: str | Path, model: dict[str, Any]) -> None:
    """Write the fields of a model, with the schema's and the library's version, as JSON.

    Parameters
    ----------
    path : str or Path
        The file to write.
    model : dict
        `purchases`, `spend` (see `fit_to_dict`), `unit`, `end`, `fingerprint`.
    """
    document = {"format": "rfm-clv model", "schema": SCHEMA, "version": version("rfm-clv"), **model}
    Path(path).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_model(path: str | Path) -> dict[str, Any]:
    """Read a model file's fields, checked.

    Parameters
    ----------
    path : str or Path
        A file that `write_model` wrote.

    Returns
    -------
    dict
        `purchases` and `spend` as `Fit`, `unit`, `end` as a date, `fingerprint`.

    Raises
    ------
    FitError
        If the file is no model file, is of a later schema, is cut short or names an unknown law.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FitError(
            f"{path} is not a model file: {error}. Hint: write it with model.save(path)."
        ) from None
    if not isinstance(document, dict) or document.get("format") != "rfm-clv model":
        raise FitError(f"{path} is not a model file of rfm-clv. Hint: write it with model.save(path).")
    if document.get("schema") != SCHEMA:
        raise FitError(
            f"{path} has schema {document.get('schema')!r}, and this version reads schema {SCHEMA}. "
            "Hint: load it with the version of rfm-clv that wrote it, or fit again."
        )
    try:
        return {
            "purchases": fit_from_dict(document["purchases"]),
            "spend": fit_from_dict(document["spend"]),
            "unit": _text(document["unit"]),
            "end": None if document["end"] is None else date.fromisoformat(_text(document["end"])),
            "fingerprint": _text(document["fingerprint"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise FitError(f"{path} is damaged: {error}. Hint: save the model again.") from None


def fit_to_dict(fit: Fit) -> dict[str, Any]:
    """A fit as plain JSON values: its law's name and parameters, its covariance, and how well it went."""
    return {
        "law": fit.law.name,
        "parameters": fit.parameters,
        "covariance": _matrix_out(fit.covariance),
        "log_covariance": _matrix_out(fit.log_covariance),
        "log_likelihood": fit.log_likelihood,
        "n": fit.n,
        "converged": fit.converged,
        "at_boundary": fit.at_boundary,
        "warnings": list(fit.warnings),
        "unit": fit.unit,
    }


def fit_from_dict(document: dict[str, Any]) -> Fit:
    """The fit back from its JSON values.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a field is missing, is of another type, or names a law that is not on the allow-list.
    """
    name = _text(document["law"])
    if name not in LAWS:
        raise ValueError(f"unknown law {name!r}; known are {', '.join(LAWS)}")
    law_class = LAWS[name]
    names = list(law_class.parameters)
    given = document["parameters"]
    if not isinstance(given, dict) or set(given) != set(names):
        raise ValueError(f"the parameters of {name} are {', '.join(names)}")
    law = law_class(**{key: _number(given[key]) for key in names})
    return Fit(
        law=law,
        covariance=_matrix_in(document["covariance"], len(names)),
        log_covariance=_matrix_in(document["log_covariance"], len(names)),
        log_likelihood=_number(document["log_likelihood"]),
        n=int(_number(document["n"])),
        converged=bool(document["converged"]),
        at_boundary=bool(document["at_boundary"]),
        warnings=tuple(_text(line) for line in document["warnings"]),
        unit=None if document["unit"] is None else _text(document["unit"]),
    )


def _matrix_out(matrix: Any) -> list[list[float | None]]:
    """JSON knows no NaN: what is not known is null."""
    return [[float(v) if math.isfinite(v) else None for v in row] for row in np.asarray(matrix, dtype=float)]


def _matrix_in(rows: Any, k: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if (
        not isinstance(rows, list)
        or len(rows) != k
        or any(not isinstance(r, list) or len(r) != k for r in rows)
    ):
        raise ValueError(f"a covariance of {k} parameters has {k} rows of {k} numbers")
    return np.array([[math.nan if v is None else _number(v) for v in row] for row in rows])


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"a finite number is expected, got {value!r}")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is expected, got {value!r}")
    return value
