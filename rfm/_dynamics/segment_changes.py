"""Two segmented tables compared: who moved between segments, since when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import narwhals.stable.v2 as nw

from rfm._customers.aggregation import number_customers
from rfm._dynamics.score_steps import steps_of, steps_seen
from rfm._dynamics.segment_causes import NEVER, Dates
from rfm._dynamics.segment_change_rows import FLAGS, MARKS, Yardsticks, column, marked, read_columns
from rfm._dynamics.segment_change_words import LANGUAGES
from rfm._dynamics.spells import NOT_YET
from rfm._frames.columns import as_categories
from rfm._frames.dates import to_dates, with_day_numbers
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.mapping import map_rows, to_pandas
from rfm._frames.native import INTERNAL, Frame, engine_name, from_native, is_eager, same_engine, to_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_choice
from rfm._requirements import COUNT, MONEY, TIME, Held, check_columns, check_numbers, refuse_repeated
from rfm._schemes.recognising import scheme_of
from rfm._schemes.scheme import Scheme, as_scheme, segmented
from rfm._schemes.scheme_files import BUILT_IN
from rfm._scores.bins import MAX_BINS
from rfm._scores.scorer import Scorer, as_scorer
from rfm.errors import DataError, EngineError, SchemeError

__all__ = ["compare_segments"]

MADE: Final = "rfm.segment(tx) makes such a table"
SCORE: Final = Held(1, MAX_BINS, whole=True)
FACTS: Final = {"orders": COUNT, "spend": MONEY, "refunds": MONEY}
DAY: Final = f"{INTERNAL}day"
MOVE: Final = ("previous_segment", "segment", "metric", "cause")


def compare_segments(
    before: FrameT,
    after: FrameT,
    scheme: str | Path | Scheme | None = None,
    *,
    scorer: Scorer | Sequence[Scorer] | None = None,
    per: Literal["customer", "move"] = "customer",
    language: str = "en",
) -> FrameT:
    """Compare the segments of customers on two dates: who moved, since when, and why.

    Make both tables with one `Scorer`, so that a move is a move of the customer. Where each has cut points of its own,
    a score may change without its customer: such a cause is "cut point moved".

    Parameters
    ----------
    before, after : dataframe
        From `segment`, at an earlier and a later date, on one engine; one row per customer. Rows without a segment, or
        in `not yet`, count as absent.
    scheme : str, path or Scheme, optional
        That of both tables. By default the built-in scheme that gives all of their segments; if there is none,
        all changed scores are named, and `since` is missing.
    scorer : Scorer or pair of them, optional
        That of both tables, or theirs. By default cut points are the nearest values of lower scores, which they are
        where they were learned from one of the tables.
    per : {"customer", "move"}
        One row per customer, or their numbers by previous segment, segment, metric and cause.
    language : {"en", "zh-Hant", "zh-Hans"}
        Of ``why``.

    Returns
    -------
    dataframe of the kind that came in
        One row per customer of either table, in memory by ``customer_id``:

        ``previous_segment``, ``segment``
            Missing where the customer is in one table only.
        ``moved``, ``entered``, ``left``
            Whether the segment is another, and whether the customer is in the later or the earlier table only.
        ``since``
            The day from which a customer is in the new segment: that of the purchase, or that on which silence
            crossed the cut point of R. Missing where the tables do not tell: after several purchases or a refund, with
            a window or moved cut points, or where no value shows the cut point to the day and there is no `scorer`.
        ``metric``
            The score that decided: "R", "F", "M", several such as "F+M", or "attributes" for other columns that rules
            read. The fewest whose change alone (with the value behind the score, where rules read it) gives the new
            segment, all others as before; of equally few, R before F before M.
        ``cause``
            "purchase", "silence", "refund", "window" (orders left it), "cut point moved", "correction" (money changed
            without purchase or refund), "attribute", "new customer", "entered the table", "left the table"; several
            as "silence+refund".
        ``score_before``, ``score_after``, ``value_before``, ``value_after``
            Of the first metric named, and its value: recency, frequency or monetary.
        ``cut_point``
            The one whose crossing gave the new segment; where several scores decided, the last one that the first of
            them crossed.
        ``scores_before``, ``scores_after``
            All scores, such as "543".
        ``why``
            A sentence.

        With ``per="move"``: ``previous_segment, segment, metric, cause, customers, share``, the largest first.
        Customers who did not move have no metric and cause.

    Raises
    ------
    DataError
        If a column is missing, a customer has several rows, `before` is the later table, or a table has other scores
        than its scorer gives.
    SchemeError
        If `scheme` gives customers other segments than a table has.
    EngineError
        If the tables are of different engines.

    See Also
    --------
    segment : Makes the tables.
    migration : Rates between many dates.
    Scheme.explain : Why a customer has a segment.

    Examples
    --------
    >>> import rfm
    >>> tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    >>> scorer = rfm.Scorer.fit(rfm.summarize(tx))
    >>> before, after = (rfm.segment(tx, day, scheme="value", scorer=scorer) for day in ("1998-03-31", "1998-06-30"))
    >>> changes = rfm.compare_segments(before, after, "value", scorer=scorer)
    >>> moved = changes[changes["moved"]]
    >>> moved[["customer_id", "previous_segment", "segment", "since", "metric", "cause"]].head(1)
        customer_id previous_segment segment      since metric     cause
    18           19              mid    high 1998-05-05      M  purchase
    >>> print(moved["why"].iloc[0])
    M rose from 4 to 5: by purchases, monetary went from 126.65 to 170.12 (cut point 130.49).
    """
    check_choice("per", per, ("customer", "move"))
    check_choice("language", language, tuple(LANGUAGES))
    frames = _entered(before, after)
    metrics = _metrics(frames)
    dates = _dates(frames)
    known = _scheme(scheme, frames, metrics)
    steps = steps_seen(*frames, metrics) if scorer is None else steps_of(_scorers(scorer), *frames, metrics)
    yardsticks = Yardsticks(metrics, known, steps, dates, language)
    changes = _changes(frames, yardsticks)
    names = _names(before, after, known)
    answer: FrameT = _moves(changes, names) if per == "move" else to_native(_dressed(changes, names))
    return answer


def _entered(before: Any, after: Any) -> tuple[Frame, Frame]:
    """Both tables, checked, without the rows that have no segment."""
    found = []
    for native, argument in ((before, "before"), (after, "after")):
        frame = from_native(native, MADE)
        needed = ("customer_id", "segment", "R", "F", "recency", "frequency")
        schema = check_columns(frame, needed, MADE, argument=argument)
        if schema["segment"] not in (nw.String, nw.Categorical, nw.Enum, nw.Object):
            raise DataError(
                f"{argument}: column 'segment' holds {schema['segment']}, not names. Hint: {MADE}."
            )
        refuse_repeated(frame, argument=argument)
        frame = frame.with_columns(nw.col("segment").cast(nw.String))
        frame = frame.filter(~nw.col("segment").is_null() & (nw.col("segment") != NOT_YET))
        held = {"R": SCORE, "F": SCORE, "recency": TIME, "frequency": COUNT}
        if "M" in schema:
            check_columns(frame, ("monetary",), MADE, argument=argument)
            held |= {"M": SCORE, "monetary": MONEY}
        held |= {name: kind for name, kind in FACTS.items() if name in schema}
        check_numbers(frame, held, MADE, argument=argument)
        found.append(frame)
    one, other = found
    if not same_engine(one, other):
        raise EngineError(
            f"before is on {engine_name(one)} and after on {engine_name(other)}. Hint: convert both to one engine."
        )
    kinds = [frame.collect_schema()["customer_id"] for frame in found]
    if kinds[0] != kinds[1]:
        raise DataError(
            f"customer_id is {kinds[0]} in before and {kinds[1]} in after. Hint: cast one of them."
        )
    return one, other


def _metrics(frames: tuple[Frame, Frame]) -> tuple[str, ...]:
    held = ["M" in frame.collect_schema() for frame in frames]
    if held[0] != held[1]:
        raise DataError(
            f"Only {'before' if held[0] else 'after'} has scores of money (M). Hint: make both from one log."
        )
    return ("R", "F", "M") if held[0] else ("R", "F")


def _dates(frames: tuple[Frame, Frame]) -> Dates:
    """The last days that count: that of a last purchase and the recency from it, if all customers agree."""
    days: list[int | None] = []
    for frame in frames:
        schema = frame.collect_schema()
        if schema.get("last_purchase") not in (nw.Date, nw.Datetime):
            days.append(None)
            continue
        numbered = with_day_numbers(frame.select("last_purchase", "recency"), "last_purchase", DAY)
        end = (nw.col(DAY) + nw.col("recency")).cast(nw.Int64)
        low, high = fetch(numbered.select(low=end.min(), high=end.max())).rows()[0]
        days.append(int(low) if low is not None and low == high else None)
    start, end_day = days
    if start is not None and end_day is not None and start > end_day:
        raise DataError(
            f"before is {start - end_day} days later than after. Hint: rfm.compare_segments(earlier, later)."
        )
    windowed = any("orders_in_window" in frame.collect_schema() for frame in frames)
    return Dates(start, end_day, windowed)


def _scheme(scheme: Any, frames: tuple[Frame, Frame], metrics: Sequence[str]) -> Scheme | None:
    """The scheme that gives the tables' segments: that named, or a built-in one if it does."""
    if scheme is not None:
        given = as_scheme(scheme)
        for frame, argument in zip(frames, ("before", "after"), strict=True):
            given.check_reads(frame.collect_schema().names())
            if wrong := _others(given, frame):
                raise SchemeError(
                    f"{argument}: scheme {given.name!r} gives {wrong:,} customers another segment than the table has. "
                    "Hint: pass the scheme that both were made with."
                )
        return _in_window(given, frames)
    names = {name for frame in frames for name in _segments(frame)}
    for built_in in map(Scheme.load, BUILT_IN) if names and scheme_of(names) else ():
        columns = [set(frame.collect_schema().names()) for frame in frames]
        known = set(built_in.names) >= names and all(read_columns(built_in) <= held for held in columns)
        if known and not any(_others(built_in, frame) for frame in frames):
            return _in_window(built_in, frames)
    return None


def _in_window(scheme: Scheme, frames: tuple[Frame, Frame]) -> Scheme:
    """The scheme with the rules that it has for both tables, which tell whether their scores are of a window."""
    one, other = (scheme._for(frame.collect_schema().names()) for frame in frames)
    if one != other:
        raise DataError(
            "One of the tables has scores of a window, and the other of the whole log. "
            "Hint: make both with the same window=."
        )
    return one


def _segments(frame: Frame) -> list[str]:
    found: list[str] = fetch(frame.group_by("segment").agg(nw.len().alias("n")))["segment"].to_list()
    return found


def _others(scheme: Scheme, frame: Frame) -> int:
    """How many customers have another segment in the table than by the scheme."""
    known = frame.rename({"segment": f"{INTERNAL}segment"})
    named = segmented(scheme, known).with_columns(nw.col("segment").cast(nw.String))
    same = (nw.col("segment") == nw.col(f"{INTERNAL}segment")).fill_null(False)
    count = nw.when(same).then(nw.lit(0)).otherwise(nw.lit(1)).cast(nw.Int64).sum()
    return int(fetch(named.select(n=count)).rows()[0][0] or 0)


def _scorers(scorer: Any) -> tuple[Scorer, Scorer]:
    both = list(scorer) if isinstance(scorer, list | tuple) else [scorer, scorer]
    if len(both) != 2:
        raise DataError(
            f"scorer must be one Scorer, or those of before and after; got {len(both)}. "
            "Hint: scorer=scorer, or scorer=(earlier, later)."
        )
    earlier, later = as_scorer(both[0]), as_scorer(both[1])
    if earlier.within or later.within:
        raise DataError(
            "The scorer has cut points of its own for each group, and no customer crossed a common one. "
            "Hint: leave out scorer=."
        )
    return earlier, later


def _changes(frames: tuple[Frame, Frame], yardsticks: Yardsticks) -> Frame:
    """One row per customer of either table, with the columns that `marked` makes of both rows."""
    sides: list[Any] = []
    for side, frame in enumerate(frames):
        schema = frame.collect_schema()
        held = dict.fromkeys(["segment", *yardsticks.facts, *yardsticks.others])
        if schema.get("first_purchase") in (nw.Date, nw.Datetime):
            held["first_purchase"] = None
        read = {column(side, name): nw.col(name) for name in held if name in schema}
        sides.append(frame.select("customer_id", **read))
    one, other = sides
    ids: Any = nw.concat([one.select("customer_id"), other.select("customer_id")])
    if is_eager(ids):
        _, rows = number_customers(ids.get_column("customer_id"))
        ids = nw.maybe_reset_index(ids[rows])
    else:
        ids = ids.group_by("customer_id").agg(nw.len().alias("n")).select("customer_id")
    joined = join_in_order(join_in_order(ids, one), other)
    found: Frame = map_rows(joined, partial(marked, yardsticks=yardsticks))
    return found


def _names(before: Any, after: Any, scheme: Scheme | None) -> list[str]:
    """All segments, best first: those of the scheme, or of the tables' categories, or by name."""
    if scheme is not None:
        return list(scheme.names)
    found: list[str] = []
    for native in (after, before):
        frame = from_native(native)
        dtype = frame.collect_schema()["segment"]
        names = dtype.categories if isinstance(dtype, nw.Enum) else ()
        found += names
    for native in (after, before):
        frame = from_native(native).with_columns(nw.col("segment").cast(nw.String))
        found += sorted(name for name in _segments(frame) if name is not None)
    return list(dict.fromkeys(found))


def _dressed(changes: Frame, names: Sequence[str]) -> Frame:
    """The public columns: categories, truths and dates."""
    frame = changes.with_columns(
        *(as_categories(changes, nw.col(name), names).alias(name) for name in MOVE[:2]),
        *(nw.col(name) == 1 for name in FLAGS),
        **{DAY: nw.col("since") > NEVER},
        since=nw.when(nw.col("since") > NEVER).then(nw.col("since")).otherwise(nw.lit(0)).cast(nw.Int64),
    )
    frame = to_dates(frame, ["since"]).with_columns(since=nw.when(nw.col(DAY)).then(nw.col("since")))
    answer: Frame = frame.select("customer_id", *MOVE[:2], *FLAGS, *MARKS)
    return answer


def _moves(changes: Frame, names: Sequence[str]) -> Any:
    """Customers by previous segment, segment, metric and cause, the largest number first."""
    named = changes.select(*MOVE).with_columns(nw.col(*MOVE).fill_null(""))
    table = to_pandas(to_native(named.group_by(*MOVE).agg(customers=nw.len())))
    table = table.astype(dict.fromkeys(MOVE, object))
    order = {name: place for place, name in enumerate(names)}
    places = [table[name].map(lambda each: order.get(each, len(order))) for name in MOVE[:2]]
    table = table.assign(one=places[0], two=places[1])
    table = table.sort_values(
        ["customers", "one", "two", "metric", "cause"], ascending=[False, *[True] * 4], ignore_index=True
    )
    columns = {name: table[name].where(table[name] != "", None).to_numpy(object) for name in MOVE}
    customers = table["customers"].to_numpy("int64")
    columns |= {"customers": customers, "share": customers / max(customers.sum(), 1)}
    return table_like(empty_like(changes), columns, names)
