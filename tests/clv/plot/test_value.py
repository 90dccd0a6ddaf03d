import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError


def table(segments):
    rng = np.random.default_rng(segments)
    names = [f"segment {i}" for i in range(segments)]
    label = [names[i % segments] for i in range(20 * segments)]
    return pd.DataFrame(
        {
            "segment": pd.Categorical(label, names, ordered=True),
            "recency": 10,
            "frequency": 2,
            "monetary": rng.gamma(1, 50, len(label)),
            "clv": rng.gamma(1, 20, len(label)),
            "p_alive": 0.5,
        }
    )


@pytest.mark.parametrize("segments", [3, 30])
def test_three_bars_a_segment(segments):
    values = clv.segment_value(table(segments))
    data = clv.plot.value_by_segment_data(values)
    assert data["segment"].tolist() == [f"segment {i}" for i in range(segments)]
    assert data["color"].nunique() == segments
    ax = clv.plot.value_by_segment(values)
    widths = [bar.get_width() for bar in ax.patches]
    columns = ("share_of_customers", "share_of_spend", "share_of_clv")
    assert widths == pytest.approx(pd.concat([data[name] for name in columns]).tolist())
    assert ax.get_xlim()[0] == 0
    texts = [t.get_text() for t in ax.texts]
    for what in ("of customers", "of past spend", "of predicted value"):
        assert sum(t.endswith(what) for t in texts) == 1
    ax._repr_png_()


def test_names_without_an_order_go_by_value_a_customer():
    values = clv.segment_value(table(5))
    data = clv.plot.value_by_segment_data(values.assign(segment=values["segment"].astype(str)))
    assert (data["clv"] / data["customers"]).is_monotonic_decreasing


def test_labels_nobody_and_errors():
    values = clv.segment_value(table(3))
    ax = clv.plot.value_by_segment(values, labels={"segment 1": "Two"})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["segment 0", "Two", "segment 2"]
    assert any(t.get_text() == "No customers" for t in clv.plot.value_by_segment(values[:0]).texts)
    with pytest.raises(DataError, match=r"No column 'share_of_clv'.*Hint: clv\.segment_value"):
        clv.plot.value_by_segment(values.drop(columns="share_of_clv"))
