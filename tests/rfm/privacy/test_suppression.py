"""Hidden groups stay hidden, against brute force over all tables with the same totals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rfm
from rfm import DataError
from rfm.privacy import suppress


def table(counts):
    counts = np.asarray(counts)
    rows = [
        {"segment": f"s{i}", "country": f"c{j}", "customers": int(n), "spend": 10.0 * n}
        for i, row in enumerate(counts)
        for j, n in enumerate(row)
    ]
    return pd.DataFrame(rows)


def tables_with_the_same_totals(counts, hidden):
    """All whole-number tables that agree with every total and every cell that is shown."""
    cells = list(zip(*np.nonzero(hidden), strict=True))
    most = [min(int((counts * hidden)[i].sum()), int((counts * hidden)[:, j].sum())) for i, j in cells]
    for values in itertools.product(*(range(m + 1) for m in most)):
        other = np.where(hidden, 0, counts)
        for cell, value in zip(cells, values, strict=True):
            other[cell] = value
        if (other.sum(0) == counts.sum(0)).all() and (other.sum(1) == counts.sum(1)).all():
            yield other


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 4, 5, 6]), min_size=3, max_size=3), min_size=2, max_size=3)
)
def test_a_small_cell_cannot_be_computed_from_totals(rows):
    counts, k = np.array(rows), 3
    try:
        made = suppress(table(counts), k)
    except DataError:  # nothing can be shown: its message is tested below
        return
    hidden = (made["suppressed"] != "").to_numpy().reshape(counts.shape)
    small = (counts > 0) & (counts < k)
    assert (hidden | ~small).all()
    assume(hidden.sum() <= 5)
    found = np.array([*tables_with_the_same_totals(counts, hidden)])
    for cell in zip(*np.nonzero(small), strict=True):
        values = found[(slice(None), *cell)]
        assert values.max() - values.min() >= k


def test_what_is_hidden_loses_all_of_its_numbers_and_the_rest_stays():
    made = suppress(table([[2, 20, 30], [40, 50, 60], [70, 80, 90]]))
    hidden = made["suppressed"] != ""
    assert made.loc[hidden, ["customers", "spend"]].isna().all(axis=None)
    assert made.loc[~hidden, "spend"].tolist() == (made.loc[~hidden, "customers"] * 10).tolist()
    assert made["suppressed"].value_counts().to_dict() == {"": 5, "complementary": 3, "small": 1}


def test_nothing_is_hidden_where_nothing_is_small():
    plain = table([[5, 20], [40, 0]])
    made = suppress(plain)
    assert (made["suppressed"] == "").all()
    assert made["customers"].tolist() == plain["customers"].tolist()


def test_a_profile_keeps_its_order_and_action(constructor, to_pandas):
    profile = rfm.profile(rfm.segment(rfm.datasets.cdnow_sample()))
    plain = profile.assign(segment=profile["segment"].astype(str))
    plain.loc[0, "customers"] = 2
    made = to_pandas(suppress(constructor(plain), by="segment", keep=["action"])).set_index("segment")
    assert made.loc[plain["segment"], "action"].tolist() == plain["action"].tolist()
    assert made.loc[plain["segment"][0], "suppressed"] == "small"
    assert (made["suppressed"] == "complementary").sum() == 1


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda t: t, {"k": 1}, "k must be a whole number from 2"),
        (lambda t: t.drop(columns="customers"), {}, "customers"),
        (lambda t: t, {"by": ["segment", "country", "spend"]}, "one or two columns of groups; got 3"),
        (lambda t: t, {"by": "segment"}, "A group has several rows"),
        (lambda t: t.assign(customers=-1), {}, "customers"),
        (lambda t: t.assign(suppressed=""), {"by": ["segment", "country"]}, "'suppressed' is taken"),
        (lambda t: t.assign(customers=1), {"k": 50}, "No group can be shown"),
    ],
)
def test_what_is_refused(change, options, message):
    with pytest.raises(DataError, match=message):
        suppress(change(table([[5, 20], [40, 30]])), **options)
