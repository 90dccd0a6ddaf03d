"""The median customer of each segment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clv._report.segment_medians import with_medians


def test_medians_are_of_the_segments_customers_and_of_nobody_are_missing():
    table = pd.DataFrame(
        {"segment": ["a"] * 3 + ["b"], "recency": [1, 2, 90, 5], "monetary": [1.0, 2.0, 30.0, -4]}
    )
    found = with_medians(pd.DataFrame({"segment": ["b", "a", "c"]}), table)
    assert list(found) == ["segment", "median_recency", "median_monetary"]
    np.testing.assert_array_equal(found["median_recency"], [5, 2, np.nan])
    np.testing.assert_array_equal(found["median_monetary"], [-4, 2, np.nan])
