import numpy as np
import pandas as pd
import pytest

import rfm
from rfm.errors import DataError

TABLE = pd.DataFrame(
    {
        "cohort": pd.to_datetime(["2024-04-01", "2024-01-01", "2024-01-01", "2024-01-01"]),
        "days": [5, 5, 10, 15],
        "customers": [30, 100, 100, 100],
        "observed": [0, 100, 100, 40],
        "bought_again": [1, 10, 20, 22],
        "share_again": [np.nan, 0.1, 0.2, 0.25],
    }
)


def test_its_data_say_where_all_of_the_cohort_were_seen():
    data = rfm.plot.second_purchase_data(TABLE)
    assert data["days"].tolist() == [5, 10, 15, 5]
    assert data["whole"].tolist() == [True, True, False, False]
    assert data["share_again"].tolist()[:3] == [0.1, 0.2, 0.25]


def test_a_line_from_zero_dashed_where_not_all_were_seen():
    ax = rfm.plot.second_purchase(TABLE)
    solid, dashed = (line.get_xydata() for line in ax.lines[:2])
    assert solid[~np.isnan(solid[:, 1])].tolist() == [[0, 0], [5, 0.1], [10, 0.2]]
    assert dashed[~np.isnan(dashed[:, 1])].tolist() == [[10, 0.2], [15, 0.25]]
    assert ax.lines[0].get_linestyle() == "-" != ax.lines[1].get_linestyle()
    assert "Dashed: not all of the cohort seen so long" in {text.get_text() for text in ax.texts}
    ax._repr_png_()


def test_cohorts_seen_for_long_have_no_note():
    ax = rfm.plot.second_purchase(TABLE.iloc[1:3])
    assert not [text for text in ax.texts if text.get_text().startswith("Dashed")]
    assert ax.get_ylim() == pytest.approx((0, 0.216))


def test_nothing_is_said():
    for table in (TABLE.iloc[:0], TABLE.iloc[:1]):
        assert "No customers" in {text.get_text() for text in rfm.plot.second_purchase(table).texts}


def test_another_table_is_refused():
    with pytest.raises(DataError, match="second_purchase is such a table"):
        rfm.plot.second_purchase(TABLE.drop(columns="share_again"))
