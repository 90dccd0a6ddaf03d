"""One quotient on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw

__all__ = ["quotient"]


def quotient(numerator: nw.Expr, divisor: float) -> nw.Expr:
    """A column divided by a constant, correctly rounded.

    Polars multiplies by the reciprocal of a constant (903200 / 10000 becomes 90.32000000000001), which
    would part equal values on their way from one engine to another. A column of the constant is divided by.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"units": [903200, 903200]}))
    >>> frame.select(exact=quotient(nw.col("units"), 10_000.0)).rows()
    [(90.32,), (90.32,)]
    """
    constant = numerator.is_null().cast(nw.Int64) + float(divisor)  # wrong only where nothing is divided
    return numerator / constant
