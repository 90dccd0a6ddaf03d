import pandas as pd

import rfm


def test_four_plots_of_bars_whose_product_is_the_first():
    table = rfm.base_report(rfm.datasets.cdnow_sample(), "1Q").revenue_tree
    whole, *factors = rfm.plot.revenue_tree(table.iloc[::-1]).child_axes
    heights = [[bar.get_height() for bar in panel.patches] for panel in (whole, *factors)]
    for revenue, customers, orders, value in zip(*heights, strict=True):
        assert abs(customers * orders * value - revenue) < 1e-6
    assert heights[0] == table["revenue"].tolist()


def test_periods_that_the_log_does_not_cover_are_pale():
    table = rfm.base_report(rfm.datasets.cdnow_sample(), "1Y").revenue_tree
    whole = rfm.plot.revenue_tree(table).child_axes[0]
    assert [bar.get_alpha() for bar in whole.patches] == [1.0, 0.4]
    assert "No periods" in {text.get_text() for text in rfm.plot.revenue_tree(table[:0]).texts}


def test_many_periods_have_dates_but_no_numbers():
    table = rfm.base_report(rfm.datasets.cdnow_sample(), "1W").revenue_tree
    assert len(table) > 70
    whole = rfm.plot.revenue_tree(table).child_axes[0]
    assert not whole.texts
    assert (
        whole.get_xlim()[0] <= pd.Timestamp("1997-01-06").toordinal() - pd.Timestamp("1970-01-01").toordinal()
    )
