import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm.plot
from rfm.errors import DataError


def gini_by_pairs(spend):
    """Mean absolute difference of all pairs over twice the mean: the definition."""
    spend = np.asarray(spend, dtype=float)
    return np.abs(spend[:, None] - spend[None]).mean() / (2 * spend.mean())


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(lambda v: sum(v) > 1e-3))
def test_gini_is_the_mean_difference_of_all_pairs(spend):
    curve = rfm.plot.pareto_data(pd.DataFrame({"monetary": spend}))
    assert curve.gini == pytest.approx(gini_by_pairs(spend), abs=1e-9)
    assert np.all(np.diff(curve.spend) >= -1e-12)
    assert np.all(curve.spend >= curve.customers - 1e-9)


def test_the_curve_of_many_customers_is_short_and_exact_at_its_points():
    spend = np.random.default_rng(3).gamma(0.5, 50, 20_000)
    curve = rfm.plot.pareto_data(pd.DataFrame({"monetary": spend}))
    assert len(curve.customers) == 501
    best = np.sort(spend)[::-1]
    assert curve.spend_of(0.2) == pytest.approx(best[:4000].sum() / best.sum(), rel=1e-12)
    assert curve.gini == pytest.approx(gini_by_pairs(spend[:2000]), abs=0.02)


def test_a_summary_will_do_and_refunds_count():
    summary = pd.DataFrame(
        {
            "orders": [2, 1, 0],
            "spend": [70.0, 40.0, 0.0],
            "refunds": [-10.0, 0.0, -5.0],
            "recency": [1, 2, None],
        }
    )
    curve = rfm.plot.pareto_data(summary)
    assert curve.total == 2  # a customer with refunds only is none
    assert curve.spend_of(0.5) == pytest.approx(0.6)
    lazy = rfm.plot.pareto_data(pl.from_pandas(summary).lazy())
    assert lazy.spend.tolist() == curve.spend.tolist()


def test_the_title_says_what_the_curve_shows():
    table = pd.DataFrame({"monetary": [70.0, 10.0, 10.0, 5.0, 5.0]})
    ax = rfm.plot.pareto(table)
    assert ax.get_title(loc="left") == "The best 20% of customers make 70% of spend"
    assert any("Gini index 0.54" in t.get_text() for t in ax.texts)
    curve = [line for line in ax.lines if line.get_linewidth() > 2]
    assert np.allclose(curve[0].get_xdata(), [0, 0.2, 0.6, 1])
    assert ax.get_ylim()[0] == 0
    ax._repr_png_()


def test_net_refunds_count_as_nothing_and_the_note_says_so():
    ax = rfm.plot.pareto(pd.DataFrame({"monetary": [70.0, -10.0]}))
    assert any("1 with net refunds as 0" in t.get_text() for t in ax.texts)


def test_nobody_one_customer_and_no_spend(nobody, one_customer):
    assert [t.get_text() for t in rfm.plot.pareto(nobody).texts] == ["No customers"]
    assert rfm.plot.pareto_data(one_customer).gini == 0
    assert [t.get_text() for t in rfm.plot.pareto(pd.DataFrame({"monetary": [0.0, 0.0]})).texts] == [
        "No spend"
    ]


def test_errors_name_the_next_step():
    with pytest.raises(DataError, match=r"No column 'monetary'.*Hint: rfm\.score\(tx\) or rfm\.summarize"):
        rfm.plot.pareto(pd.DataFrame({"x": [1]}))


def test_a_curve_is_a_line_of_text():
    curve = rfm.plot.pareto_data(pd.DataFrame({"monetary": [80.0, 10.0, 5.0, 5.0, -1.0]}))
    assert repr(curve) == f"Pareto(customers=5, gini={curve.gini:.3f}, negative=1)"
