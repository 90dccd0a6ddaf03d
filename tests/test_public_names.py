"""Public names: a few modules and their exports; everything else is marked as private."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import clv
import rfm

PUBLIC = {
    "rfm", "rfm.plot", "rfm.datasets", "rfm.errors", "rfm.campaigns", "rfm.privacy", "rfm.sql",
    "clv", "clv.plot", "clv.errors"
}  # fmt: skip
MODULES = {
    name
    for package in (rfm, clv)
    for _, name, _ in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not name.endswith("__main__")
} | {"rfm", "clv"}


def test_a_module_is_public_or_begins_with_an_underscore():
    private = {name for name in MODULES if any(part.startswith("_") for part in name.split("."))}
    assert MODULES - private == PUBLIC


@pytest.mark.parametrize("module", sorted(PUBLIC))
def test_what_a_public_module_shows_is_what_it_exports(module):
    room = importlib.import_module(module)
    assert sorted(set(room.__all__)) == sorted(room.__all__)
    for name in room.__all__:
        assert not name.startswith("_")
        assert getattr(room, name) is not None
