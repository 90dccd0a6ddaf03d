"""Which periods are described and compared."""

from __future__ import annotations

import pytest

import rfm


def test_the_last_two_complete_periods_are_compared_and_partial_ones_are_named():
    log = rfm.datasets.cdnow_sample()
    months = rfm.base_report(log, "1M")
    assert (months.before, months.period) == ("1998-05-01 to 1998-05-31", "1998-06-01 to 1998-06-30")
    assert months.notes == ()
    years = rfm.base_report(log)
    assert years.period == "1997-01-01 to 1997-12-31"
    assert years.before is None
    assert "No two periods are compared" in years.notes[0]
    assert len(years.changes) == len(years.overlap) == len(years.revenue_bridge) == 0
    partial = rfm.base_report(log, period="1998-02-01", before="1997-02-01")
    assert "1998-01-01 to 1998-12-31 is not complete" in partial.notes[0]
    assert len(partial.changes) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "1X"}, "not a period length"),
        ({"period": "2001-01-01"}, "lies outside the log's periods"),
        ({"period": "1997-02-01", "before": "1997-05-01"}, "lies in no earlier period"),
        ({"period": "1997-02-01", "before": "1997-02-03", "every": "1M"}, "lies in no earlier period"),
    ],
)
def test_wrong_periods_are_refused(options, message):
    with pytest.raises(rfm.DataError, match=message):
        rfm.base_report(rfm.datasets.cdnow_sample(), **options)
