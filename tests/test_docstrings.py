"""Docstrings of public names, by numpydoc's rules: documented parameters exist, and existing ones are documented."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from numpydoc.validate import validate

import clv
import rfm

TRUE = {
    "GL08": "it has a docstring",
    "PR02": "every parameter that is documented is there",
    "PR03": "and stands where it does in the signature",
    "SS03": "a summary ends with a period",
}
WHOLE = TRUE | {
    "PR01": "every parameter is documented",
    "PR04": "with its type",
    "PR07": "and what it means",
    "RT01": "what is returned is documented",
    "EX01": "there is an example",
}
# Nouns are explained where they stand; an example of a property, or of an error that one only meets, says no more.
OF_NOUNS = {"EX01", "RT01", "PR01"}


def public(module: ModuleType) -> Iterator[tuple[str, bool]]:
    """Names of functions, classes and their methods, and whether it is a noun: a class or a property."""
    for name in module.__all__:
        member = getattr(module, name)
        if not callable(member):
            continue
        whole = f"{module.__name__}.{name}"
        yield whole, inspect.isclass(member)
        if inspect.isclass(member) and not issubclass(member, BaseException):
            for part, value in vars(member).items():
                if not part.startswith("_") and is_documented(value):
                    yield f"{whole}.{part}", not (inspect.isfunction(value) or isinstance(value, classmethod))


def is_documented(value: Any) -> bool:
    return (
        inspect.isfunction(value) or isinstance(value, (classmethod, property)) or hasattr(value, "attrname")
    )


def found(name: str, is_noun: bool, codes: dict[str, str]) -> list[str]:
    asked = codes.keys() - (OF_NOUNS if is_noun else set())
    return [f"{name}: {code} {text}" for code, text in validate(name)["errors"] if code in asked]


@pytest.mark.parametrize("module", [rfm, rfm.plot, rfm.datasets, clv.plot], ids=lambda m: m.__name__)
def test_docstrings_are_whole(module):
    assert [line for name, is_noun in public(module) for line in found(name, is_noun, WHOLE)] == []


def test_docstrings_of_clv_are_true():
    assert [line for name, is_noun in public(clv) for line in found(name, is_noun, TRUE)] == []


def test_what_is_missing_is_found():
    lines = found("rfm._words.translate", False, WHOLE)
    assert sorted(line.split()[1] for line in lines) == ["EX01", "PR01", "RT01"]
