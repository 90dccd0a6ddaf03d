"""Customers without a purchase: the segment that a scheme may have for them, and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from rfm._frames.columns import as_categories, nullable, nullable_truths
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native
from rfm._options import received
from rfm.errors import SchemeError

if TYPE_CHECKING:
    from rfm._schemes.scheme import Scheme

__all__ = ["buyers", "buyers_only", "check_prospects", "with_prospects"]


def check_prospects(scheme: Scheme) -> None:
    """Refuse a segment of prospects that the scheme has not, or that has a rule, or holds the rest.

    Raises
    ------
    SchemeError
    """
    name = scheme.prospects
    if name is None:
        return
    if not isinstance(name, str) or name not in scheme.names:
        raise SchemeError(
            f"prospects={received(name)} is not a segment. Segments: {', '.join(scheme.names)}. "
            "Hint: rfm.Segment(name), without a rule."
        )
    if name == scheme.default:
        raise SchemeError(
            f"prospects={name!r} is also the default, the segment of buyers for whom no rule holds. "
            "Hint: a segment of its own for each."
        )
    rule = scheme.segments[scheme.names.index(name)].rule
    if rule is not None:
        raise SchemeError(
            f"Segment {name!r} is for customers without a purchase, who have no scores, and has the rule {rule!r}. "
            "Hint: leave the rule out."
        )


def buyers_only(scheme: Scheme) -> Scheme:
    """The scheme without its segment of prospects, for tables that have no row for these."""
    return scheme if scheme.prospects is None else scheme.without(scheme.prospects)


def buyers(segmented: Frame, orders: str = "frequency") -> Frame:
    """The rows of a segmented table but those of prospects, whose scores and facts are all missing."""
    facts = ("R", "F", "recency", orders)
    if not set(facts) <= set(segmented.collect_schema().names()):
        return segmented
    nothing = nw.all_horizontal(*[nw.col(name).is_null() for name in facts], ignore_nulls=False)
    return segmented.filter(~nothing)


def with_prospects(segmented: Frame, summary: Frame, attributes: Any, scheme: Scheme) -> Frame:
    """The segmented customers, and after them those who bought nothing, if the scheme has a segment for these.

    Parameters
    ----------
    segmented : Narwhals frame
        The buyers, with the attributes' columns.
    summary : Narwhals frame
        All customers of the log, also those with refunds only.
    attributes : dataframe or None
        A row each for some customers, checked before.
    scheme : Scheme

    Returns
    -------
    Narwhals frame
        With missing facts and scores where nothing was bought.
    """
    if scheme.prospects is None:
        return segmented
    names = segmented.collect_schema().names()
    ids: list[Any] = [segmented.select("customer_id"), _others(summary.select("customer_id"), segmented)]
    known: list[str] = []
    if attributes is not None:
        right = nullable_truths(from_native(attributes))
        known = [name for name in right.collect_schema().names() if name != "customer_id"]
        ids.append(_others(right.select("customer_id"), summary))
    facts = segmented.select([name for name in names if name not in known])
    for name, dtype in facts.collect_schema().items():
        if dtype.is_integer() and name != "customer_id":
            facts = nullable(facts, name)
    facts = facts.with_columns(nw.col("segment").cast(nw.String))
    everyone = join_in_order(nw.maybe_reset_index(nw.concat(ids)), facts)
    if known:
        everyone = join_in_order(everyone, right)
    everyone = everyone.with_columns(segment=nw.col("segment").fill_null(scheme.prospects))
    everyone = everyone.with_columns(as_categories(everyone, nw.col("segment"), scheme.names))
    answer: Frame = everyone.select(*names)
    return answer


def _others(ids: Frame, known: Frame) -> Frame:
    """The ids that another table has not."""
    others: Frame = join_in_order(ids, known.select("customer_id"), how="anti")
    return others
