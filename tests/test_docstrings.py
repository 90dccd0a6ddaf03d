"""Docstrings of public names, by numpydoc's rules: documented parameters exist, and existing ones are documented."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Literal

import pytest
from numpydoc.validate import validate

import clv
import rfm

WHOLE = {
    "GL08": "it has a docstring",
    "PR02": "every parameter that is documented is there",
    "PR03": "and stands where it does in the signature",
    "SS03": "a summary ends with a period",
    "GL07": "sections stand in numpydoc's order",
    "PR01": "every parameter is documented",
    "PR04": "with its type",
    "PR07": "and what it means",
    "RT01": "what is returned is documented",
    "EX01": "there is an example",
    "SA01": "and what one would look at next",
}

Kind = Literal["function", "class", "noun"]
# A property, an error or a warning needs no example and no link; the fields of a class may be Attributes.
EXEMPT: dict[Kind, set[str]] = {
    "function": set(),
    "class": {"PR01"},
    "noun": {"EX01", "RT01", "PR01", "SA01"},
}
METHODS = (classmethod, staticmethod)


def public(module: ModuleType) -> Iterator[tuple[str, Kind]]:
    """Names of functions, classes and their methods and properties, and what each is."""
    seen: set[int] = set()
    for name in module.__all__:
        member = getattr(module, name)
        if not callable(member):
            continue
        whole = f"{module.__name__}.{name}"
        if not inspect.isclass(member):
            yield whole, "function"
        elif issubclass(member, BaseException):
            yield whole, "noun"
        else:
            yield whole, "class"
            for part, value in parts(member):
                if id(value) not in seen:  # what several classes inherit is read once
                    seen.add(id(value))
                    is_function = inspect.isfunction(value) or isinstance(value, METHODS)
                    yield f"{whole}.{part}", "function" if is_function else "noun"


def parts(cls: type) -> Iterator[tuple[str, Any]]:
    """Methods and properties of a class, those of its bases in these packages too."""
    seen = set()
    for base in cls.__mro__:
        if base.__module__.split(".")[0] not in ("rfm", "clv"):
            continue
        for part, value in vars(base).items():
            if not part.startswith("_") and part not in seen and is_documented(value):
                seen.add(part)
                yield part, value


def is_documented(value: Any) -> bool:
    return inspect.isfunction(value) or isinstance(value, (*METHODS, property)) or hasattr(value, "attrname")


def found(name: str, kind: Kind, codes: dict[str, str]) -> list[str]:
    asked = codes.keys() - EXEMPT[kind]
    return [f"{name}: {code} {text}" for code, text in validate(name)["errors"] if code in asked]


@pytest.mark.parametrize(
    "module",
    [rfm, rfm.plot, rfm.datasets, rfm.campaigns, rfm.privacy, rfm.sql, clv, clv.plot],
    ids=lambda m: m.__name__,
)
def test_docstrings_are_whole(module):
    assert [line for name, kind in public(module) for line in found(name, kind, WHOLE)] == []


def test_what_is_missing_is_found():
    lines = found("rfm._words.translate", "function", WHOLE)
    assert sorted(line.split()[1] for line in lines) == ["EX01", "PR01", "RT01", "SA01"]
