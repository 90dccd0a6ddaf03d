"""The universal hold-out's own options."""

from __future__ import annotations

import pytest

from rfm import DataError
from rfm.campaigns import Holdout


@pytest.mark.parametrize(
    ("options", "message"),
    [({"name": ""}, "name must be text"), ({"name": "a", "share": 5}, "share must lie between 0 and 1; got 5"),
     ({"name": "a", "seed": 0.5}, "seed must be a whole number")],
)  # fmt: skip
def test_what_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        Holdout(**options)
