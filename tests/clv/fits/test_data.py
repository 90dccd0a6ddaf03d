"""The rows of a fit: read from any table, merged with weights, sampled in proportion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.data import FitData
from rfm.errors import DataError


def table(n: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.poisson(0.8, n)
    T = rng.integers(20, 30, n).astype(float)
    return pd.DataFrame({"frequency": x, "recency": np.where(x > 0, np.minimum(x * 3.0, T), 0.0), "T": T})


def test_equal_rows_become_one_with_their_weight() -> None:
    rows = table()
    data = FitData.read(clv.BGNBD, rows)
    expected = rows.groupby(["frequency", "recency", "T"]).size()
    got = pd.Series(data.weights, index=pd.MultiIndex.from_arrays(data.columns)).sort_index()
    assert got.to_numpy().tolist() == expected.to_numpy().tolist()
    assert [tuple(key) for key in got.index] == [tuple(map(float, key)) for key in expected.index]


def test_the_order_of_customers_is_nothing_to_the_last_bit() -> None:
    """Sums of doubles depend on the order of what is added, and a search on the last bits of its sums."""
    made = clv.ParetoNBD(0.8, 8.0, 0.8, 9.0).simulate(np.full(60, 30.0), np.random.default_rng(0))
    rows = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T, "segment": np.arange(60) % 3})
    read = ("frequency", "recency", "T")
    expected = FitData.read(clv.ParetoNBD, rows)
    assert sorted(zip(*expected.columns, strict=True)) == list(zip(*expected.columns, strict=True))
    for seed in range(5):
        other = rows.sample(frac=1, random_state=seed)
        data = FitData.read(clv.ParetoNBD, other)
        assert data.names == read
        for mine, theirs in zip(
            (*data.columns, data.weights), (*expected.columns, expected.weights), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)
        assert clv.fit_law(clv.ParetoNBD, other).law == clv.fit_law(clv.ParetoNBD, rows).law


def test_every_engine_gives_the_same_fit(constructor) -> None:
    made = clv.BGNBD(0.8, 8.0, 0.8, 3.0).simulate(np.full(600, 30.0), np.random.default_rng(0))
    rows = pd.DataFrame({"frequency": made.x.astype("int64"), "recency": made.t_x, "T": made.T})
    expected = clv.fit_law(clv.BGNBD, rows)
    fit = clv.fit_law(clv.BGNBD, constructor(rows))
    assert fit.n == 600
    assert fit.law.log_parameters == pytest.approx(expected.law.log_parameters, abs=1e-8)


def test_weights_in_a_column_of_any_engine(constructor) -> None:
    rows = table(300).assign(customers=2)
    data = FitData.read(clv.BGNBD, constructor(rows), "customers")
    assert data.n == 600


def test_weights_in_a_column_that_is_not_there(constructor) -> None:
    with pytest.raises(
        DataError, match=r"No column 'nope'. The table has: frequency, .* Hint: weights= names"
    ):
        clv.fit_law(clv.BGNBD, constructor(table()), weights="nope")


def test_a_row_without_customers_is_no_row() -> None:
    rows = table(50)
    data = FitData.read(clv.BGNBD, rows, np.where(rows.frequency > 0, 1.0, 0.0))
    assert (data.columns[0] > 0).all()


def test_a_sample_keeps_the_proportion_of_customers_without_a_purchase() -> None:
    rng = np.random.default_rng(1)
    x = (rng.random(60_000) < 0.3).astype(float)
    T = rng.uniform(20, 30, 60_000)
    data = FitData(("frequency", "recency", "T"), (x, x * T, T), np.ones(60_000))
    sample = data.sample(1_000)
    assert len(sample.weights) <= 2_000
    assert sample.weights @ sample.columns[0] / sample.n == pytest.approx(x.mean(), rel=1e-9)
    assert sample.weights @ sample.columns[2] / sample.n == pytest.approx(T.mean(), rel=0.01)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda t: t.drop(columns="T"),
            r"No column 'T'. The table has: frequency, recency. Hint: .*summarize",
        ),
        (lambda t: t.assign(T="long"), "Column 'T' holds .*, not numbers"),
        (
            lambda t: t.assign(T=np.nan),
            "Column 'T' has 200 values that are missing or infinite, the first in row 0",
        ),
        (lambda t: t.assign(recency=99.0), "lies after T"),
        (lambda t: t.assign(frequency=-1), "whole and 0 or more"),
        (lambda t: t.assign(frequency=2, recency=0.0), "x > 0 with t_x = 0"),
    ],
)
def test_a_table_that_cannot_be_is_refused(change, text: str) -> None:
    with pytest.raises(DataError, match=text):
        FitData.read(clv.BGNBD, change(table()))


@pytest.mark.parametrize("weights", [np.ones(3), np.full(200, -1.0), np.full(200, np.nan)])
def test_weights_are_one_number_a_row(weights) -> None:
    with pytest.raises(
        DataError, match="Weights must be a finite number, 0 or more, for each of the 200 rows"
    ):
        FitData.read(clv.BGNBD, table(), weights)
