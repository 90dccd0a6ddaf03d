"""Scores within groups of customers, such as countries: each group has its own cut points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.columns import is_text, new_column
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.native import INTERNAL, Frame
from rfm._frames.small_tables import table_beside
from rfm._issuing import warn
from rfm._requirements import check_columns
from rfm._scores.cut_points import CutPoints, counts, cut_points, ranks
from rfm._scores.learning import Metric, learned_from
from rfm._scores.value_counts import MOST, Levels, finite, levels
from rfm.errors import ScoringError

__all__ = [
    "GroupCuts",
    "check_group_columns",
    "check_groups",
    "cut_columns",
    "learn_within",
    "score_by_columns",
]

Key: TypeAlias = "tuple[str | int, ...]"
Ints: TypeAlias = npt.NDArray[np.int64]
MOST_GROUPS: Final = 500
NEED: Final = "attributes=… joins columns of the customers by customer_id"
SHOWN: Final = 5


@dataclass(frozen=True)
class GroupCuts:
    """The cut points of one group.

    Attributes
    ----------
    group : tuple of str or int
        The values of the columns that customers are grouped by; of booleans "true" or "false".
    cuts : tuple of tuple
        The cut points of each metric, in the order of the scorer's rulers.
    """

    group: Key
    cuts: tuple[tuple[float, ...], ...]


def check_group_columns(frame: Frame, within: Sequence[str]) -> None:
    """Refuse a table without the columns of the groups, or with some that hold neither texts nor whole numbers.

    Raises
    ------
    ScoringError
    """
    if not within:
        return
    schema = check_columns(frame, within, NEED, argument="within", error=ScoringError)
    for name in within:
        dtype = schema[name]
        if not (is_text(dtype) or dtype.is_integer() or dtype == nw.Boolean):
            kind = (
                "Int64" if dtype.is_float() else "string"
            )  # pandas' whole numbers with a missing one are floats
            raise ScoringError(
                f"within: {name!r} must hold texts, whole numbers or truth values; got {dtype}. "
                f'Hint: cast it, such as by df["{name}"].astype("{kind}").'
            )


def check_groups(within: Sequence[str], groups: Sequence[GroupCuts], rulers: Sequence[CutPoints]) -> None:
    """Refuse groups that do not fit the columns or the rulers, as a file or a scorer made by hand may have.

    Raises
    ------
    ScoringError
    """
    hint = "Hint: rfm.Scorer.fit(…, within=…) makes them."
    if bool(within) != bool(groups):
        raise ScoringError(
            f"within and groups belong together; got {within!r} and {len(groups)} groups. {hint}"
        )
    if len({each.group for each in groups}) < len(groups):
        raise ScoringError(f"A group has several cut points. {hint}")
    for each in groups:
        if len(each.group) != len(within) or len(each.cuts) != len(rulers):
            raise ScoringError(f"The cut points of the group {each.group!r} do not fit the scorer. {hint}")
        for ruler, cuts in zip(rulers, each.cuts, strict=True):
            if len(replace(ruler, cuts=cuts).cuts) != len(ruler.cuts):
                raise ScoringError(f"The group {each.group!r} has no cut points of {ruler.name}. {hint}")


def learn_within(
    frame: Frame, within: Sequence[str], metrics: Sequence[Metric], rulers: Sequence[CutPoints]
) -> tuple[tuple[GroupCuts, ...], tuple[tuple[int, ...], ...]]:
    """The cut points of each group, and how many customers get each score, metric by metric.

    Customers whose group is missing are scored by the cut points of all, ``rulers``.

    Raises
    ------
    ScoringError
        If there are more than 500 groups.

    Warns
    -----
    DataWarning
        If a group has fewer customers than there are scores.
    """
    keyed = frame.with_columns(**_keys(frame, within))
    names = _key_names(within)
    sizes, unknown = _sizes(keyed, names)
    _warn_if_small(sizes, within, max(ruler.bins for ruler in rulers))
    learned: list[list[tuple[float, ...]]] = [[] for _ in sizes]
    customers = []
    for metric, ruler in zip(metrics, rulers, strict=True):
        total = np.zeros(ruler.bins, dtype=np.int64)
        learned_of = _levels(learned_from(keyed, metric), names, list(sizes), metric)
        for at, found in enumerate(learned_of):
            cuts = metric.cuts or cut_points(
                found.values, found.customers, metric.bins, metric.best, metric.shares
            )
            learned[at].append(cuts or ruler.cuts)
            total += np.array(counts(found.values, found.customers, replace(ruler, cuts=learned[at][-1])))
        if metric.active:  # the customers with no order in the window
            counted = replace(metric, cuts=ruler.cuts)
            others = _levels(keyed.filter(nw.col("frequency") == 0), names, list(sizes), counted)
            for at, found in enumerate(others):
                own = replace(ruler, cuts=learned[at][-1])
                total += np.array(counts(found.values, found.customers, own))
        if unknown:
            rest = levels(keyed.filter(~_known(names)), metric.column, cuts=ruler.cuts)
            total += np.array(counts(rest.values, rest.customers, ruler))
        customers.append(tuple(total.tolist()))
    groups = tuple(GroupCuts(key, tuple(cuts)) for key, cuts in zip(sizes, learned, strict=True))
    return groups, tuple(customers)


def cut_columns(
    frame: Frame, within: Sequence[str], groups: Sequence[GroupCuts], rulers: Sequence[CutPoints]
) -> Frame:
    """The frame with each customer's cut points; those of all customers where the group is missing or new."""
    table = {
        _cut_name(i, k): np.array([*(group.cuts[i][k] for group in groups), cut])
        for i, ruler in enumerate(rulers)
        for k, cut in enumerate(ruler.cuts)
    }
    frame = frame.with_columns(**_keys(frame, within))
    names = _key_names(within)
    if isinstance(frame, nw.DataFrame):
        place: dict[Key | None, int] = {group.group: at for at, group in enumerate(groups)}
        at = np.array([place.get(key, len(groups)) for key in _rows(frame, names)], dtype=np.int64)
        return frame.with_columns(new_column(frame, name, cuts[at]) for name, cuts in table.items())
    keys = {name: [group.group[i] for group in groups] for i, name in enumerate(names)}
    beside = table_beside(frame, keys | {name: cuts[:-1] for name, cuts in table.items()})
    joined: Frame = join_in_order(frame, beside, names)
    overall = {name: cuts[-1].item() for name, cuts in table.items()}
    return joined.with_columns(
        nw.when(nw.col(name).is_null()).then(nw.lit(cut)).otherwise(nw.col(name)).alias(name)
        for name, cut in overall.items()
    )


def score_by_columns(ruler: CutPoints, place: int) -> nw.Expr:
    """The score of the ruler at a place, by each customer's own cut points from `cut_columns`."""
    if not ruler.cuts:
        return ruler.score()
    value, score = nw.col(ruler.column), nw.lit(1, nw.Int64)
    for k in range(ruler.bins - 1):
        cut = nw.col(_cut_name(place, k))
        score = score + (value < cut if ruler.best == "low" else value > cut).cast(nw.Int64)
    return score


def _cut_name(ruler: int, cut: int) -> str:
    return f"{INTERNAL}cut_{ruler}_{cut}"


def _key_names(within: Sequence[str]) -> list[str]:
    return [f"{INTERNAL}group_{i}" for i in range(len(within))]


def _keys(frame: Frame, within: Sequence[str]) -> dict[str, nw.Expr]:
    """The group's columns as texts or whole numbers, the same on all engines."""
    schema = frame.collect_schema()
    keys: dict[str, nw.Expr] = {}
    for key, name in zip(_key_names(within), within, strict=True):
        column, dtype = nw.col(name), schema[name]
        if dtype == nw.Boolean:
            is_true = nw.when(column).then(nw.lit("true")).otherwise(nw.lit("false"))
            keys[key] = nw.when(~column.is_null()).then(is_true)
        else:
            kind: Any = nw.Int64 if dtype.is_integer() else nw.String
            # Older pandas makes the text "nan" of a missing category.
            keys[key] = column if dtype == nw.String else nw.when(~column.is_null()).then(column.cast(kind))
    return keys


def _known(names: Sequence[str]) -> nw.Expr:
    return nw.all_horizontal(*[~nw.col(name).is_null() for name in names], ignore_nulls=False)


def _rows(frame: nw.DataFrame[Any], names: Sequence[str]) -> Iterator[Key | None]:
    """The group of each row in memory; None where it is missing."""
    known = frame.select(known=_known(names)).get_column("known").to_list()
    values = zip(*(frame.get_column(name).to_list() for name in names), strict=True)
    return (_key(key) if held else None for key, held in zip(values, known, strict=True))


def _sizes(keyed: Frame, names: Sequence[str]) -> tuple[dict[Key, int], int]:
    """How many customers each group has, by group in order; and how many have none."""
    known = keyed.filter(_known(names)).group_by(*names).agg(customers=nw.len())
    sizes = {_key(key): int(customers) for *key, customers in fetch(known.head(MOST_GROUPS + 1)).rows()}
    unknown = fetch(keyed.filter(~_known(names)).select(customers=nw.len())).item()
    if len(sizes) > MOST_GROUPS:
        raise ScoringError(
            f"within: more than {MOST_GROUPS} groups. Hint: a column with few values, such as a country; "
            "a number to be scored is extra={…}."
        )
    return dict(sorted(sizes.items())), int(unknown)


def _key(values: Iterable[Any]) -> Key:
    """A group in Python's own types, which can be saved as JSON."""
    return tuple(value if isinstance(value, str) else int(value) for value in values)


def _warn_if_small(sizes: dict[Key, int], within: Sequence[str], bins: int) -> None:
    small = [", ".join(map(str, key)) for key, n in sizes.items() if n < bins]
    if small:
        more = ", …" if len(small) > SHOWN else ""
        warn(
            f"within: {len(small)} of {len(sizes)} groups by {', '.join(within)} have fewer customers than there are "
            f"scores: {'; '.join(small[:SHOWN])}{more}. Hint: join small groups into one."
        )


def _levels(keyed: Frame, names: Sequence[str], groups: Sequence[Key], metric: Metric) -> Iterator[Levels]:
    """The distribution of a metric in each group; behind an engine by one query, if the values are few enough."""
    held = keyed.filter(finite(nw.col(metric.column)) & _known(names))
    counted = held.group_by(*names, metric.column).agg(customers=nw.len())
    lazy = isinstance(counted, nw.LazyFrame)
    rows = fetch(counted.head(MOST + 1) if lazy else counted).rows()
    if lazy and len(rows) > MOST:
        yield from (_levels_of(held, names, group, metric) for group in groups)
        return
    by_group: dict[Key, list[tuple[Any, int]]] = {group: [] for group in groups}
    for *key, value, customers in rows:
        by_group[_key(key)].append((value, customers))
    yield from (Levels.of(found) for found in by_group.values())


def _levels_of(held: Frame, names: Sequence[str], group: Key, metric: Metric) -> Levels:
    """The same of one group behind an engine, bounded in memory."""
    conditions = [nw.col(name) == value for name, value in zip(names, group, strict=True)]
    one = held.filter(nw.all_horizontal(*conditions, ignore_nulls=False))
    return levels(
        one, metric.column, lambda n: ranks(n, metric.bins, metric.best, metric.shares), metric.cuts
    )
