"""The alluvial diagram of segments: customers by segment at some dates, and the flows between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from rfm._days import Day, as_day, day_text
from rfm._frames.joins import join_in_order
from rfm._options import is_number, items, whole
from rfm._requirements import check_groups
from rfm.errors import DataError

from ._colors import segment_colors
from ._labels import labeller
from ._numbers import count, percent
from ._style import nothing, picture, size_of, spread, text_width, titles, write_text
from ._tables import fetched, ordered, require

__all__ = ["migration_flow", "migration_flow_data"]

Floats = npt.NDArray[np.float64]
COLUMNS = ("customer_id", "date", "segment")
LONGEST_LABEL = 25  # characters on either side, so that the streams keep their room
WIDTH = 0.06  # of a date's column, where the distance between two dates is one


def migration_flow(
    snaps: Any,
    dates: int | Iterable[Day] = 4,
    *,
    labels: Mapping[Any, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the customers by segment at some dates, and the flows between the segments.

    Parameters
    ----------
    snaps : any dataframe
        One row per customer and date: ``customer_id, date, segment``, as `rfm.snapshots` makes it.
    dates : int or dates
        Number of dates to show, evenly spaced from the first to the last; or the dates themselves.
    labels : mapping, optional
        Text to write for a segment's name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the segments need.

    Returns
    -------
    matplotlib Axes
        One column per date, best segment on top; streams are as wide as the number of customers in them and have the
        colour of the segment they come from. Every customer is in every column: `not yet` are those before their
        first purchase.

    Raises
    ------
    DataError
        A column is missing, or a date is not in the table.

    See Also
    --------
    migration_flow_data : Its numbers.
    migration : The same moves as a matrix.
    rfm.migration : Makes them.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> snaps = pd.DataFrame({"customer_id": [1, 2, 1, 2], "segment": ["VIP", "VIP", "VIP", "lost"],
    ...                       "date": pd.to_datetime(["2024-01-31"] * 2 + ["2024-02-29"] * 2)})
    >>> ax = rfm.plot.migration_flow(snaps)
    >>> [text.get_text() for text in ax.texts if "%" in text.get_text()]
    ['VIP 100%', 'VIP 50%', 'lost 50%']
    """
    label = labeller(labels, longest=LONGEST_LABEL)
    nodes, streams = migration_flow_data(snaps, dates)
    with picture(ax, height=max(5.0, 1.4 + 0.2 * nodes["segment"].nunique())) as ax:
        whole = float(nodes.groupby("date")["customers"].sum().max()) if len(nodes) else 0.0
        titles(
            ax, "How the customers moved between segments",
            note=f"{count(whole)}; a stream has the colour of the segment it leaves{_spacing(nodes)}",
        )  # fmt: skip
        ax.set_axis_off()
        if nodes.empty:
            return nothing(ax)
        last = nodes["at"].max()
        width = _width(nodes)
        ax.set(xlim=(-WIDTH, last + WIDTH), ylim=(1.0, 0.0))
        at = nodes.groupby("place")["at"].first().to_dict()
        _streams(ax, streams, dict(zip(nodes["segment"], nodes["color"], strict=True)), at, width)
        for x, top, height, colour in zip(
            nodes["at"], nodes["top"], nodes["height"], nodes["color"], strict=True
        ):
            ax.add_patch(Rectangle((x - width / 2, top), width, height, facecolor=colour, lw=0))
        _days(ax, nodes)
        for place in dict.fromkeys((0, int(nodes["place"].max()))):
            _labels(ax, nodes[nodes["place"] == place], label, width, right=place > 0)
    return ax


def _spacing(nodes: pd.DataFrame) -> str:
    """Words for the note where the dates lie unevenly."""
    gaps = np.diff(nodes.groupby("place")["at"].first().to_numpy(dtype=float))
    uneven = len(gaps) > 1 and gaps.max() > 1.1 * gaps.min()  # months differ by a tenth
    return "; dates at their distance" if uneven else ""


def _width(nodes: pd.DataFrame) -> float:
    """The width of a date's column, narrower where two dates are close."""
    gaps = np.diff(nodes.groupby("place")["at"].first().to_numpy(dtype=float))
    return min(WIDTH, 0.4 * float(gaps.min())) if len(gaps) else WIDTH


def _days(ax: Axes, nodes: pd.DataFrame) -> None:
    """Write the dates under their columns; of two that are too close, the later is left out, but never the last."""
    dates = nodes.groupby("place")[["at", "date"]].first()
    texts = [day_text(as_day(day, "date")) for day in dates["date"]]
    scale = size_of(ax)[0] / max(float(dates["at"].max()) + 2 * WIDTH, 1e-9)
    room = text_width("0000-00-00 ", 9.0)
    places, shown = dates["at"].to_numpy(dtype=float) * scale, [len(texts) - 1]
    for number in range(len(texts) - 1):
        if all(abs(places[number] - places[other]) >= room for other in shown):
            shown.append(number)
    for number in shown:
        at = (float(dates["at"].iloc[number]), 1.0)
        write_text(ax, texts[number], at, offset=(0, -6), ha="center", va="top")


def migration_flow_data(snaps: Any, dates: int | Iterable[Day] = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the numbers of `migration_flow`.

    Parameters
    ----------
    snaps : any dataframe
        One row per customer and date: ``customer_id, date, segment``, as `rfm.snapshots` makes it.
    dates : int or dates
        Number of dates to show, evenly spaced from the first to the last; or the dates themselves.

    Returns
    -------
    nodes : pandas.DataFrame
        ``place`` (0, 1, … for the dates), ``at`` (the same range, spaced by the days between the dates), ``date,
        segment, customers, share, top, height, color``: one row per date and segment; each date's column fills the
        unit length, gaps included.
    streams : pandas.DataFrame
        ``place`` (the date it leaves), ``segment_from, segment_to, customers, top_from, top_to, height``.

    See Also
    --------
    migration_flow : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> snaps = pd.DataFrame({"customer_id": [1, 2, 1, 2], "segment": ["VIP", "VIP", "VIP", "lost"],
    ...                       "date": pd.to_datetime(["2024-01-31"] * 2 + ["2024-02-29"] * 2)})
    >>> nodes, streams = rfm.plot.migration_flow_data(snaps)
    >>> streams[["place", "segment_from", "segment_to", "customers"]].values.tolist()
    [[0, 'VIP', 'VIP', 1], [0, 'VIP', 'lost', 1]]
    """
    frame = require(snaps, COLUMNS, "rfm.snapshots(tx) makes such a table").select(*COLUMNS)
    if isinstance(frame, nw.DataFrame):
        check_groups(frame, ("customer_id",), missing=False)
        if frame.select("customer_id", "date").is_duplicated().any():
            raise DataError(
                "A customer has several rows on a date. Hint: rfm.snapshots(tx) makes such a table."
            )
    sizes = fetched(frame.group_by("date", "segment").agg(customers=nw.len()))
    if sizes["segment"].isna().any():
        raise DataError(
            "Column 'segment' has missing values. Hint: fill them in, or give the scheme a default."
        )
    names = [str(name) for name in ordered(frame, "segment", sizes["segment"], sizes["customers"])]
    chosen = _choose(pd.DatetimeIndex(sizes["date"].drop_duplicates()).sort_values(), dates)
    text = frame.with_columns(nw.col("segment").cast(nw.String))
    counts = []
    for place, (day, later) in enumerate(pairwise(chosen)):
        here: Any = text.filter(nw.col("date") == day.to_pydatetime()).select(
            "customer_id", segment_from="segment"
        )
        there: Any = text.filter(nw.col("date") == later.to_pydatetime()).select(
            "customer_id", segment_to="segment"
        )
        moves = join_in_order(here, there, how="inner").group_by("segment_from", "segment_to")
        counts.append(fetched(moves.agg(customers=nw.len())).assign(place=place))
    nodes = _nodes(sizes.assign(segment=sizes["segment"].astype(str)), chosen, names)
    columns = ["place", "segment_from", "segment_to", "customers"]
    empty = nodes.astype({"customers": "int64"}).assign(segment_from="", segment_to="")[columns][:0]
    return nodes, _layout(pd.concat(counts) if counts else empty, nodes, names)


def _choose(known: pd.DatetimeIndex, dates: int | Iterable[Day]) -> list[pd.Timestamp]:
    hint = 'dates=4, or dates=["2011-06-30", "2011-12-31"]'
    if is_number(dates) or isinstance(dates, bool):
        shown = whole("dates", dates, hint, least=1)
        if not len(known):
            return []
        picks = np.unique(np.linspace(0, len(known) - 1, min(max(shown, 2), len(known))).round().astype(int))
        return list(known[picks])
    given = items("dates", dates, hint)
    chosen = sorted({pd.Timestamp(day_text(as_day(day, "dates"))) for day in given})
    if not chosen:
        raise DataError(f"dates is empty. Hint: {hint}.")
    if strange := [f"{day:%Y-%m-%d}" for day in chosen if day not in known]:
        raise DataError(
            f"No snapshot on {', '.join(strange)}. The table has: {', '.join(f'{d:%Y-%m-%d}' for d in known)}. "
            "Hint: rfm.snapshots(tx, dates=[…]) makes snapshots on other dates."
        )
    return chosen


def _nodes(sizes: pd.DataFrame, chosen: list[pd.Timestamp], names: list[str]) -> pd.DataFrame:
    """Stack the segments of each date, best on top, with equal gaps between."""
    table = sizes[sizes["date"].isin(chosen)].assign(
        place=lambda t: t["date"].map({day: place for place, day in enumerate(chosen)}).astype("int64"),
        rank=lambda t: t["segment"].map({name: rank for rank, name in enumerate(names)}),
    )
    table = table.sort_values(["place", "rank"]).reset_index(drop=True)
    by_date = table.groupby("place")
    table["share"] = table["customers"] / by_date["customers"].transform("sum")
    gap = min(0.012, 0.3 / max(len(names), 1))
    room = 1.0 - gap * (by_date["segment"].transform("size") - 1)
    table["height"] = table["share"] * room
    table["top"] = by_date["height"].cumsum() - table["height"] + gap * by_date.cumcount()
    table["color"] = table["segment"].map(segment_colors(names)).astype(str)
    days = (table["date"] - min(chosen)) / pd.Timedelta(days=1) if chosen else table["place"]
    span = (max(chosen) - min(chosen)) / pd.Timedelta(days=1) if chosen else 0.0
    table["at"] = (days / (span or 1.0) * max(len(chosen) - 1, 0)).astype(float)
    return table[["place", "at", "date", "segment", "customers", "share", "top", "height", "color"]]


def _layout(moves: pd.DataFrame, nodes: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Position each stream in the two columns it joins, in the order of the segments there."""
    rank = {name: place for place, name in enumerate(names)}
    table = moves.assign(i=moves["segment_from"].map(rank), j=moves["segment_to"].map(rank))
    table = table.sort_values(["place", "i", "j"]).reset_index(drop=True)
    top = nodes.set_index(["place", "segment"])["top"].to_dict()
    sums = nodes.groupby("place")[["height", "customers"]].sum()
    scale = (sums["height"] / sums["customers"]).astype(float)
    for side, shift, order in (("from", 0, ["i", "j"]), ("to", 1, ["j", "i"])):
        lines = table.sort_values(["place", *order])
        size = lines["customers"] * (lines["place"] + shift).map(scale).astype(float)
        before = size.groupby([lines["place"], lines[f"segment_{side}"]]).cumsum() - size
        keys = zip(lines["place"] + shift, lines[f"segment_{side}"], strict=True)
        table[f"top_{side}"] = (before + [top[key] for key in keys]).astype(float)
        table[f"height_{side}"] = size.astype(float)
    return table.drop(columns=["i", "j"])


def _streams(
    ax: Axes, streams: pd.DataFrame, colours: Mapping[str, str], at: Mapping[Any, float], width: float
) -> None:
    """Draw each stream as a band whose borders are smooth steps."""
    t = np.linspace(0.0, 1.0, 30)
    ease = t * t * (3 - 2 * t)
    shapes, paints = [], []
    for row in streams.to_dict("records"):
        start, end = at[row["place"]] + width / 2, at[row["place"] + 1] - width / 2
        x = start + t * (end - start)
        upper = row["top_from"] + ease * (row["top_to"] - row["top_from"])
        lower = upper + row["height_from"] + ease * (row["height_to"] - row["height_from"])
        shapes.append(np.column_stack([np.concatenate([x, x[::-1]]), np.concatenate([upper, lower[::-1]])]))
        paints.append(colours[row["segment_from"]])
    ax.add_collection(PolyCollection(shapes, facecolors=paints, alpha=0.42, linewidths=0))


def _labels(ax: Axes, nodes: pd.DataFrame, label: Callable[[Any], str], width: float, *, right: bool) -> None:
    """Write the names next to a column, without overlap."""
    wanted = (nodes["top"] + nodes["height"] / 2).to_numpy()
    y = spread(wanted, min(10.5 / max(size_of(ax)[1], 1.0), 1.0 / len(wanted)), 0.0, 1.0)
    edge = float(nodes["at"].iloc[0]) + (width / 2 if right else -width / 2)
    for name, share, place in zip(nodes["segment"], nodes["share"], y, strict=True):
        text = f"{label(name)} {percent(share)}"
        write_text(
            ax, text, (edge, place), offset=(5 if right else -5, 0), size=8.5, ha="left" if right else "right"
        )
