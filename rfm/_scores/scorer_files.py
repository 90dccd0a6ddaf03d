"""A scorer as JSON: cut points, shares and options, without customers' data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rfm._loaded_files import read_json
from rfm._options import LARGEST, check_flag, check_text, number, received, whole
from rfm._saved_files import write_text
from rfm._scores.cut_points import CutPoints
from rfm._scores.groups import GroupCuts
from rfm.errors import ScoringError, fact_of

__all__ = ["read", "refuse", "write"]

WRITE = "write one with scorer.save(path)"
FORMAT = "rfm-scorer/2"
KEYS = {"bins", "rulers", "customers", "frequency", "monetary", "weights", "decimals", "within", "groups"}
LATER = {"windowed"}  # not in the oldest files
RULER = {"name", "column", "best", "bins", "cuts"}
MOST_METRICS = 100


def write(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a scorer's fields as JSON."""
    text = json.dumps({"format": FORMAT, **content}, indent=2, allow_nan=False)
    write_text(path, text, 'path="scorer.json"', ScoringError)


def read(path: str | Path) -> dict[str, Any]:
    """A scorer's fields from a file that `write` made; the scorer itself checks that they are consistent.

    Raises
    ------
    ScoringError
    """
    content = read_json(path, "a saved scorer", WRITE, ScoringError)
    try:
        return _checked(content)
    except ValueError as error:
        raise refuse(path, error) from error


def refuse(path: str | Path, error: Exception) -> ScoringError:
    """The error for a file that does not hold a scorer, with the reason."""
    fact = fact_of(error)
    return ScoringError(f"{path} is not a saved scorer: {fact}. Hint: {WRITE}.")


def _checked(content: Any) -> dict[str, Any]:
    """The fields, each of its own kind.

    Raises
    ------
    ValueError
    """
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise ValueError("another format")
    if not KEYS <= content.keys() <= KEYS | LATER:
        raise ValueError("another format")
    _check_bins(content["bins"])
    rulers = [_ruler(ruler) for ruler in _list("rulers", content["rulers"])]
    if len(rulers) > MOST_METRICS:
        raise ValueError(f"{len(rulers):,} metrics; a scorer has at most {MOST_METRICS}")
    customers = [
        tuple(whole("customers", count) for count in _list("customers", row))
        for row in _list("customers", content["customers"])
    ]
    check_flag("windowed", content.get("windowed", False))
    weights = [_weight(pair) for pair in _list("weights", content["weights"])]
    if len(dict(weights)) < len(weights):
        raise ValueError("a weight is there twice")
    for name in _list("within", content["within"]):
        check_text("within", name)
    checked = {
        "rulers": rulers,
        "customers": customers,
        "weights": weights,
        "within": content["within"],
        "groups": [_group(group) for group in _list("groups", content["groups"])],
    }
    return content | {name: tuple(values) for name, values in checked.items()}


def _check_bins(bins: Any) -> None:
    for name, count in (bins if isinstance(bins, dict) else {"bins": bins}).items():
        check_text("bins", name)
        whole("bins", count)


def _ruler(ruler: Any) -> CutPoints:
    if not isinstance(ruler, dict) or ruler.keys() != RULER:
        raise ValueError(f"the cut points of a metric have {', '.join(sorted(RULER))}")
    for name in ("name", "column"):
        check_text(name, ruler[name])
    whole("bins", ruler["bins"])
    return CutPoints(**{**ruler, "cuts": _cuts(ruler["cuts"])})


def _cuts(found: Any) -> tuple[float, ...]:
    cuts = _list("cuts", found)
    for cut in cuts:
        if isinstance(cut, int):
            whole("cuts", cut, least=-LARGEST)
        number("cuts", cut)
    return tuple(cuts)


def _group(group: Any) -> GroupCuts:
    if not isinstance(group, dict) or group.keys() != {"group", "cuts"}:
        raise ValueError("groups have their values and cut points")
    for value in _list("group", group["group"]):
        if not isinstance(value, str):
            whole("group", value, least=-LARGEST)
    return GroupCuts(tuple(group["group"]), tuple(map(_cuts, _list("cuts", group["cuts"]))))


def _weight(pair: Any) -> tuple[str, float]:
    if len(_list("weights", pair)) != 2:
        raise ValueError("weights are pairs of a metric and a number")
    name, weight = pair
    check_text("weights", name)
    return name, number("weights", weight, least=0)


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list; got {received(value)}")
    return value
