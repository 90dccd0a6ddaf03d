"""A scorer as JSON: cut points, shares and options, and nothing of any customer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rfm.errors import ScoringError
from rfm.scores.cuts import Ruler
from rfm.scores.measures import METRICS
from rfm.scores.score_options import check_options

__all__ = ["read", "write"]

FORMAT = "rfm-scorer/1"
KEYS = {"bins", "rulers", "customers", "frequency", "monetary", "weights", "decimals"}


def write(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a scorer's fields as JSON."""
    text = json.dumps({"format": FORMAT, **content}, indent=2, allow_nan=False)
    Path(path).write_text(text, encoding="utf-8")


def read(path: str | Path) -> dict[str, Any]:
    """A scorer's fields from a file that `write` made; refuses whatever could not have been written.

    Raises
    ------
    ScoringError
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return _checked(content)
    except ScoringError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ScoringError(
            f"{path} is not a saved scorer ({error}). Hint: write one with scorer.save(path)."
        ) from error


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    if content.pop("format") != FORMAT or content.keys() != KEYS:
        raise ValueError("another format")
    rulers = tuple(Ruler(**{**ruler, "cuts": tuple(ruler["cuts"])}) for ruler in content["rulers"])
    customers = tuple(tuple(map(int, row)) for row in content["customers"])
    weights = tuple((str(name), float(weight)) for name, weight in content["weights"])
    metrics = {ruler.name: (ruler.column, ruler.best) for ruler in rulers}
    bins, decimals = content["bins"], content["decimals"]
    check_options(bins, metrics, content["frequency"], content["monetary"], dict(weights))
    if list(metrics.items())[:3] != list(METRICS.items()) or len(metrics) != len(rulers):
        raise ValueError("the first three metrics must be R, F and M")
    if any(ruler.bins != bins or len(ruler.cuts) not in (0, bins - 1) for ruler in rulers):
        raise ValueError("the cut points do not fit the bins")
    if not all(math.isfinite(cut) for ruler in rulers for cut in ruler.cuts):
        raise ValueError("a cut point is no number")
    if [len(row) for row in customers] != [bins] * len(rulers) or type(decimals) is not int:
        raise ValueError("the shares do not fit the bins")
    return {**content, "rulers": rulers, "customers": customers, "weights": weights}
