from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm._customers import adding


def some_log(rng, rows, low, high, ids):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(low, high, rows), "D")
    who = ids(rng.integers(0, 300, rows))
    return pd.DataFrame({"customer_id": who, "date": days, "amount": rng.integers(-300, 3_000, rows) / 100})


IDS = {
    "int64": lambda numbers: numbers * 7 - 500,
    "text": lambda numbers: [f"c{number}" for number in numbers],
    "mixed": lambda numbers: np.array([int(n) if n % 2 else str(n) for n in numbers], dtype=object),
}


@pytest.mark.parametrize("kind", sorted(IDS))
def test_only_the_customers_of_a_batch_are_touched_and_the_summary_is_the_logs(kind, monkeypatch):
    """New customers come before, between and after the known ones."""
    seen = []
    reduced = adding.reduced
    monkeypatch.setattr(adding, "reduced", lambda states: seen.append(len(states)) or reduced(states))
    rng = np.random.default_rng(4)
    parts = [some_log(rng, rows, low, low + 9, IDS[kind]) for rows, low in ((250, 0), (60, 10), (40, 20))]
    base = rfm.CustomerBase.of(parts[0])
    for part in parts[1:]:
        base = base.add(part)
    whole = rfm.summarize(pd.concat(parts, ignore_index=True))
    pd.testing.assert_frame_equal(base.summary(), whole)
    if kind in ("int64", "text"):
        assert max(seen) <= 120  # the batch and its customers, not the base


@pytest.mark.parametrize("package", ["pandas", "polars"])
@pytest.mark.parametrize("marks", [3, 20_000])
def test_texts_are_found_where_a_search_of_all_would_find_them(package, marks, monkeypatch):
    nw = pytest.importorskip("narwhals.stable.v2")
    pytest.importorskip(package)
    monkeypatch.setattr(adding, "MARKS", marks)
    rng = np.random.default_rng(8)
    for known_of in (0, 1, 2, 57):
        known = np.unique(rng.integers(0, 100, known_of).astype(str).astype(object))
        for ids in (
            np.array(["", "5", "99x"], dtype=object),
            known,
            np.unique(rng.integers(0, 99, 40).astype(str)),
        ):
            ids = ids.astype(object)
            where, held = adding._places(nw.new_series("id", known.tolist(), nw.String, backend=package), ids)
            assert where.tolist() == np.searchsorted(known, ids).tolist()
            assert held.tolist() == [one in set(known) for one in ids]


def test_a_base_is_not_changed_by_what_is_added():
    first = pd.DataFrame({"customer_id": [1, 3], "date": "2024-01-01", "amount": 1.0})
    base = rfm.CustomerBase.of(first)
    before = base.customers.copy()
    later = base.add(pd.DataFrame({"customer_id": [3, 2, 4], "date": "2024-01-02", "amount": 1.0}))
    pd.testing.assert_frame_equal(base.customers, before)
    assert later.customers["customer_id"].tolist() == [1, 2, 3, 4]
