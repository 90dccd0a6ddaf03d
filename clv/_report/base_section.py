"""The report's section on what changed: the factors of revenue, the bridge of two periods, and C3."""

from __future__ import annotations

import numpy as np

import rfm.plot
from clv._report.findings import Findings
from clv._report.formats import table
from clv._report.page import Section
from clv._report.wording import Wording
from rfm._base_report.brief import Brief

__all__ = ["base_section"]


def base_section(found: Findings, words: Wording) -> tuple[Section, ...]:
    """One section; none for a log that is too short, or has no amounts."""
    audit = found.audit
    if audit is None:
        return ()
    first, last = (np.datetime64(day) for day in (found.first_day, found.as_of))
    tree = audit.tree.assign(
        start=np.maximum(audit.tree["period"].to_numpy(), first),
        end=np.minimum(audit.tree["end"].to_numpy(), last),
    )
    columns = ["start", "end", "customers", "orders_per_customer", "order_value", "revenue"]
    shown = table(tree, columns, words("base.caption"), words)
    bridge = rfm.plot.revenue_bridge(audit.bridge, words=words.words_of("revenue_bridge"))
    stacked = rfm.plot.stacked_cohorts(audit.stacked, words=words.words_of("stacked_cohorts"))
    return (
        Section(
            words("base.title"),
            (words("base.text"), words("base.changed", **_changed(audit, words))),
            (),
            (shown,),
            (words.draw(bridge, words("pictures.bridge")), words.draw(stacked, words("pictures.stacked"))),
        ),
    )


def _changed(audit: Brief, words: Wording) -> dict[str, str]:
    """The numbers of the sentence on the last two complete periods."""
    amount = audit.bridge.set_index("step")["amount"]
    who = audit.overlap.set_index("bought")["customers"]
    bought = int(who["before only"] + who["both"])
    return {
        "before_first": audit.before[0],
        "before_last": audit.before[1],
        "after_first": audit.period[0],
        "after_last": audit.period[1],
        "revenue_before": words.money(amount["before"]),
        "revenue_after": words.money(amount["after"]),
        "bought": f"{bought:,}",
        "again": f"{int(who['both']):,}",
        "share": f"{who['both'] / bought:.0%}" if bought else "–",
        "left": words.money(-amount["left"]),
        "came": f"{int(who['after only']):,}",
        "gained": words.money(amount["new"] + amount["returned"]),
    }
