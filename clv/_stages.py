"""Recognising tables by their columns, so that an error can say how to make the right one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from rfm._frames.native import from_native
from rfm._orders.transactions import Transactions, as_transactions
from rfm.errors import DataError

__all__ = ["as_log", "names_of", "refuse_other_stage", "refuse_table", "stage_of"]

LOG: Final = "a log of orders"
BTYD: Final = "a BTYD summary (clv.summarize)"
# The columns that identify a table, most specific first, and its description.
STAGES: Final = (
    ({"customer_id", "frequency", "recency", "T"}, BTYD),
    ({"customer_id", "frequency", "recency", "n_periods"}, BTYD),
    ({"customer_id", "segment", "clv", "p_alive"}, "a customer table (clv.customer_table)"),
    ({"customer_id", "clv", "p_alive"}, "a table of predictions (model.predict)"),
    ({"customer_id", "due", "due_note"}, "a table of due dates (model.due)"),
    ({"customer_id", "R", "F", "M", "segment"}, "a table of segmented customers (rfm.segment)"),
    ({"customer_id", "R", "F", "M"}, "a table of scores (rfm.score)"),
    ({"customer_id", "first_purchase", "last_purchase", "orders"}, "a customer summary (rfm.summarize)"),
    ({"segment", "share_of_customers", "clv"}, "a table of segments (clv.segment_value)"),
    ({"segment", "customers", "share_of_spend"}, "a table of segments (rfm.profile)"),
    ({"customer_id", "date"}, LOG),
)


def stage_of(columns: Iterable[str]) -> str | None:
    """The kind of a table with these columns, in words; None if it is not recognised.

    >>> stage_of(["customer_id", "recency", "frequency", "monetary", "R", "F", "M", "rfm", "segment"])
    'a table of segmented customers (rfm.segment)'
    """
    held = set(columns)
    return next((name for telling, name in STAGES if telling <= held), None)


def names_of(table: Any) -> set[str]:
    """The names of a table's columns; none if it is not a table, which is refused elsewhere.

    >>> names_of("orders.csv")
    set()
    """
    try:
        return set(from_native(table).collect_schema().names())
    except DataError:
        return set()


def as_log(tx: Any, function: str) -> Transactions:
    """The `Transactions` of a log; a table of a later stage is refused with a hint on the log.

    Parameters
    ----------
    tx : Transactions or dataframe
        What was given as the log.
    function : str
        The calling function, for the message: "clv.fit".

    Raises
    ------
    DataError
        If this is a fitted model, the name of a file, or a table of a later stage.
    """
    if isinstance(tx, Transactions):
        return tx
    takes = f"{function} takes a log of orders (customer_id, date, amount)"
    if isinstance(tx, (str, Path)):
        raise DataError(
            f"{takes}, got {str(tx)!r}. Hint: read the file first, {function}(pandas.read_csv(path))."
        )
    if hasattr(tx, "purchases") and hasattr(tx, "predict"):
        raise DataError(
            f"{takes}, got a fitted model. Hint: a model has the methods predict, due, total and forecast, "
            "and customer_table(tx, model=model) takes it with the log."
        )
    columns = from_native(tx).collect_schema().names()
    stage = stage_of(columns)
    if stage is None or {"customer_id", "date"} <= set(columns):
        return as_transactions(tx)
    hint = f"{function}(tx), with the log that this table was made from"
    if stage == BTYD:
        hint += "; clv.fit_summary(summary) fits to a BTYD summary, and model.predict(customers=summary) takes one"
    raise DataError(f"{takes}, got {stage}. Hint: {hint}.")


def refuse_other_stage(table: Any, needed: Iterable[str], argument: str, wanted: str, made: str) -> None:
    """Raise DataError if a table lacks needed columns and is recognised as one of another stage.

    Parameters
    ----------
    table : any
        What was given as the table.
    needed : iterable of str
        Columns that will be read.
    argument, wanted : str
        The argument's name, and the kind of table it takes: "customers", "a BTYD summary".
    made : str
        The call that makes one: "clv.summarize(tx)".
    """
    takes = f"{argument} must be {wanted}"
    if isinstance(table, Transactions):
        raise DataError(f"{takes}, got {LOG} (Transactions). Hint: {made} makes one.")
    if isinstance(table, (str, Path)):
        raise DataError(f"{takes}, got {str(table)!r}. Hint: {made} makes one.")
    columns = from_native(table).collect_schema().names()
    missing = [name for name in needed if name not in columns]
    stage = stage_of(columns)
    if missing and stage is not None:
        raise DataError(f"{takes}, got {stage}, without {', '.join(missing)}. Hint: {made} makes one.")


def refuse_table(value: Any, name: str, function: str) -> None:
    """Raise DataError if a log or a table was passed as an option, since its repr would fill a page.

    >>> refuse_table("52W", "horizon", "predict")
    """
    if isinstance(value, Transactions) or hasattr(value, "columns"):
        raise DataError(
            f"{function}: {name} must not be a table, got a {type(value).__name__}. "
            f"Hint: model.{function}(customers=clv.summarize(tx)) predicts for the customers of a log."
        )
