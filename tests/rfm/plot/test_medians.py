"""Medians by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError


def test_the_bars_are_the_medians_of_customers_and_of_a_profile(segmented):
    data = rfm.plot.medians_data(segmented)
    groups = segmented.groupby("segment", observed=True)
    for name in ("recency", "frequency", "monetary"):
        expected = groups[name].median().loc[data["segment"]].tolist()
        assert data[f"{name}_median"].tolist() == pytest.approx(expected)
    for profile in (rfm.profile(segmented), rfm.profile(segmented, total=True)):
        pd.testing.assert_frame_equal(
            rfm.plot.medians_data(profile), data, check_categorical=False, check_dtype=False
        )
    ax = rfm.plot.medians(segmented)
    widths = [[bar.get_width() for bar in panel.patches] for panel in ax.child_axes]
    assert widths[0] == data["recency_median"].tolist()
    assert widths[2] == pytest.approx(data["monetary_median"].tolist())


def test_small_segments_are_pale_and_said():
    table = pd.DataFrame({"segment": ["a"] * 40 + ["b"] * 3, "recency": 5, "frequency": 1, "monetary": 9.0})
    ax = rfm.plot.medians(table)
    assert [bar.get_alpha() for bar in ax.child_axes[0].patches] == [1.0, 0.4]
    assert any("pale: fewer than 30" in text.get_text() for text in ax.texts)


def test_a_log_without_amounts_has_two_panels():
    log = rfm.Transactions(rfm.datasets.cdnow_sample(), amount=None)
    ax = rfm.plot.medians(rfm.segment(log))
    assert len(ax.child_axes) == 2
    assert np.isnan(rfm.plot.medians_data(rfm.segment(log))["monetary_median"]).all()


def test_errors_name_the_next_step():
    with pytest.raises(DataError, match=r"Hint: rfm\.segment\(tx\)"):
        rfm.plot.medians(pd.DataFrame({"recency": [1]}))
