"""Schemes as plain data and as TOML text; a few are built in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from rfm._loaded_files import parse_toml, read_toml
from rfm._options import file_path, received
from rfm.errors import SchemeError

__all__ = ["BUILT_IN", "SCHEME_KEYS", "SEGMENT_KEYS", "checked", "read", "to_toml"]

SHOPS = ("shopify", "klaviyo", "optimove", "putler")  # as the tools of these names define them
BUILT_IN = (
    "classic",
    "classic-ahead",
    "codes",
    "grid",
    "value",
    "membership",
    "lifecycle",
    "quartiles",
    *SHOPS,
)
METRICS = ("R", "F", "M")  # which need no quotes
KINDS = {
    (int, dict): "a whole number, or a table of them by metric",
    str: "text",
    dict: "a table of texts by language",
}
SCHEME_KEYS = {"name": str, "bins": (int, dict), "default": str, "source": str, "prospects": str}
SEGMENT_KEYS = {
    "name": str,
    "rule": str,
    "action": str,
    "labels": dict,
    "actions": dict,
    "rule_in_window": str,
}


def read(name: str | Path) -> dict[str, Any]:
    """The content of a built-in scheme or of a TOML file."""
    if isinstance(name, str) and name in BUILT_IN:
        text = (resources.files("rfm._schemes") / "built_in" / f"{name}.toml").read_text(encoding="utf-8")
        return parse_toml(text, name, "install rfm-clv again", SchemeError)
    hint = f"a built-in scheme ({', '.join(BUILT_IN)}), or the path of a TOML file"
    path = file_path(name, hint, SchemeError, "scheme")
    if not path.exists():
        raise SchemeError(
            f"No scheme {received(str(name))}. Built in: {', '.join(BUILT_IN)}. Hint: or a TOML file's path."
        )
    return read_toml(path, "a TOML file", hint, SchemeError)


def checked(content: Any) -> dict[str, Any]:
    """A scheme's arguments from plain data, with the segments' rows; unknown keys are refused."""
    if not isinstance(content, Mapping):
        raise SchemeError(
            f"A scheme must be a mapping of its name, bins and segments; got {received(content)}. "
            "Hint: scheme.to_dict() shows one, Scheme.load(path) reads a TOML file."
        )
    scheme = {"name": "unnamed", **content}
    rows = scheme.pop("segment", ())
    _check_keys("A scheme", scheme, SCHEME_KEYS)
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise SchemeError(
            "A scheme's segments are a list of tables. Hint: [[segment]] in TOML, one for each."
        )
    for row in rows:
        _check_keys(f"Segment {received(row.get('name', '?'))}", row, SEGMENT_KEYS)
        if "name" not in row:
            raise SchemeError(f"A segment has no name: {received(dict(row))}.")
        for texts in ("labels", "actions"):
            if not all(isinstance(text, str) for text in row.get(texts, {}).values()):
                fact = f"Segment {received(row['name'])}: {texts} are texts by language"
                raise SchemeError(f"{fact}; got {received(row[texts])}.")
    return {**scheme, "segments": rows}


def _check_keys(what: str, found: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for key, value in found.items():
        if key not in known:
            raise SchemeError(f"{what} has no {received(key)}. It may have: {', '.join(known)}.")
        if not isinstance(value, known[key]) or isinstance(value, bool):
            raise SchemeError(f"{what}: {key} must be {KINDS[known[key]]}; got {received(value)}.")


def to_toml(content: Mapping[str, Any]) -> str:
    """A scheme's plain data as TOML text."""
    blocks = [_table(content)]
    blocks += [f"[[segment]]\n{_table(row)}" for row in content["segment"]]
    return "\n".join(blocks)


def _table(row: Mapping[str, Any]) -> str:
    lines = []
    for key, value in row.items():
        if key == "segment":
            continue
        if isinstance(value, Mapping):
            inner = ", ".join(f"{_key(name)} = {_value(held)}" for name, held in value.items())
            lines.append(f"{key} = {{ {inner} }}\n")
        else:
            lines.append(f"{key} = {_value(value)}\n")
    return "".join(lines)


def _key(name: str) -> str:
    return name if name in METRICS else _text(name)


def _value(value: int | str) -> str:
    return str(value) if isinstance(value, int) else _text(value)


def _text(value: str) -> str:
    """A TOML basic string: JSON's, with the one control character escaped that JSON does not escape."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
