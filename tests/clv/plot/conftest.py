"""Every picture's test also proves that the picture left nothing behind."""

import matplotlib as mpl
import pytest


def settings():
    """Every rcParam but the backend, whose reading alone would load pyplot."""
    return {key: mpl.rcParams[key] for key in mpl.rcParams if key != "backend"}


@pytest.fixture(autouse=True)
def nothing_global_changes():
    before = settings()
    yield
    assert settings() == before
