import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError


def curve(cohorts=("shop", "web"), ages=12):
    age = np.arange(1, ages + 1)
    parts = []
    for place, name in enumerate(cohorts):
        value = 4.0 * np.sqrt(age) * (1 + place)
        spread = np.where(age > 3, 0.3 * (age - 3), 0.0)
        part = pd.DataFrame(
            {"cohort": name, "age": age, "days": np.floor(age * 30.4375).astype(int), "complete": age <= 3}
        )
        part = part.assign(
            value=value, value_low=value - spread, value_high=value + spread, cost_per_customer=10.0
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def test_lines_bands_and_dots():
    data = clv.plot.payback_data(curve())
    assert data["cohort"].tolist() == ["shop"] * 12 + ["web"] * 12
    np.testing.assert_allclose(data["share"], curve()["value"] / 10)
    np.testing.assert_allclose(data["low"], curve()["value_low"] / 10)
    ax = clv.plot.payback(curve(), labels={"web": "on line"})
    dots = [line.get_xdata().tolist() for line in ax.lines if line.get_marker() == "o"]
    assert dots == [[7.0], [2.0]]  # 4√7 and 8√2 are the first above 10
    solid = [
        line.get_xdata().tolist()
        for line in ax.lines
        if line.get_linestyle() == "-" and len(line.get_xdata()) == 4
    ]
    assert solid == [[0.0, 1.0, 2.0, 3.0]] * 2
    assert len(ax.collections) == 2
    texts = [text.get_text() for text in ax.texts]
    assert {"shop", "on line"} <= set(texts)
    assert ax.get_xlabel() == "Months since the first purchase"
    assert ax.get_xlim() == (0, 11)
    assert ax.get_ylim() == (0, 2)


def test_ages_end_soon_after_all_are_paid_back():
    long = clv.plot.payback(curve(ages=60).assign(value_low=0.0))
    sure = curve(ages=60).assign(value_low=lambda t: t["value"], value_high=lambda t: t["value"])
    assert long.get_xlim()[1] == 60
    assert clv.plot.payback(sure).get_xlim()[1] == 9


def test_cohorts_by_date_without_a_cost_and_many():
    months = pd.date_range("2024-01-01", periods=3, freq="MS")
    some = curve(months)
    some.loc[some["cohort"] == months[1], "cost_per_customer"] = np.nan
    some.loc[some["cohort"] == months[2], "cost_per_customer"] = 0.0
    assert clv.plot.payback_data(some)["cohort"].unique().tolist() == [months[0]]
    many = curve(pd.date_range("2020-01-01", periods=30, freq="MS"))
    ax = clv.plot.payback(many)
    assert len(ax.collections) == 0
    names = [text.get_text() for text in ax.texts if text.get_text().startswith("20")]
    assert 10 <= len(names) <= 14
    assert names == sorted(names)


def test_rows_may_come_in_any_order():
    mixed = curve().sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(clv.plot.payback_data(mixed), clv.plot.payback_data(curve()))


def test_nothing_to_draw():
    for empty in (curve().iloc[:0], curve().assign(cost_per_customer=np.nan)):
        ax = clv.plot.payback(empty)
        assert "No cohorts with a cost" in [text.get_text() for text in ax.texts]
    clv.plot.payback(curve(ages=1))._repr_png_()


def test_a_table_of_something_else():
    with pytest.raises(DataError, match=r"clv\.payback"):
        clv.plot.payback(curve().drop(columns="value_low"))
    with pytest.raises(DataError, match="cohort"):
        clv.plot.payback(curve().drop(columns="cohort"))
    with pytest.raises(DataError, match="value_high"):
        clv.plot.payback(curve().assign(value_high=np.inf))
