"""The option `interval_from=`."""

from __future__ import annotations

import pytest

import rfm
from clv._past_errors.interval_from import as_interval_from


@pytest.mark.parametrize("wrong", ["laws", 1, "", ["law"], float("nan")])
def test_other_sources_are_refused(wrong):
    with pytest.raises(rfm.DataError, match='Hint: interval_from="law" for the law\'s own'):
        as_interval_from(wrong)
