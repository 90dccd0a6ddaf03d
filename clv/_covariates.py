"""The covariates of customers: joined to their summary, and checked against what a model knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from clv._fits.design import Design, columns_of
from clv._stages import names_of
from clv.errors import FitError
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import Frame, engine_name, from_native, is_eager, same_engine, same_names, to_native
from rfm._frames.small_tables import frame_like
from rfm._frames.types import Table
from rfm._options import texts
from rfm._requirements import check_columns, refuse_repeated
from rfm.errors import DataError, EngineError

__all__ = ["column_names", "design_of", "known_covariates", "roles_of", "with_covariates"]

NAMED = 5  # customers that a message names
FIRST_ORDER = "first_order_spend"  # of a summary, which new customers are valued by
BTYD_COLUMNS = frozenset(
    {"customer_id", "frequency", "recency", "T", "n_periods", "monetary_value", "unit", "end", "refunds"}
)  # what a summary says of a customer's orders until now


def column_names(name: str, value: Any) -> tuple[str, ...]:
    """The names of columns given as one text or as several, each once.

    Raises
    ------
    DataError
        If they are no texts, or name a column of the summary that tells the outcome itself.

    Examples
    --------
    >>> column_names("purchase", "Channel")
    ('Channel',)
    """
    hint = f'{name}=["Channel"] names columns of covariates'
    names = (value,) if isinstance(value, str) else tuple(texts(name, value, hint))
    taken = [each for each in names if each in BTYD_COLUMNS]
    if taken:
        raise DataError(
            f"{name}: {taken[0]!r} is a column of the BTYD summary, which the law explains. "
            f"Hint: {hint}, known of a customer from the start."
        )
    return tuple(dict.fromkeys(names))


def roles_of(purchase: Any, dropout: Any, spend: Any) -> tuple[tuple[str, ...], ...]:
    """The columns that each part of a model depends on, see `column_names`."""
    return tuple(
        column_names(name, value)
        for name, value in (("purchase", purchase), ("dropout", dropout), ("spend", spend))
    )


def with_covariates(
    summary: Table, covariates: Table, names: Sequence[str], argument: str = "covariates"
) -> Any:
    """A summary with columns of another table, one row per customer, in place of its own ones of these names.

    Parameters
    ----------
    summary : dataframe
        With `customer_id`.
    covariates : dataframe
        With `customer_id` and the columns; of the same engine, or of any in memory if the summary is in memory.
    names : sequence of str
        The columns.
    argument : str
        The table's name, for messages.

    Raises
    ------
    DataError
        If a column is missing, a customer has two rows there, or a customer of the summary has none.
    EngineError
        If the two tables are behind different engines.
    """
    left = from_native(summary)
    schema = left.collect_schema().names()
    right = from_native(covariates, f"{argument} is a table with customer_id and a column for each covariate")
    check_columns(left, ("customer_id",), "covariates are joined by customer_id", argument="btyd_summary")
    check_columns(
        right, ("customer_id", *names), f"{argument} has customer_id and a column for each", argument=argument
    )
    right = _like(left, right.select("customer_id", *names))
    _check_ids(left, right, argument)
    without = join_in_order(left.select("customer_id"), right.select("customer_id"), how="anti")
    if is_eager(without):
        missing = without.get_column("customer_id").to_list()
        count = len(missing)
    else:
        count = int(fetch(without.select(rows=nw.len())).item())
        missing = fetch(without.head(NAMED)).get_column("customer_id").to_list() if count else []
    if count:
        raise DataError(
            f"{argument}: no row for {count:,} of the customers, such as {', '.join(map(str, missing[:NAMED]))}. "
            'Hint: give the covariates of every customer; a level such as "unknown" is one.'
        )
    kept = [name for name in schema if name not in names]
    taken = [
        *same_names(left, names, kept),
        *(name for name in names if name == FIRST_ORDER and name in schema),
    ]
    if taken:
        raise DataError(
            f"{argument}: the name {taken[0]!r} is taken by the BTYD summary. Hint: rename the column; the summary's "
            "own columns are covariates without covariates=."
        )
    return to_native(join_in_order(left.select(*kept), right))


def design_of(table: Table, names: Sequence[str]) -> Design:
    """The design of a table's columns: which are numbers and which categories, with their levels.

    Raises
    ------
    DataError
        If a column is missing or has missing or infinite values.
    FitError
        If a category has one level only.
    """
    frame = from_native(table)
    check_columns(
        frame, names, "covariates=, a table with customer_id and these columns", argument="covariates"
    )
    design = Design.of(columns_of(_distinct(frame, names), names))
    for factor in design.factors:
        if len(factor.levels) == 1:
            raise FitError(
                f"The covariate {factor.name!r} is constant, {factor.levels[0]!r} for everybody, so that its effect "
                "cannot be estimated. Hint: leave it out."
            )
    return design


def known_covariates(
    table: Table, design: Design, given: Table | None, kept: Table | None, argument: str = "customers"
) -> Any:
    """A table of customers with the covariates of a model: those given, its own ones, or those that the model kept.

    Raises
    ------
    DataError
        If there are none, or they have levels that the model has not seen, missing values or missing customers.
    """
    names = design.columns
    absent = [name for name in names if name not in names_of(table)]
    if given is not None:
        table = with_covariates(table, given, names)
    elif absent and kept is not None:
        table = with_covariates(table, kept, names, "the covariates of the fit")
    elif absent:
        raise DataError(
            f"{argument}: no column {', '.join(map(repr, absent))}, on which this model depends. "
            "Hint: covariates=, a table with customer_id and these columns."
        )
    frame = _distinct(from_native(table), names)
    design.coded(columns_of(frame, names, design, argument), argument)
    return table


def _check_ids(left: Frame, right: Frame, argument: str) -> None:
    """Raise if the two tables cannot be joined by `customer_id`."""
    if not same_engine(left, right):
        raise EngineError(
            f"The customers are on {engine_name(left)} and {argument} on {engine_name(right)}. "
            "Hint: convert both to one engine."
        )
    ours, theirs = (frame.collect_schema()["customer_id"] for frame in (left, right))
    if ours != theirs:
        raise DataError(
            f"{argument}: customer_id is {theirs} there and {ours} in the customers' table. Hint: cast one of them."
        )
    refuse_repeated(right, argument=argument)


def _distinct(frame: Frame, names: Sequence[str]) -> Frame:
    """The columns; behind an engine only their distinct rows."""
    columns = frame.select(*dict.fromkeys(names))
    return columns if isinstance(columns, nw.DataFrame) else columns.unique()


def _like(left: Frame, right: Frame) -> Frame:
    """The right table as one of the left one's kind, where both are small enough to be in memory."""
    if same_engine(left, right) or not isinstance(left, nw.DataFrame):
        return right
    table = nw.from_native(to_pandas(to_native(right)), eager_only=True)
    columns = {name: table.get_column(name).to_list() for name in table.columns}
    like = frame_like(left, columns)  # type: ignore[arg-type]
    ours = left.collect_schema()["customer_id"]
    if like.schema["customer_id"] != ours and like.schema["customer_id"].is_integer() and ours.is_integer():
        like = like.with_columns(nw.col("customer_id").cast(ours))
    return like
