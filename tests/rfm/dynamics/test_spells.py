"""The counts of spells compared with every customer's own path."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

from rfm._dynamics.spells import tally
from rfm.errors import DataError

NAMES = ("good", "fair", "lost", "not yet")


@st.composite
def paths(draw):
    """(customers, dates): numbers of segments; not yet (3) only at the start."""
    customers, dates = draw(st.integers(1, 8)), draw(st.integers(2, 6))
    seen = [draw(st.lists(st.integers(0, 2), min_size=dates, max_size=dates)) for _ in range(customers)]
    came = [draw(st.integers(0, dates - 1)) for _ in range(customers)]
    return [[3] * first + path[first:] for path, first in zip(seen, came, strict=True)]


def as_snaps(paths: list[list[int]], seed: int = 0) -> pd.DataFrame:
    dates = pd.date_range("2024-01-31", periods=len(paths[0]), freq="ME")
    rows = [(f"c{who}", dates[at], NAMES[s]) for who, path in enumerate(paths) for at, s in enumerate(path)]
    table = pd.DataFrame(rows, columns=["customer_id", "date", "segment"])
    order = pd.CategoricalDtype(NAMES, ordered=True)
    return table.astype({"segment": order}).sample(frac=1, random_state=seed)


@given(paths(), st.integers(0, 99))
def test_spells_are_the_runs_of_every_path(paths, seed):
    known: Counter[tuple[str, int, int, str | None]] = Counter()
    for path in paths:
        cuts = [0, *(at for at in range(1, len(path)) if path[at] != path[at - 1]), len(path)]
        for start, stop in pairwise(cuts):
            known[NAMES[path[start]], start, stop, NAMES[path[stop]] if stop < len(path) else None] += 1
    _, spells = tally(as_snaps(paths, seed))
    found: Counter[tuple[str, int, int, str | None]] = Counter()
    names = (*spells.segments, None)
    for s, start, stop, to, n in zip(
        spells.segment, spells.start, spells.stop, spells.to, spells.customers, strict=True
    ):
        found[names[s], int(start), int(stop), names[to]] += int(n)
    assert found == known


@given(paths())
def test_counts_are_the_steps_of_every_path(paths):
    _, spells = tally(as_snaps(paths))
    place = [NAMES.index(name) for name in spells.segments]
    for period, counts in enumerate(spells.counts()):
        known = np.zeros((4, 4), dtype=int)
        for path in paths:
            known[path[period], path[period + 1]] += 1
        assert counts.tolist() == known[np.ix_(place, place)].tolist()


@given(paths())
def test_the_windows_of_an_engine_find_the_same_spells(paths):
    snaps = as_snaps(paths)
    _, known = tally(snaps)
    _, found = tally(pl.from_pandas(snaps).with_columns(pl.col("segment").cast(pl.Enum(NAMES))).lazy())
    assert found.segments == known.segments
    assert found.dates.tolist() == known.dates.tolist()
    assert set(zip(*_columns(found), strict=True)) == set(zip(*_columns(known), strict=True))


def _columns(spells):
    return [getattr(spells, name).tolist() for name in ("segment", "start", "stop", "to", "customers")]


def test_segments_without_an_order_go_by_mean_score_and_then_by_name():
    snaps = as_snaps([[0, 1, 2], [1, 1, 2], [3, 0, 0]]).astype({"segment": str})
    assert tally(snaps)[1].segments == ("fair", "good", "lost", "not yet")
    score = snaps["segment"].map({"good": 5, "fair": 3, "lost": 1})
    assert tally(snaps.assign(R=score, F=score, M=score))[1].segments == NAMES


@pytest.mark.parametrize("kind", ["pandas", "polars-lazy"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="segment"), "No column 'segment'. The table has: customer_id, date. Hint: rfm.snap"),
        (lambda t: t.assign(date="2024-01-31"), "Column 'date' holds String, which is not a date"),
        (lambda t: t.assign(date=t["date"].where(t.index > 0)), "'date' is missing in 1 of the rows. Hint: every"),
        (lambda t: t[t["date"] == t["date"].min()], "two dates or more; got 1"),
        (lambda t: t.iloc[1:], "customers, another date 2. Hint: every customer needs one row per date"),
        (lambda t: pd.concat([t.iloc[1:], t.iloc[[2]]]), "has several rows on|lacks? a date|another date"),
        (lambda t: t.assign(segment=t["segment"].astype(object).where(t.index > 0, None)), "has missing values"),
        (lambda t: t.assign(segment=np.where(t["date"] == t["date"].max(), "not yet", "good")), "from 'good' back to"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_snapshots_is_refused_in_words(kind, change, words):
    table = change(
        as_snaps([[0, 1, 2], [1, 1, 2]]).sort_values(["date", "customer_id"]).reset_index(drop=True)
    )
    with pytest.raises(DataError, match=words):
        tally(table if kind == "pandas" else pl.from_pandas(table).lazy())


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/London", ZoneInfo("Asia/Taipei"), tz.tzoffset(None, -18_000)]
)
def test_times_with_a_zone_count_by_their_own_day(zone):
    plain = as_snaps([[0, 1, 2], [1, 1, 2]])
    midnights = plain.assign(date=plain["date"].dt.tz_localize(zone))
    tables = (
        [midnights] if not isinstance(zone, str) else [midnights, (p := pl.from_pandas(midnights)), p.lazy()]
    )
    for table in tables:
        assert tally(table)[1].dates.tolist() == tally(plain)[1].dates.tolist()


@pytest.mark.parametrize("lazy", [False, True])
def test_a_customer_twice_at_one_date_and_missing_at_another_is_found(lazy):
    table = as_snaps([[0, 1, 2], [1, 1, 2]]).sort_values(["date", "customer_id"]).reset_index(drop=True)
    table.loc[2, "customer_id"] = "c1"  # both rows of the second date are c1's
    with pytest.raises(
        DataError, match=r"Customer 'c1' has several rows on 2024-02-29\. Hint: every customer"
    ):
        tally(pl.from_pandas(table).lazy() if lazy else table)
