"""Sentences of the command's summary: the number of active customers, and cautions."""

from __future__ import annotations

from clv._report.cautions import OF_VALUES
from clv._report.findings import Findings
from rfm._frames.execution import fetch
from rfm._frames.native import from_native

__all__ = ["alive_sentence", "backtest_sentence", "caution_lines", "left_out_sentence", "objection_lines"]


def alive_sentence(found: Findings) -> str:
    """How many are still customers, noting that under BG/NBD a one-time buyer never leaves."""
    p_alive = found.table["p_alive"]
    if found.nobody_leaves:
        return (
            f"Under the fitted law no customer leaves: {found.model.purchases.law.name} gives all P(alive) = 100%, "
            "so it cannot say who is still a customer, and the values assume that all customers stay."
        )
    if not found.undoubted:
        return f"About {p_alive.sum():,.0f} of {len(p_alive):,} are still customers."
    back, title = found.repeat_buyers["p_alive"], found.model.purchases.law.title
    return (
        f"Of the {len(back):,} repeat buyers, about {back.sum():,.0f} are still customers; "
        f"the {found.undoubted:,} who bought once have P(alive) = 100% by {title}'s construction "
        "(mbg-nbd and pareto-nbd let them leave)."
    )


def left_out_sentence(found: Findings) -> str:
    """The rows that were not used, by rule; empty where all were."""
    lines = fetch(from_native(found.tx.audit)).rows(named=True)
    dropped = [f"{line['rows']:,} rows ({line['rule']})" for line in lines if line["effect"] == "dropped"]
    return f"Left out: {', '.join(dropped)}." if dropped else ""


def caution_lines(found: Findings) -> list[str]:
    """Cautions on the values, in sentences: those of the fits and of the total."""
    return list(found.cautions_on(*OF_VALUES))


def objection_lines(found: Findings) -> list[str]:
    """The checks that do not hold, in sentences."""
    return [f"{doubt.check}? {doubt.holds.capitalize()}. {doubt.finding}" for doubt in found.objections]


def backtest_sentence(found: Findings) -> str:
    """The purchase law's error in the backtest; empty without one."""
    tested = found.tested
    if tested is None:
        return ""
    return (
        f"Fitted to the log until {tested['origin']}, {tested['model']} predicted {tested['predicted']:,.0f} purchases "
        f"where {tested['happened']:,.0f} happened ({tested['bias']:+.1%})."
    )
