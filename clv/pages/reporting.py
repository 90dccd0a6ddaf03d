"""The report: what a log of orders says of its customers, in words, tables and pictures, as one HTML file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

import rfm.plot
from clv import plot
from clv.fit_model import PurchaseModel
from clv.frames import to_pandas
from clv.pages.findings import (
    QUARTER,
    Findings,
    Progress,
    find,
    parameters,
    slipping_customers,
    top_customers,
)
from clv.pages.page import Card, Column, Language, Page, Section, Table, draw, render, words
from clv.units import Horizon
from rfm.schemes.scheme import Scheme

__all__ = ["report", "write_report"]


def report(
    tx: Any,
    path: str | Path = "rfm-clv-report.html",
    *,
    as_of: str | date | None = None,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    scheme: str | Scheme = "classic",
    model: PurchaseModel = "bg-nbd",
    language: Language = "en",
) -> Path:
    """Write one self-contained HTML file on a log of orders and its customers.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    path : str or Path
        The file to write.
    as_of, horizon, discount_rate, scheme, model
        See `clv.customer_table`.
    language : {"en", "zh-Hant", "zh-Hans"}
        The report's words.

    Returns
    -------
    Path
        Where the file lies. It opens offline, runs no script, and is the same to the byte for the same input.

    Raises
    ------
    DataError
        See `clv.customer_table`; or if there are no words in that language.
    """
    found = find(tx, as_of=as_of, horizon=horizon, discount_rate=discount_rate, scheme=scheme, model=model)
    return write_report(found, path, language=language)


def write_report(
    found: Findings,
    path: str | Path,
    *,
    language: Language = "en",
    progress: Progress = lambda step: None,
) -> Path:
    """Write what was found as HTML; see `report`."""
    progress("Drawing the pictures and writing the report")
    path = Path(path)
    path.write_text(render(compose(found, language)), encoding="utf-8")
    return path


def compose(found: Findings, language: Language) -> Page:
    """The page, before it is rendered: every number is text, every picture drawn."""
    t = words(language)
    facts = _facts(found)
    return Page(
        language=language,
        title=t["title"],
        subtitle=t["subtitle"].format(**facts),
        footer=t["footer"],
        cards=tuple(
            Card(facts[key], t["cards"][key].format(**facts))
            for key in ("customers", "spend", "alive", "value")
        ),
        sections=(
            _segments(found, t, language),
            _moved(found, t, facts, language),
            _value(found, t, facts),
            _trust(found, t),
            _data(found, t),
            _method(t),
        ),
    )


def _facts(found: Findings) -> dict[str, str]:
    """The numbers that the sentences name."""
    table = found.table
    return {
        "customers": f"{len(table):,}",
        "rows": f"{found.kept_rows:,}",
        "first": found.first_day.isoformat(),
        "last": found.as_of.isoformat(),
        "horizon": str(found.horizon),
        "rate": f"{found.discount_rate:.0%}",
        "spend": f"{table['monetary'].sum():,.0f}",
        "alive": f"{table.loc[table['frequency'] > 1, 'p_alive'].sum():,.0f}",
        "value": f"{table['clv'].sum():,.0f}",
        "law": found.model.purchases.law.name,
        "unit": found.model.unit,
        "quarter_ago": (found.as_of - timedelta(days=QUARTER)).isoformat(),
        **{
            f"total_{name}": f"{value:,.0f}"
            for name, value in found.total.drop(["group", "customers"]).items()
        },
    }


def _segments(found: Findings, t: dict[str, Any], language: Language) -> Section:
    columns = ["segment", "customers", "share_of_customers", "share_of_spend", "share_of_clv", "clv_per_customer",
               "p_alive", "action"]  # fmt: skip
    named = found.segments.assign(
        action=[_action(found, str(name), language) for name in found.segments["segment"]],
        segment=[_label(found, str(name), language) for name in found.segments["segment"]],
    )
    pictures = t["pictures"]
    labels = {name: _label(found, name, language) for name in found.scheme.names}
    return Section(
        t["segments"]["title"],
        (t["segments"]["text"],),
        (_table(named, columns, t["segments"]["caption"], t),),
        (
            draw(rfm.plot.treemap(found.table, by="spend", labels=labels), pictures["treemap"]),
            draw(rfm.plot.heatmap(found.table, value="spend"), pictures["heatmap"]),
        ),
    )


def _label(found: Findings, name: str, language: Language) -> str:
    """A segment's name in a language; the name itself where the scheme has none."""
    return {segment.name: segment.label(language) for segment in found.scheme.segments}.get(name, name)


def _action(found: Findings, name: str, language: Language) -> str:
    """What to do about a segment, in a language."""
    return {segment.name: segment.action_in(language) for segment in found.scheme.segments}.get(name, "")


def _moved(found: Findings, t: dict[str, Any], facts: dict[str, str], language: Language) -> Section:
    """Who moved in the last quarter, as a table of customers."""
    told = t["moved"]
    if found.moved is None:
        return Section(told["title"], (told["none"],))
    matrix = to_pandas(found.moved.matrix("customers")).set_index("segment_from")
    labels = [_label(found, str(name), language) for name in matrix.columns]
    shown = (Column(told["from"]), *(Column(label, number=True) for label in labels))
    rows = tuple(
        (_label(found, str(name), language), *(f"{int(value):,}" if value else "·" for value in row))
        for name, row in zip(matrix.index, matrix.to_numpy(), strict=True)
    )
    return Section(told["title"], (told["text"].format(**facts),), (Table(told["caption"], shown, rows),))


def _trust(found: Findings, t: dict[str, Any]) -> Section:
    """How far to trust it: the backtest, and its deciles in a picture."""
    told = t["trust"]
    if found.backtest is None:
        return Section(told["title"], (told["none"],))
    table = found.backtest.table
    best = table.iloc[0]
    text = told["text"].format(origin=best["origin"], happened=f"{best['happened']:,.0f}")
    columns = ["model", "kind", "predicted", "rmse", "mae", "bias", "correlation"]
    one = found.backtest.predictions
    law = table.loc[table["kind"] == "law", "model"].iloc[0]
    return Section(
        told["title"],
        (text, found.backtest.recommendation),
        (_table(table, columns, told["caption"], t),),
        (draw(plot.decile_calibration(one[one["model"] == law]), t["pictures"]["decile"]),),
    )


def _value(found: Findings, t: dict[str, Any], facts: dict[str, str]) -> Section:
    words_ = t["value"]
    columns = ["customer_id", "segment", "frequency", "last_purchase", "monetary", "p_alive", "expected_purchases",
               "expected_spend", "clv"]  # fmt: skip
    return Section(
        words_["title"],
        (words_["text"].format(**facts), t["total"]["text"].format(**facts)),
        (
            _table(top_customers(found.table), columns, words_["caption_top"].format(**facts), t),
            _table(slipping_customers(found.table), columns, words_["caption_risk"], t),
            _table(
                parameters(found),
                ["law", "parameter", "estimate", "standard_error"],
                words_["caption_parameters"].format(**facts),
                t,
            ),
        ),
        (draw(plot.p_alive_matrix(found.model), t["pictures"]["p_alive"]),),
    )


def _data(found: Findings, t: dict[str, Any]) -> Section:
    audit = to_pandas(found.tx.audit)
    columns = [
        name for name in ("rule", "effect", "rows", "customers", "amount", "examples") if name in audit
    ]
    return Section(
        t["data"]["title"], (t["data"]["text"],), (_table(audit, columns, t["data"]["caption"], t),)
    )


def _method(t: dict[str, Any]) -> Section:
    method = t["method"]
    return Section(
        method["title"], definitions=tuple((d["term"], d["meaning"]) for d in method["definitions"])
    )


def _table(frame: pd.DataFrame, columns: list[str], caption: str, t: dict[str, Any]) -> Table:
    """A frame's columns as text, under the labels of the language."""
    shown = tuple(Column(t["columns"][name], pd.api.types.is_numeric_dtype(frame[name])) for name in columns)
    cells = [[_cell(name, value) for value in frame[name]] for name in columns]
    return Table(caption, shown, tuple(zip(*cells, strict=True)))


def _cell(name: str, value: Any) -> str:
    """A value as people write it: shares in per cent, money and counts with thousands, dates as days."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "–"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if name in FORMATS:
        return FORMATS[name](value)
    return str(value)


def _share(value: float) -> str:
    return f"{value:.1%}" if value < 1 else "100%"


def _money(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


FORMATS: Final[dict[str, Callable[[Any], str]]] = {
    **dict.fromkeys(("share_of_customers", "share_of_spend", "share_of_clv", "p_alive"), _share),
    **dict.fromkeys(("amount", "monetary", "expected_spend", "clv", "clv_per_customer"), _money),
    **dict.fromkeys(("rows", "customers", "frequency"), "{:,}".format),
    **dict.fromkeys(("estimate", "standard_error"), "{:.4g}".format),
    **dict.fromkeys(("rmse", "mae", "correlation"), "{:.3f}".format),
    "predicted": "{:,.0f}".format,
    "bias": "{:+.1%}".format,
    "expected_purchases": "{:.1f}".format,
}
