"""Hidden groups stay hidden, against brute force over all tables with the same totals."""

from __future__ import annotations

import itertools
import time

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
    """All tables that agree with every total and every cell that is shown; a hidden cell has a customer or more."""
    cells = list(zip(*np.nonzero(hidden), strict=True))
    most = [min(int((counts * hidden)[i].sum()), int((counts * hidden)[:, j].sum())) for i, j in cells]
    for values in itertools.product(*(range(1, m + 1) for m in most)):
        other = np.where(hidden, 0, counts)
        for cell, value in zip(cells, values, strict=True):
            other[cell] = value
        if (other.sum(0) == counts.sum(0)).all() and (other.sum(1) == counts.sum(1)).all():
            yield other


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 4, 5, 6, 9]), min_size=3, max_size=3), min_size=2, max_size=3)
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
        assert len(np.unique(found[(slice(None), *cell)])) >= k


def test_a_cell_of_one_and_its_partner_are_not_given_away_by_their_labels_or_by_having_somebody():
    """Hidden cells are not empty, and one of them is small: from 6 in two of them follow five tables and not one."""
    made = suppress(pd.DataFrame({"segment": list("abcd"), "customers": [1, 5, 45, 90]}))
    assert made["suppressed"].tolist() == ["hidden", "hidden", "", ""]
    with_two_of_one = suppress(pd.DataFrame({"segment": list("abc"), "customers": [1, 1, 45]}), k=2)
    assert with_two_of_one["customers"].isna().all()  # two hidden ones of a total of 2 would be 1 and 1


def reached(values, hidden, cell, sign):
    """A value of a cell that the totals allow, found by shifting amounts around rectangles of hidden cells."""
    values = values.copy()
    (i, j), moved = cell, True
    while moved:
        moved = False
        for r, c in itertools.product(range(values.shape[0]), range(values.shape[1])):
            if r == i or c == j or not (hidden[r, c] and hidden[i, c] and hidden[r, j]):
                continue
            givers = ((i, c), (r, j)) if sign > 0 else ((i, j), (r, c))
            if (shift := min(values[each] for each in givers)) > 1e-9:
                moved = True
                for place, way in (((i, j), 1), ((r, c), 1), ((i, c), -1), ((r, j), -1)):
                    values[place] += way * sign * shift
    return values[cell]


def test_a_sum_that_one_customer_dominates_is_hidden_and_cannot_be_computed_closely():
    plain = pd.DataFrame({
        "segment": np.repeat(["VIP", "loyal", "lost"], 3), "country": ["FR", "NZ", "CK"] * 3,
        "customers": [40, 50, 60, 70, 80, 90, 45, 55, 65],
        "spend": [9_000.0, 800, 900, 700, 650, 600, 500, 400, 300],
        "top": [8_000.0, 90, 90, 80, 60, 70, 60, 50, 50],
    })  # fmt: skip
    assert (suppress(plain.drop(columns="top"))["suppressed"] == "").all()
    made = suppress(plain, largest={"spend": "top"})
    assert "top" not in made
    hidden = (made["suppressed"] != "").to_numpy().reshape(3, 3)
    assert hidden[0, 0]
    spend = plain["spend"].to_numpy().reshape(3, 3)
    high, low = (reached(spend, hidden, (0, 0), sign) for sign in (1, -1))
    assert high - low >= 0.2 * 8_000
    assert not hidden.all()
    assert (suppress(plain, largest={"spend": "top"}, dominance=0.95)["suppressed"] == "").all()


def test_what_is_hidden_loses_all_of_its_numbers_and_the_rest_stays():
    made = suppress(table([[2, 20, 30], [40, 50, 60], [70, 80, 90]]))
    hidden = made["suppressed"] != ""
    assert made.loc[hidden, ["customers", "spend"]].isna().all(axis=None)
    assert made.loc[~hidden, "spend"].tolist() == (made.loc[~hidden, "customers"] * 10).tolist()
    assert made["suppressed"].value_counts().to_dict() == {"": 5, "hidden": 4}


def test_nothing_is_hidden_where_nothing_is_small():
    plain = table([[5, 20], [40, 0]])
    made = suppress(plain)
    assert (made["suppressed"] == "").all()
    assert made["customers"].tolist() == plain["customers"].tolist()


def test_a_profile_keeps_its_order_and_action(constructor, to_pandas):
    profile = rfm.profile(rfm.segment(rfm.datasets.cdnow_sample()))
    plain = profile.assign(segment=profile["segment"].astype(str))
    plain.loc[0, "customers"] = 2
    made = to_pandas(suppress(constructor(plain), by="segment")).set_index("segment")
    assert made.loc[plain["segment"], "action"].tolist() == plain["action"].tolist()
    assert made.loc[plain["segment"][0], "suppressed"] == "hidden"
    assert (made["suppressed"] == "hidden").sum() == 2


def test_a_profile_can_be_passed_as_it_is():
    profile = rfm.profile(rfm.segment(rfm.datasets.cdnow_sample()))
    made = suppress(profile, 90)
    assert made["segment"].tolist() == profile["segment"].tolist()
    assert made["action"].tolist() == profile["action"].tolist()
    assert made.loc[made["suppressed"] == "hidden", "share"].isna().all()
    small = profile["customers"] < 90
    assert (made.loc[small, "suppressed"] == "hidden").all()
    assert (made["suppressed"] == "").any()


def test_numbers_are_checked_behind_engines_too(constructor):
    wrong = pd.DataFrame({"segment": ["a", "b"], "customers": [-1, 20]})
    with pytest.raises(DataError, match="Column 'customers' must hold whole numbers"):
        suppress(constructor(wrong))


def test_large_numbers_and_amounts_are_proven_too():
    plain = table([[3, 10**9, 10**8], [10**9, 10**9, 10**7], [10**8, 10**8, 4]])
    made = suppress(plain.assign(spend=plain["customers"] * 1e5, top=1e5), largest={"spend": "top"})
    hidden = (made["suppressed"] != "").to_numpy().reshape(3, 3)
    assert hidden[0, 0]
    assert hidden[2, 2]
    assert not hidden.all()


@pytest.mark.slow
def test_a_table_of_two_thousand_groups_takes_seconds():
    counts = np.random.default_rng(5).negative_binomial(0.8, 0.02, (40, 50))
    began = time.process_time()
    made = suppress(table(counts))
    assert time.process_time() - began < 60
    hidden = (made["suppressed"] != "").to_numpy().reshape(counts.shape)
    assert (hidden | (counts == 0) | (counts >= 5)).all()
    assert not hidden.all()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda t: t, {"k": 1}, "k must be a whole number from 2"),
        (lambda t: t.drop(columns="customers"), {}, "customers"),
        (lambda t: t, {"by": ["segment", "country", "spend"]}, "one or two columns of groups; got 3"),
        (lambda t: t, {"by": "segment"}, "A group has several rows"),
        (lambda t: t.assign(customers=-1), {}, "customers"),
        (lambda t: t.assign(suppressed=""), {"by": ["segment", "country"]}, "'suppressed' is taken"),
        (lambda t: t.assign(customers=1), {"k": 50}, "segment 's0' has 2 customers in 2 groups: its total"),
        (lambda t: table([[1, 5, 0], [5, 0, 6], [0, 6, 3]]), {}, "No group can be shown"),
        (lambda t: t.assign(share=0.25), {"keep": ["share"]}, "keep='share' holds numbers, which may tell"),
        (lambda t: t.assign(segment=["s0", None, "s1", "s2"]), {}, "missing values, as in rows of totals"),
        (lambda t: t, {"largest": {"spend": "top"}}, "No column 'top'"),
        (lambda t: t.assign(spend=-1.0), {"largest": {"spend": "spend"}}, "Column 'spend' must hold"),
        (lambda t: t, {"dominance": 1.5}, "dominance must lie between 0 and 1"),
    ],
)
def test_what_is_refused(change, options, message):
    with pytest.raises(DataError, match=message):
        suppress(change(table([[5, 20], [40, 30]])), **options)
