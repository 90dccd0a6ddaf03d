import pandas as pd
import pytest

import rfm.plot
from rfm.errors import DataError
from rfm.plot._colors import segment_colors


def test_the_shares_are_the_group_by(segmented):
    data = rfm.plot.shares_data(segmented).set_index("segment")
    groups = segmented.groupby("segment", observed=True)["monetary"]
    assert data["share_of_customers"].to_dict() == pytest.approx((groups.size() / 600).to_dict())
    assert data["share_of_spend"].to_dict() == pytest.approx((groups.sum() / groups.sum().sum()).to_dict())
    assert data.index.tolist() == segmented["segment"].cat.categories.tolist()  # best first


def test_a_pair_of_bars_a_segment_from_zero_with_labels(segmented):
    data = rfm.plot.shares_data(segmented)
    ax = rfm.plot.shares(segmented)
    assert len(ax.patches) == 2 * len(data)
    assert {bar.get_x() for bar in ax.patches} == {0}
    assert ax.get_xlim()[0] == 0
    assert [t.get_text() for t in ax.get_yticklabels()] == data["segment"].tolist()
    assert ax.yaxis_inverted()
    texts = [t.get_text() for t in ax.texts]
    assert sum(t.endswith("of customers") for t in texts) == 1
    assert sum(t.endswith("of spend") for t in texts) == 1
    figure = ax.figure
    assert figure.get_size_inches()[1] == pytest.approx(max(5.0, 1.4 + 0.34 * len(data)))
    ax._repr_png_()


def test_colours_are_the_segments_own():
    profile = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})
    data = rfm.plot.shares_data(profile)
    assert data.set_index("segment")["color"].to_dict() == segment_colors(["VIP", "lost"])


def test_labels_are_written_for_the_names():
    profile = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})
    ax = rfm.plot.shares(profile, labels={"lost": "Gone $x$"})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["VIP", "Gone $x$"]
    ax._repr_png_()


def test_negative_spend_stands_left_of_zero():
    profile = pd.DataFrame({"segment": ["a", "b"], "customers": [1, 1], "spend": [150.0, -50.0]})
    ax = rfm.plot.shares(profile)
    assert min(bar.get_width() for bar in ax.patches) == -0.5
    assert ax.get_xlim()[0] < -0.5


def test_nobody_and_one_customer(nobody, one_customer):
    assert any(t.get_text() == "No customers" for t in rfm.plot.shares(nobody).texts)
    assert rfm.plot.shares_data(one_customer)["share_of_customers"].tolist() == [1.0]


def test_no_spend_at_all_is_no_division_by_zero():
    profile = pd.DataFrame({"segment": ["a"], "customers": [3], "spend": [0.0]})
    assert rfm.plot.shares_data(profile)["share_of_spend"].tolist() == [0.0]


def test_a_profile_without_spend_is_refused():
    with pytest.raises(DataError, match=r"No column 'spend'.*Hint: rfm\.profile"):
        rfm.plot.shares(pd.DataFrame({"segment": ["a"], "customers": [3]}))
