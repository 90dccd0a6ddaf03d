"""The dialects of SQL, and what each of them calls a day."""

from __future__ import annotations

import importlib
from typing import Any, Final, Literal, TypeAlias, get_args

from rfm._days import day_date
from rfm._options import check_choice, received
from rfm.errors import DataError

__all__ = [
    "DIALECTS",
    "Dialect",
    "as_dialect",
    "column",
    "day_literal",
    "day_of",
    "days_between",
    "glot",
    "named",
    "text",
]

Dialect: TypeAlias = Literal[
    "postgres", "bigquery", "snowflake", "databricks", "redshift", "duckdb", "sqlite", "mysql"
]
DIALECTS: Final[tuple[str, ...]] = get_args(Dialect)


def glot() -> Any:
    """The package that writes SQL, loaded when it is used.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        return importlib.import_module("sqlglot")
    except ImportError as error:
        raise ImportError("SQL is written by sqlglot. Hint: pip install 'rfm-clv[sql]'.") from error


def as_dialect(dialect: Any) -> Dialect:
    """The dialect by its name.

    Raises
    ------
    DataError
    """
    check_choice("dialect", dialect, DIALECTS, DataError)
    found: Dialect = dialect
    return found


def named(name: Any, what: str) -> Any:
    """A name, quoted, so that it may hold anything.

    Raises
    ------
    DataError
        If it is no text, empty, or holds what no database takes: a NUL, or half of a character.
    """
    if (
        not isinstance(name, str)
        or not name
        or "\0" in name
        or any("\ud800" <= each <= "\udfff" for each in name)
    ):
        raise DataError(f'{what} must be a name; got {received(name)}. Hint: {what}="orders".')
    return glot().exp.to_identifier(name, quoted=True)


def column(name: str, what: str = "column") -> Any:
    """A column by its quoted name."""
    return glot().exp.Column(this=named(name, what))


def text(value: str) -> Any:
    """A literal text.

    Raises
    ------
    DataError
        If it holds a NUL.
    """
    if "\0" in value:
        raise DataError(
            f"SQL has no text with a NUL; got {received(value)}. Hint: name the segment or value without it."
        )
    return glot().exp.Literal.string(value)


def day_of(value: Any, dialect: Dialect) -> Any:
    """The calendar day of a date or a time."""
    exp = glot().exp
    if dialect == "sqlite":  # which keeps days as texts, and whose CAST to DATE would give the year
        return exp.Anonymous(this="DATE", expressions=[value])
    return exp.cast(value, "date")


def day_literal(day: int, dialect: Dialect) -> Any:
    """A day, given as days since 1970-01-01."""
    iso = glot().exp.Literal.string(day_date(day).isoformat())
    return iso if dialect == "sqlite" else glot().exp.cast(iso, "date")


def days_between(later: Any, earlier: Any, dialect: Dialect) -> Any:
    """Whole days from one day to a later one."""
    exp = glot().exp
    if dialect == "postgres":  # where days subtract to whole days
        return exp.Sub(this=later, expression=earlier)
    if dialect == "sqlite":
        julian = [exp.Anonymous(this="JULIANDAY", expressions=[day]) for day in (later, earlier)]
        return exp.cast(exp.Sub(this=julian[0], expression=julian[1]), "bigint")
    return exp.DateDiff(this=later, expression=earlier, unit=exp.var("DAY"))
