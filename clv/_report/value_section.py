"""The report's section on what customers will be worth: totals, the most valuable, those at risk, parameters."""

from __future__ import annotations

from dataclasses import replace

from clv import plot
from clv._report.customers_at_risk import at_risk_columns, customers_at_risk
from clv._report.findings import Findings, parameters, top_customers
from clv._report.formats import table
from clv._report.interval_sentences import interval_sentences
from clv._report.notes import note_of, notes_on, objections, where_cautions_stand
from clv._report.page import Note, Picture, Section, Table
from clv._report.wording import Wording
from clv._season.season_words import season_note
from clv._spend_choice import spend_lines
from clv._summary import summarize
from rfm._frames.mapping import to_pandas

__all__ = ["value_section"]


def value_section(found: Findings, words: Wording, facts: dict[str, str]) -> Section:
    """What they will be worth, each number with the cautions on it."""
    return Section(
        words("value.title"),
        (*_together(found, words, facts), *_known(found, words, facts)),
        (*objections(found, words), *notes_on(found, words, "checks")),
        tuple(_tables(found, words, facts)),
        (*_alive_picture(found, words), *_season_picture(found, words)),
    )


def _together(found: Findings, words: Wording, facts: dict[str, str]) -> tuple[str | Note, ...]:
    """The laws and the total that they give."""
    return (
        words("value.text", **facts),
        *_chosen(found, words),
        *notes_on(found, words, "law", "spend"),
        words("total.text", **facts),
        *notes_on(found, words, "total"),
        *interval_sentences(found, words, facts),
        *_tested(found, words),
        *note_of(words, "tested", found.cautions_on_tested),
    )


def _known(found: Findings, words: Wording, facts: dict[str, str]) -> tuple[str, ...]:
    """What the values take into account."""
    safe = customers_at_risk(found.table).empty
    return (
        *((words("value.returned", **facts),) if found.model.refunds.rate else ()),
        *((words("value.growth", **facts),) if found.price_growth else ()),
        *(words.language(line) for line in spend_lines(found.model.spend_orders, found.model.spend_note)),
        *_season(found, words),
        *((words("value.nobody_at_risk"),) if safe else ()),
    )


def _tables(found: Findings, words: Wording, facts: dict[str, str]) -> list[Table]:
    """The forecast by month, the most valuable customers, those at risk, and the parameters."""
    columns = ["customer_id", "segment", "frequency", "last_purchase", "monetary", "p_alive", "expected_purchases",
               "expected_spend", *(["refund_rate"] if found.model.refunds.rate else []), "clv"]  # fmt: skip
    fitted = ["law", "parameter", "estimate", "standard_error"]
    at_risk = customers_at_risk(found.table)
    risky = ["customer_id", "segment", "frequency", "last_purchase", "recency", "usual_gap", "p_alive",
             *at_risk_columns(found.table)]  # fmt: skip
    care = where_cautions_stand(found, words)
    return [
        *_months(found, words),
        table(top_customers(found.table), columns, words("value.caption_top", **facts), words, care),
        *([] if at_risk.empty else [table(at_risk, risky, words("value.caption_risk"), words, care)]),
        table(parameters(found), fitted, words("value.caption_parameters", **facts), words, care),
    ]


def _alive_picture(found: Findings, words: Wording) -> tuple[Picture, ...]:
    """P(alive) by history; with covariates, each kind of customer has a matrix of its own."""
    if found.model.purchases.coefficients:
        return ()
    most, age = _seen(found)
    matrix = plot.p_alive_matrix(found.model, max_frequency=most, T=age, words=words.words_of("matrices"))
    return (words.draw(matrix, words("pictures.p_alive")),)


def _seen(found: Findings) -> tuple[int | None, float | None]:
    """The repeat purchases and the time to show of today's customers, where a saved model holds none of its own."""
    if found.model.customers is not None:
        return None, None
    table = to_pandas(summarize(found.tx, unit=found.model.unit))
    age = float(table["T"].max())
    return max(int(table["frequency"].quantile(0.995, interpolation="higher")), 1), age if age > 0 else None


def _chosen(found: Findings, words: Wording) -> tuple[str, ...]:
    """Which law was chosen, and why."""
    choice = found.model.choice
    return () if choice is None else (words.language(choice.sentence),)


def _season(found: Findings, words: Wording) -> tuple[str, ...]:
    """Which season the model has, and how it was chosen."""
    season = found.model.season
    return () if season is None else (words.language(season_note(season)),)


def _months(found: Findings, words: Wording) -> list[Table]:
    """The forecast by month, where there is a season."""
    if found.by_month is None:
        return []
    columns = ["start", "end", "purchases", "revenue", "active"]
    shown = table(found.by_month, columns, words("value.caption_months"), words)
    return [replace(shown, notes=notes_on(found, words, "months"))]


def _season_picture(found: Findings, words: Wording) -> tuple[Picture, ...]:
    """The factors of the season, where there is one."""
    if not found.seasonal:
        return ()
    return (words.draw(plot.season(found.model, words=words.words_of("season")), words("pictures.season")),)


def _tested(found: Findings, words: Wording) -> tuple[str, ...]:
    """The error in the backtest of the law that is used."""
    tested = found.tested
    if tested is None:
        return ()
    numbers = {name: f"{tested[name]:,.0f}" for name in ("predicted", "happened")}
    law, origin, bias = tested["model"], str(tested["origin"]), f"{tested['bias']:+.1%}"
    return (words("value.tested", law=law, origin=origin, bias=bias, **numbers),)
