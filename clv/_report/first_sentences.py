"""The three sentences at the top of the report, from its facts."""

from __future__ import annotations

from clv._report.findings import Findings
from clv._report.first_facts import Ahead, Slipping, Sources, ahead, slipping, sources
from clv._report.interval_sentences import KEYS, source_of
from clv._report.wording import Wording

__all__ = ["first_sentences"]


def first_sentences(found: Findings, words: Wording) -> tuple[str, str, str]:
    """Who brings the money, who is slipping, and what lies ahead and how sure that is."""
    return (
        _sources(sources(found.table), words),
        _slipping(slipping(found.table, found.nobody_leaves), words, words.time(found.horizon)),
        _ahead(ahead(found.total), found, words),
    )


def _sources(fact: Sources, words: Wording) -> str:
    total = words.money(fact.total) if fact.of == "spend" else f"{fact.total:,.0f}"
    return words(
        f"first.{fact.of}.{fact.kind}",
        total=total,
        customers=f"{fact.customers:,}",
        half=f"{fact.half:,}",
        share=_share(fact.half / fact.customers) if fact.customers else "–",
        segment=words.label(fact.segment),
        segment_customers=f"{fact.segment_customers:,}",
        segment_share=_share(fact.segment_share),
        action=words.action(fact.segment),
    )


def _slipping(fact: Slipping, words: Wording, horizon: str) -> str:
    if fact.kind != "some":
        return words(f"first.slipping.{fact.kind.replace(' ', '_')}")
    money = fact.of == "value"
    at_risk = words.money(fact.at_risk) if money else f"{fact.at_risk:,.1f}"
    return words(
        f"first.slipping.{'value' if money else 'purchases'}{'_one' if fact.customers == 1 else ''}",
        customers=f"{fact.customers:,}",
        at_risk=at_risk,
        horizon=horizon,
        segment=words.label(fact.segment),
    )


def _ahead(fact: Ahead, found: Findings, words: Wording) -> str:
    """The total, its interval, and what stands behind the interval."""
    shown = words.money if fact.of == "value" else "{:,.0f}".format
    expected, low, high = (shown(value) for value in (fact.expected, fact.low, fact.high))
    what = words(f"first.ahead.{fact.of}", horizon=words.time(found.horizon), expected=expected)
    if not fact.has_interval:
        return words("first.ahead.unsure", what=what)
    return words("first.ahead.sure", what=what, low=low, high=high, why=_why(found, words))


def _why(found: Findings, words: Wording) -> str:
    """How the interval is known: by how many past totals it held, from other shops, or by the law alone."""
    kind, errors = KEYS[source_of(found)], found.model.past_errors
    held = errors.held(0.9) if errors is not None and kind == "past" else None
    if held is not None and held.totals:
        return words("first.ahead.held", held=f"{held.with_errors:,}", totals=f"{held.totals:,}")
    return words(f"first.ahead.{kind}")


def _share(share: float) -> str:
    return f"{share:.0%}" if not 0 < share < 0.01 else f"{share:.1%}"
