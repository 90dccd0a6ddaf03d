"""The terminal's summary of the findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from clv._command.hints import in_command_words
from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom
from clv._report.command_sentences import (
    alive_sentence,
    backtest_sentence,
    caution_lines,
    left_out_sentence,
    objection_lines,
)
from clv._report.customers_at_risk import at_risk_columns, customers_at_risk
from clv._report.findings import Findings, parameters, top_customers
from clv._report.interval_sentences import correction_of, held_sentence, source_of
from clv._report.report import ENGLISH
from clv._report.wording import Wording
from clv._season.season_words import season_note
from clv._spend_choice import spend_lines
from clv._units import PERIODS
from rfm.errors import printable

__all__ = ["block", "said", "summary"]

WIDEST: Final = 60  # characters of a text in a printed table
SHOWN = {
    **dict.fromkeys(("share_of_customers", "share_of_spend", "share_of_clv"), "{:.1%}"),
    "clv_per_customer": "{:,.2f}",
    "p_alive": "{:.0%}",
}
HOLDS: Final[dict[IntervalFrom, str]] = {
    LAW: "if the laws hold",
    PAST: "with the errors that the law made on this log before",
    TYPICAL: "with errors that are typical of other logs",
}
DIGITS = {"p_alive": 3, "expected_purchases": 1, "expected_spend": 2,
          **dict.fromkeys(("purchases_if_alive", "purchases_at_risk"), 1),
          **dict.fromkeys(("clv", "usual_gap", "value_if_alive", "value_at_risk"), 0)}  # fmt: skip
RISKY = ("customer_id", "segment", "last_purchase", "recency", "usual_gap", "p_alive")
AT_RISK = "Most at risk: repeat buyers inactive for longer than usual, with P(alive) of 20% to 80%"


def said(found: Findings) -> set[str]:
    """The warnings that the summary prints beside the numbers that they touch."""
    return {*caution_lines(found), *found.cautions_on("segments"), *found.cautions_on_tested}


def summary(found: Findings) -> str:
    """The terminal's summary: the customer base, cautions, segments, laws, customers of interest."""
    table = found.table
    head = (
        f"\n{len(table):,} customers, {found.orders:,} orders in {found.rows:,} rows, "
        f"{found.first_day} to {found.as_of}."
    )
    season = found.model.season
    choice = found.model.choice
    conclusions = [
        held_sentence(found),
        _corrected(found),
        *_care(caution_lines(found)),
        alive_sentence(found),
        "" if choice is None else str(choice.sentence),
        backtest_sentence(found),
        *_care(found.cautions_on_tested),
        "" if season is None else str(season_note(season)),
        *_care(objection_lines(found)),
    ]
    segments = found.segments.copy()
    for name, form in SHOWN.items():
        if name in segments:
            segments[name] = segments[name].map(form.format)
    shown = [name for name in ("segment", "customers", *SHOWN) if name in segments]
    top = ["customer_id", "segment", "frequency", "last_purchase", "monetary", "p_alive", "expected_purchases",
           "expected_spend", "clv"]  # fmt: skip
    best = top_customers(table)[[name for name in top if name in table]].round(DIGITS)
    risky = customers_at_risk(table)
    return "\n".join(
        [
            head,
            *filter(None, (left_out_sentence(found), _money_sentence(found), *conclusions)),
            block(_segments_title(segments), segments[shown]),
            *_care(found.cautions_on("segments")),
            block(f"Parameters (time in {PERIODS[found.model.unit]})", _fitted(found)),
            *spend_lines(found.model.spend_orders, found.model.spend_note),
            block(f"{_best_title(table)} of the next {_horizon(found)}", best),
            *([block(AT_RISK, risky[[*RISKY, *at_risk_columns(table)]].round(DIGITS))] if len(risky) else []),
        ]
    )


def _care(lines: Sequence[str]) -> list[str]:
    """Cautions, under the number that they touch."""
    return [f"Take care: {in_command_words(line)}" for line in lines]


def _horizon(found: Findings) -> str:
    return Wording(ENGLISH, found.scheme).time(found.horizon)


def _fitted(found: Findings) -> pd.DataFrame:
    """The parameters to four decimals; a diverging estimate does not put the others into scientific notation."""
    fitted = parameters(found)
    numbers = ["estimate", "standard_error"]
    fitted[numbers] = fitted[numbers].map(lambda x: f"{x:.4f}" if abs(x) < 1e5 else f"{x:.4g}")
    return fitted


def _grown(found: Findings) -> str:
    return (
        f", at order values that grow by {100 * found.price_growth:.3g}% a year" if found.price_growth else ""
    )


def _corrected(found: Findings) -> str:
    """What was corrected in the total; empty if nothing was."""
    factors = " and ".join(
        f"{factor:.3f} times the {what}"
        for factor, what in zip(correction_of(found), ("purchases", "value"), strict=False)
    )
    return factors and (
        f"The law's totals erred in the same direction before, and correcting them helped: the totals are {factors} "
        "that the law expects."
    )


def _returned(found: Findings) -> str:
    rate = found.model.refunds.rate
    return f", less the {rate:.1%} of spend that is sent back" if rate else ""


def _segments_title(segments: pd.DataFrame) -> str:
    shares = {"share_of_spend": "of past spend", "share_of_clv": "of predicted value"}
    *first, last = ["of customers", *(words for name, words in shares.items() if name in segments)]
    return f"Segments: share {', '.join(first)} and {last}" if first else f"Segments: share {last}"


def _best_title(table: pd.DataFrame) -> str:
    return (
        "The ten most valuable customers" if "clv" in table else "The ten customers with the most purchases"
    )


def _money_sentence(found: Findings) -> str:
    """Past spend and predicted value, or purchases if the log has no amounts."""
    table, days, total = found.table, _horizon(found), found.total
    name = "clv" if "clv" in table else "purchases"
    bounds = f"{total[f'{name}_low']:,.0f} to {total[f'{name}_high']:,.0f}"
    range_ = f"90% interval {bounds}, {HOLDS[source_of(found)]}"
    if name == "clv":
        terms = f"discounted at {found.discount_rate:.0%} a year{_grown(found)}{_returned(found)}; {range_}"
        to_come = f"worth in the next {days} {total['clv']:,.0f} ({terms})"
    else:
        to_come = f"purchases in the next {days}: {total['purchases']:,.0f} ({range_})"
    if "monetary" in table:
        return f"Spent so far {table['monetary'].sum():,.0f}; {to_come}."
    return f"No amounts were read; {to_come}."


def block(title: str, frame: pd.DataFrame) -> str:
    """A table under its title, its texts as they may be printed."""
    shown = frame.rename(columns=lambda name: _short(str(name)))
    for name in shown:
        if not pd.api.types.is_numeric_dtype(shown[name].dtype):
            shown[name] = (
                shown[name]
                .astype(object)
                .map(lambda value: _short(value) if isinstance(value, str) else value)
            )
    return f"\n{title}\n{shown.to_string(index=False)}"


def _short(text: str) -> str:
    """A text as a cell of a printed table."""
    return printable(text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…")
