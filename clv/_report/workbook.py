"""The report's tables as an Excel workbook, a sheet for each, in the report's language."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pandas as pd

from clv._report.customers_at_risk import at_risk_columns, customers_at_risk
from clv._report.findings import Findings, parameters
from clv._report.formats import NAMES
from clv._report.language import Language
from clv._report.wording import Wording
from clv._units import UNIT_WORDS
from clv._workbooks import Kind, Sheet, SheetColumn, Typed, check_installed, write_workbook
from rfm._frames.mapping import to_pandas
from rfm._options import file_path, received
from rfm._orders.audit import Line
from rfm._saved_files import check_writable
from rfm.errors import DataError

__all__ = ["check_workbook", "sheets_of", "write_report_workbook"]

WORKBOOK: Final = 'workbook="report.xlsx", in a folder where you may write'

SEGMENTS: Final = (
    "segment", "customers", "share_of_customers", "spend", "share_of_spend", "clv", "share_of_clv", "clv_per_customer",
    "p_alive", "action",
)  # fmt: skip
CUSTOMERS: Final = (
    "customer_id", "segment", "R", "F", "M", "recency", "frequency", "monetary", "first_purchase", "last_purchase",
    "p_alive", "expected_purchases", "expected_spend", "refund_rate", "clv",
)  # fmt: skip
AT_RISK: Final = ("customer_id", "segment", "frequency", "last_purchase", "recency", "usual_gap", "p_alive")
TESTED: Final = ("model", "kind", "happened", "predicted", "log_score", "rmse", "mae", "bias", "correlation")
MONTHS: Final = ("start", "end", "purchases", "revenue", "active")
AUDIT: Final = ("rule", "effect", "rows", "customers", "amount", "examples")

KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("share_of_customers", "share_of_spend", "share_of_clv"), "share"),
    **dict.fromkeys(("p_alive", "refund_rate", "bias"), "share"),
    **dict.fromkeys(
        ("spend", "clv", "clv_per_customer", "monetary", "expected_spend", "amount", "revenue", "value_if_alive",
         "value_at_risk"),
        "money",
    ),
    **dict.fromkeys(("happened", "predicted", "usual_gap"), "whole"),
    **dict.fromkeys(("start", "end", "first_purchase", "last_purchase"), "date"),
    "customer_id": "text",
}  # fmt: skip
"""What columns hold that their types do not say."""

Fact = tuple[str, Any, Kind]


def check_workbook(path: str | PathLike[str], hint: str = WORKBOOK) -> None:
    """Refuse at once a path to which no workbook can be written, before the work that makes its content.

    Raises
    ------
    DataError
    ImportError
    """
    check_installed()
    named = file_path(path, hint, name="workbook")
    if named.suffix.lower() != ".xlsx":
        raise DataError(f"workbook must be an .xlsx file; got {received(str(named))}. Hint: {hint}.")
    check_writable(named, hint)


def write_report_workbook(found: Findings, path: str | PathLike[str], language: Language) -> Path:
    """Write the findings as an Excel workbook; see `clv.report`."""
    words = Wording(language, found.scheme)
    return write_workbook(sheets_of(found, words), path, words("title"), WORKBOOK)


def sheets_of(found: Findings, words: Wording) -> list[Sheet]:
    """The sheets, in the order of the tabs; those that the log gives nothing for are left out."""
    made = [
        _summary(found, words),
        _table("segments", _with_actions(found, words), SEGMENTS, words),
        _table("customers", found.table, CUSTOMERS, words),
        _at_risk(found, words),
        _moved(found, words),
        *([] if found.by_month is None else [_table("months", found.by_month, MONTHS, words)]),
        *([] if found.backtest is None else [_table("backtest", found.backtest.table, TESTED, words)]),
        _checks(found, words),
        _cautions(found, words),
        _parameters(found, words),
        _table(
            "data", to_pandas(found.tx.audit).assign(examples=_examples(found.tx._audit_lines)), AUDIT, words
        ),
    ]
    return [sheet for sheet in made if sheet is not None]


def _title(key: str, words: Wording) -> str:
    return words(f"workbook.sheets.{key}")


def _examples(lines: Sequence[Line]) -> pd.Series[Any]:
    """The examples of the audit, which have keys for translation that columns of tables lose."""
    return pd.Series([line.examples for line in lines], dtype=object)


def _table(key: str, frame: pd.DataFrame, columns: Sequence[str], words: Wording) -> Sheet:
    """A sheet of those of the columns that a frame has."""
    names = [name for name in columns if name in frame]
    kinds = [_kind(name, frame[name]) for name in names]
    shown = tuple(
        SheetColumn(words(f"columns.{name}"), kind) for name, kind in zip(names, kinds, strict=True)
    )
    cells = [_values(name, frame[name], words) for name in names]
    return Sheet(_title(key, words), shown, list(zip(*cells, strict=True)))


def _kind(name: str, values: pd.Series[Any]) -> Kind:
    if name in KINDS:
        return KINDS[name]
    if pd.api.types.is_integer_dtype(values.dtype):
        return "whole"
    return "decimal" if pd.api.types.is_float_dtype(values.dtype) else "text"


def _values(name: str, values: pd.Series[Any], words: Wording) -> list[Any]:
    """A column's values, with names of closed lists in the language; ids and other numbers as they are."""
    listed = values.tolist()
    if name == "segment":
        return [words.label(str(each)) for each in listed]
    if name in NAMES:
        return [words.language.value(NAMES[name], str(each)) for each in listed]
    if name == "customer_id":
        return listed
    return [words.language(each) if isinstance(each, str) else each for each in listed]


def _with_actions(found: Findings, words: Wording) -> pd.DataFrame:
    return found.segments.assign(action=[words.action(str(name)) for name in found.segments["segment"]])


def _summary(found: Findings, words: Wording) -> Sheet:
    """One number a row, with what it is."""
    total, unit = found.total, found.model.unit
    spent: list[Fact] = []
    if "monetary" in found.table:
        spent.append(("spend", found.table["monetary"].sum(), "money"))
    totals: list[Fact] = []
    kinds: dict[str, Kind] = {"purchases": "whole", "clv": "money"}
    for name, kind in kinds.items():
        if name in total:
            totals += [(f"{name}{end}", total[f"{name}{end}"], kind) for end in ("", "_low", "_high")]
    facts: list[Fact] = [
        ("customers", len(found.table), "whole"),
        ("orders", found.orders, "whole"),
        ("rows", found.rows, "whole"),
        ("first_day", found.first_day, "date"),
        ("as_of", found.as_of, "date"),
        *spent,
        ("horizon", words.time(found.horizon), "text"),
        ("discount_rate", found.discount_rate, "share"),
        *totals,
        ("law", found.model.purchases.law.name, "text"),
        ("unit", words.language(UNIT_WORDS(unit)), "text"),
    ]
    rows = [(words(f"workbook.summary.{name}"), Typed(value, kind)) for name, value, kind in facts]
    columns = (SheetColumn(words("workbook.columns.what")), SheetColumn(words("workbook.columns.number")))
    return Sheet(_title("summary", words), columns, rows)


def _at_risk(found: Findings, words: Wording) -> Sheet | None:
    """The customers of the report's list of those most at risk."""
    listed = customers_at_risk(found.table)
    if listed.empty:
        return None
    return _table("at_risk", listed, (*AT_RISK, *at_risk_columns(found.table)), words)


def _moved(found: Findings, words: Wording) -> Sheet | None:
    """Moves between segments over the last quarter; rows: from, columns: to."""
    if found.moved is None:
        return None
    matrix = to_pandas(found.moved.matrix("customers")).set_index("segment_from")
    columns = (
        SheetColumn(words("moved.from")),
        *(SheetColumn(words.label(str(name)), "whole") for name in matrix.columns),
    )
    rows = [
        (words.language.value("migration", words.label(str(name))), *row)
        for name, row in zip(matrix.index, matrix.to_numpy().tolist(), strict=True)
    ]
    return Sheet(_title("moved", words), columns, rows)


def _checks(found: Findings, words: Wording) -> Sheet:
    """The laws' assumptions, and what the log says of them."""
    labels = ("check", "holds", "finding")
    columns = (
        *(SheetColumn(words(f"workbook.columns.{name}")) for name in labels),
        SheetColumn(words("columns.customers"), "whole"),
    )
    rows = [
        (
            words.language(each.check),
            words(f"workbook.holds.{each.holds}"),
            words.language(each.finding),
            each.customers,
        )
        for each in found.checks
    ]
    return Sheet(_title("checks", words), columns, rows)


def _cautions(found: Findings, words: Wording) -> Sheet | None:
    """What was warned of."""
    if not found.warnings:
        return None
    column = SheetColumn(words("workbook.columns.caution"))
    return Sheet(_title("cautions", words), (column,), [(words.language(text),) for text in found.warnings])


def _parameters(found: Findings, words: Wording) -> Sheet:
    names = ("law", "parameter", "estimate", "standard_error")
    return _table("parameters", parameters(found), names, words)
