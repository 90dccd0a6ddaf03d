import numpy as np
import pandas as pd
import pytest

import rfm
from rfm.errors import DataError


def snapshots(segments, customers=300, dates=4, seed=1):
    rng = np.random.default_rng(seed)
    names = [f"group {i}" for i in range(segments)] + ["not yet"]
    stand = rng.integers(0, segments + 1, customers)
    rows = []
    for day in pd.date_range("2024-01-31", periods=dates, freq="ME"):
        rows.append(pd.DataFrame({"customer_id": np.arange(customers), "date": day, "code": stand}))
        stand = np.where(rng.random(customers) < 0.4, rng.integers(0, segments, customers), stand)
    table = pd.concat(rows, ignore_index=True)
    segment = pd.Categorical.from_codes(table.pop("code"), names, ordered=True)
    return table.assign(segment=segment)


@pytest.mark.parametrize("segments", [3, 30])
def test_the_rates_are_those_of_the_migration(segments):
    moved = rfm.migration(snapshots(segments))
    data = rfm.plot.migration_data(moved)
    assert data["segment_from"].drop_duplicates().tolist() == [*moved.segments, "not yet"]
    assert data["segment_to"].drop_duplicates().tolist() == list(moved.segments)
    ours = data["rate"].to_numpy().reshape(segments + 1, segments)
    assert ours == pytest.approx(moved.matrix().drop(columns="segment_from").to_numpy(), nan_ok=True)
    pd.testing.assert_frame_equal(data, rfm.plot.migration_data(moved.moves))  # periods are taken together
    ax = rfm.plot.migration(moved)
    assert ax.images[0].get_clim() == (0, 1)
    assert ax.get_yticklabels()[0].get_text().startswith("group 0 (")
    ax._repr_png_()


def test_rows_that_nobody_starts_in_are_hatched_and_nobody_to_come_is_left_out(cjk_font):
    moves = pd.DataFrame(
        {
            "segment_from": ["a", "a", "b", "b", "not yet", "not yet"],
            "segment_to": ["a", "b"] * 3,
            "customers": [3, 1, 0, 0, 0, 0],
        }
    )
    ax = rfm.plot.migration(moves, labels={"a": "重要"})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["重要 (4)", "b (0)"]
    assert len([p for p in ax.patches if p.get_hatch()]) == 1
    assert [t.get_text() for t in ax.texts if t.get_text()[-1:] == "%"] == ["Rows sum to 100%", "75%", "25%"]


def test_no_moves_and_errors():
    moves = pd.DataFrame({"segment_from": [], "segment_to": [], "customers": []})
    assert any(t.get_text() == "No moves" for t in rfm.plot.migration(moves).texts)
    with pytest.raises(DataError, match=r"No column 'segment_to'.*Hint: rfm\.migration\(snaps\)"):
        rfm.plot.migration(moves.drop(columns="segment_to"))


@pytest.mark.parametrize("segments", [3, 30])
def test_every_customer_is_in_every_column_and_every_stream_in_two(segments):
    snaps = snapshots(segments)
    nodes, streams = rfm.plot.migration_flow_data(snaps)
    assert (nodes.groupby("place")["customers"].sum() == 300).all()
    assert (streams.groupby("place")["customers"].sum() == 300).all()
    bottom = nodes["top"] + nodes["height"]
    assert bottom.max() == pytest.approx(1)
    for _, column in nodes.groupby("place"):
        assert (column["top"].to_numpy()[1:] > (column["top"] + column["height"]).to_numpy()[:-1]).all()
    left = streams.groupby(["place", "segment_from"])["height_from"].sum()
    right = streams.groupby(["place", "segment_to"])["height_to"].sum()
    height = nodes.set_index(["place", "segment"])["height"]
    assert left.to_dict() == pytest.approx(height[height.index.get_level_values(0) < 3].to_dict())
    assert {(p + 1, s): h for (p, s), h in right.items()} == pytest.approx(
        height[height.index.get_level_values(0) > 0].to_dict()
    )
    first = snaps[snaps["date"] == "2024-01-31"].set_index("customer_id")["segment"].astype(str)
    second = snaps[snaps["date"] == "2024-02-29"].set_index("customer_id")["segment"].astype(str)
    counts = pd.crosstab(first, second).stack()
    ours = streams[streams["place"] == 0].set_index(["segment_from", "segment_to"])["customers"]
    assert ours.to_dict() == counts[counts > 0].to_dict()


@pytest.mark.parametrize("segments", [3, 30])
def test_the_alluvial(segments):
    snaps = snapshots(segments)
    nodes, streams = rfm.plot.migration_flow_data(snaps, 3)
    ax = rfm.plot.migration_flow(snaps, 3)
    assert len(ax.patches) == len(nodes)
    assert len(ax.collections[0].get_paths()) == len(streams)
    texts = [t.get_text() for t in ax.texts]
    assert {"2024-01-31", "2024-04-30"} <= set(texts)
    assert sum(t.startswith("not yet ") for t in texts) == 2
    labels = sorted(t.xy[1] for t in ax.texts if t.get_text()[-1:] == "%" and t.get_ha() == "right")
    assert min(np.diff(labels)) > 0.02  # names do not lie on each other
    ax._repr_png_()


def test_dates_are_chosen_by_name():
    snaps = snapshots(3)
    nodes, _ = rfm.plot.migration_flow_data(snaps, ["2024-04-30", "2024-01-31"])
    assert nodes["date"].drop_duplicates().dt.strftime("%m").tolist() == ["01", "04"]
    with pytest.raises(DataError, match=r"No snapshot on 2024-05-01\. The table has: 2024-01-31, "):
        rfm.plot.migration_flow(snaps, ["2024-05-01"])


def test_one_date_one_customer_and_nobody():
    snaps = snapshots(3)
    one = snaps[(snaps["customer_id"] == 0) & (snaps["date"] == "2024-01-31")]
    assert len(rfm.plot.migration_flow(one).patches) == 1
    assert any(t.get_text() == "No customers" for t in rfm.plot.migration_flow(snaps[:0]).texts)
    with pytest.raises(DataError, match=r"No column 'date'.*Hint: rfm\.snapshots"):
        rfm.plot.migration_flow(snaps.drop(columns="date"))


def test_every_engine_draws_the_same_flow(constructor):
    snaps = snapshots(3).astype({"segment": str})
    nodes, streams = rfm.plot.migration_flow_data(constructor(snaps))
    expected_nodes, expected_streams = rfm.plot.migration_flow_data(snaps)
    pd.testing.assert_frame_equal(nodes, expected_nodes, check_dtype=False)
    pd.testing.assert_frame_equal(streams, expected_streams, check_dtype=False)
