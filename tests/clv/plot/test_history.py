import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError


def test_a_row_a_day_as_the_law_says(law, small):
    data = clv.plot.p_alive_history_data(law, small, 1, until="2024-02-10", unit="W")
    assert len(data) == 41
    assert data["frequency"].tolist() == [0] * 10 + [1] * 10 + [2] * 21
    assert np.flatnonzero(data["purchase"]).tolist() == [0, 10, 20]
    assert data["p_alive"].iloc[0] == 1
    assert data["p_alive"].iloc[15] == pytest.approx(law.p_alive(1, 10 / 7, 15 / 7), rel=1e-12)
    assert data["p_alive"].iloc[40] == pytest.approx(law.p_alive(2, 20 / 7, 40 / 7), rel=1e-12)


def test_the_line_and_its_purchases(law, small):
    ax = clv.plot.p_alive_history(law, small, 1, unit="D")
    line, marks = ax.lines[0], ax.lines[1]
    assert len(line.get_xdata()) == 21
    assert len(marks.get_xdata()) == 3
    assert ax.get_ylim()[0] == 0
    assert ax.get_title(loc="left").startswith("Customer 1: ")
    assert ax.get_title(loc="left").endswith("alive on 2024-01-21")
    ax._repr_png_()


def test_a_model_knows_its_unit(model, log):
    data = clv.plot.p_alive_history_data(model, log, 1, until=model.end)
    predicted = model.predict("1W").set_index("customer_id")
    assert data["p_alive"].iloc[-1] == pytest.approx(predicted.loc[1, "p_alive"], rel=1e-12)


def test_refunds_are_no_purchases(law, small):
    refund = pd.DataFrame({"customer_id": [1], "date": [pd.Timestamp("2024-01-15")], "amount": [-5.0]})
    with_refund = pd.concat([small, refund])
    ours, plain = (clv.plot.p_alive_history_data(law, t, 1, unit="W") for t in (with_refund, small))
    pd.testing.assert_frame_equal(ours, plain)


def test_one_purchase_on_the_last_day_is_a_picture_too(law):
    one = pd.DataFrame({"customer_id": ["<b>$x$"], "date": [pd.Timestamp("2024-01-01")], "amount": [1.0]})
    ax = clv.plot.p_alive_history(law, one, "<b>$x$", unit="W")
    assert ax.get_title(loc="left").startswith("Customer <b>$x$: 100% alive")
    ax._repr_png_()


def test_errors_name_the_next_step(law, small):
    with pytest.raises(DataError, match=r"Customer 9 has no purchase up to 2024-01-21\. Hint: check the id"):
        clv.plot.p_alive_history(law, small, 9, unit="W")
    with pytest.raises(DataError, match=r'A bare law has no unit of time\. Hint: unit="D"'):
        clv.plot.p_alive_history(law, small, 1)
    with pytest.raises(DataError, match=r"BG/BB counts periods.*Hint: clv.fit"):
        clv.plot.p_alive_history(clv.BGBB(1.0, 1.0, 1.0, 1.0), small, 1, unit="W")
