"""The law of `examples/own_law.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_law.py"


@pytest.fixture
def nbd(own_registry, monkeypatch):
    """NBD as the how-to builds it, registered."""
    spec = importlib.util.spec_from_file_location("own_law", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_law", module)
    spec.loader.exec_module(module)
    return module.NBD
