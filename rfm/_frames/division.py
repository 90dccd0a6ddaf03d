"""The same quotient on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw

__all__ = ["quotient"]


def quotient(numerator: nw.Expr, divisor: float) -> nw.Expr:
    """A column divided by a constant, correctly rounded.

    Polars multiplies by the reciprocal of a constant (903200 / 10000 becomes 90.32000000000001), which
    would make equal values differ between engines. So the divisor is made a column.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"units": [903200, 903200]}))
    >>> frame.select(exact=quotient(nw.col("units"), 10_000.0)).rows()
    [(90.32,), (90.32,)]
    """
    # unused only for an empty table; of 32 bits, since PostgreSQL casts truth values to no others
    constant = numerator.is_null().cast(nw.Int32) + float(divisor)
    return numerator / constant
