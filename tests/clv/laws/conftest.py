"""The law of `examples/own_law.py`, and a registry that is restored after each test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from clv._laws import registry

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_law.py"


@pytest.fixture
def own_registry(monkeypatch):
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.setattr(registry, "_seen", set(registry._seen))
    return registry


@pytest.fixture
def nbd(own_registry, monkeypatch):
    """NBD as the how-to builds it, registered."""
    spec = importlib.util.spec_from_file_location("own_law", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_law", module)
    spec.loader.exec_module(module)
    return module.NBD
