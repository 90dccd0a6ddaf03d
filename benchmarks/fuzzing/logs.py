"""Random nasty logs of a few rows, and the options that they are read and asked with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import numpy as np

__all__ = ["Options", "Row", "is_missing_id", "nasty_options", "nasty_rows"]

# Customer, ISO date, amount and order id; None where it is missing.
Row = tuple[Any, str | None, float | None, str | None]

ODD_IDS = (
    "ann", "Ann", " ann", "ann ", "007", "7", "7.0", "-7", "1e3", "nan", "None", "null", "<NA>", "NaT", "True", "inf",
    "", " ", "é", "e\u0301", "客戶", "😀", "a'b", 'a"b', "a\\b", "a;b", "a,b", "%s", "{x}", "$1", "*", "a.b", "\t",
    "a\nb",
    "x" * 300, "ß", "ſ", "İ",
)  # fmt: skip
STARTS = ("2024-01-01", "2024-02-20", "2019-12-25", "1969-12-20", "1970-01-01", "1965-03-01", "1900-02-20",
          "1700-01-01", "2199-06-01", "2261-12-01", "9000-01-01")  # fmt: skip
SPANS = (0, 1, 6, 30, 100, 400, 1_200)
COUNTS = (1, 2, 3, 5, 8, 12, 25)
ROWS = (1, 2, 3, 5, 10, 20, 40, 80)


@dataclass(frozen=True)
class Options:
    """How a log is read, and what is asked of it; `as_of` is an ISO date."""

    returns: str = "net"
    duplicates: str = "keep"
    far_dates: str = "keep"
    orders: bool = False  # whether order ids are mapped
    as_of: str | None = None
    bins: int = 5
    scheme: str = "classic"
    frequency: str = "days"
    monetary: str = "total"
    every: str = "30D"
    lapsed_after: int | None = 30
    unit: str = "W"
    discrete: str | None = None
    model: str = "bg-nbd"
    clusters: int = 2
    interval: float | None = None
    by_segment: bool = False
    twins: int = 1  # customers of this log for each of the first
    money: float = 1.0  # what the currency of a fitted model is worth in that of the log

    def __repr__(self) -> str:
        """Only what is not the default, so that a case is short to paste."""
        told = (
            f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if getattr(self, f.name) != f.default
        )
        return f"Options({', '.join(told)})"


def is_missing_id(customer: Any) -> bool:
    """Whether a row has no customer: none, or the empty text."""
    return customer is None or customer == ""


def nasty_rows(rng: np.random.Generator) -> tuple[Row, ...]:
    """A log with one of each kind of oddity, or several: ties, refunds, copies, missing values, odd ids, far dates."""
    ids = _ids(rng, int(rng.choice(COUNTS)))
    start, span = date.fromisoformat(str(rng.choice(STARTS))), int(rng.choice(SPANS))
    amounts = _AMOUNTS[int(rng.integers(len(_AMOUNTS)))]
    zeros, refunds, copies, missing, without_order = rng.choice([0.0, 0.0, 0.1, 0.4], 5)
    rows: list[Row] = []
    for _ in range(int(rng.choice(ROWS))):
        if rows and rng.random() < copies:
            rows.append(rows[int(rng.integers(len(rows)))])
            continue
        customer = ids[int(len(ids) * rng.random() ** 2)]  # some buy often, some once
        day = (start + timedelta(int(rng.integers(span + 1)))).isoformat()
        amount = 0.0 if rng.random() < zeros else amounts(rng) * (-1 if rng.random() < refunds else 1)
        order = None if rng.random() < without_order else f"o{rng.integers(30)}"
        row = [customer, day, amount, order]
        if rng.random() < missing / 2:
            row[int(rng.integers(3))] = None
        if rng.random() < missing / 20:
            row[2] = float("inf")
        rows.append((row[0], row[1], row[2], row[3]))
    if rng.random() < 0.05:
        rows.append((ids[0], str(rng.choice(["1900-01-01", "2099-12-31"])), 1.0, None))
    return tuple(rows)


def nasty_options(rng: np.random.Generator) -> Options:
    """Options drawn one by one."""

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    return Options(
        returns=one("net", "net", "keep", "drop", "raise"),
        duplicates=one("keep", "keep", "drop", "raise"),
        far_dates=one("keep", "keep", "raise"),
        orders=one(False, True),
        bins=one(3, 4, 5, 7, 10),
        scheme=one("classic", "codes", "grid", "value", "membership", "lifecycle", "quartiles"),
        frequency=one("days", "days", "orders"),
        monetary=one("total", "total", "mean"),
        every=one("30D", "7D", "1D", "1W", "1M", "1Q", "1Y"),
        lapsed_after=one(None, 30, 1),
        unit=one("D", "W", "M", "Y"),
        discrete=one(None, None, "W", "M", "Y"),
        model=one("bg-nbd", "bg-nbd", "mbg-nbd", "pareto-nbd", "mbg-cnbd-2"),
        clusters=one(2, 3),
        interval=one(None, None, 0.9),
        by_segment=one(False, False, True),
    )


def _ids(rng: np.random.Generator, count: int) -> list[Any]:
    kind = rng.integers(4)
    if kind == 0:
        return [int(number) for number in rng.choice(10 * count, count, replace=False) - 3]
    if kind == 1:
        return [int(number) for number in rng.integers(-(2**62), 2**62, count)]
    if kind == 2:
        return [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(count)]
    odd = [str(one) for one in rng.permutation(np.array(ODD_IDS, dtype=object))[:count]]
    return odd + [f"c{number}" for number in range(count - len(odd))]


def _cents(rng: np.random.Generator) -> float:
    return int(rng.integers(1, 50_000)) / 100


def _ties(rng: np.random.Generator) -> float:
    return float(rng.choice([5.0, 10.0, 10.0, 20.0]))


def _quarters(rng: np.random.Generator) -> float:
    return int(rng.integers(1, 400)) / 4


def _huge(rng: np.random.Generator) -> float:
    return int(rng.integers(1, 10**11)) / 100


def _tiny(rng: np.random.Generator) -> float:
    return int(rng.integers(1, 100)) / 10_000


def _finer(rng: np.random.Generator) -> float:
    """Finer than the four decimals that count."""
    return float(rng.gamma(2, 15))


_AMOUNTS = (_cents, _cents, _ties, _quarters, _huge, _tiny, _finer)
