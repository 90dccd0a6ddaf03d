"""A scorer as JSON: cut points, shares and options, without customers' data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rfm._scores.cut_points import CutPoints
from rfm.errors import ScoringError

__all__ = ["read", "refuse", "write"]

FORMAT = "rfm-scorer/1"
KEYS = {"bins", "rulers", "customers", "frequency", "monetary", "weights", "decimals"}


def write(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a scorer's fields as JSON."""
    text = json.dumps({"format": FORMAT, **content}, indent=2, allow_nan=False)
    Path(path).write_text(text, encoding="utf-8")


def read(path: str | Path) -> dict[str, Any]:
    """A scorer's fields from a file that `write` made; the scorer itself checks that they are consistent.

    Raises
    ------
    ScoringError
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return _checked(content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refuse(path, error) from error


def refuse(path: str | Path, error: Exception) -> ScoringError:
    """The error for a file that does not hold a scorer, with the reason."""
    return ScoringError(f"{path} is not a saved scorer ({error}). Hint: write one with scorer.save(path).")


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    if content.pop("format") != FORMAT or content.keys() != KEYS:
        raise ValueError("another format")
    rulers = tuple(CutPoints(**{**ruler, "cuts": tuple(ruler["cuts"])}) for ruler in content["rulers"])
    customers = tuple(tuple(map(int, row)) for row in content["customers"])
    weights = tuple((str(name), float(weight)) for name, weight in content["weights"])
    if type(content["decimals"]) is not int:
        raise ValueError("decimals must be a whole number")
    return {**content, "rulers": rulers, "customers": customers, "weights": weights}
