"""Amounts as people and shops write them: "NT$1,280", "1.280,50", "(45.00)"; one convention for a whole column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._options import received
from rfm._orders.currency_words import currency_of
from rfm.errors import TransactionsError

__all__ = ["DecimalMark", "SpelledAmounts", "read_spelled_amounts"]

DecimalMark: TypeAlias = Literal[".", ","]
MARKS: Final[tuple[DecimalMark, DecimalMark]] = (".", ",")

NUMBER: Final = re.compile(r"[0-9][0-9.,' ]*[0-9]|[0-9]|[.,][0-9]+")
MINUS: Final = str.maketrans(
    dict.fromkeys("−‐‑‒–—﹣", "-") | dict.fromkeys("’‘`´", "'")
)  # NFKC has made －（） plain
BY_COMPUTERS: Final = re.compile(r"[+-]?[0-9]+(?:[.][0-9]+)?[eE][+-]?[0-9]{1,2}")  # 1.5E+03 of Excel
NO_CENTS: Final = re.compile(r"[.,]-+$")  # 45,- of Germany and the north
GROUPS: Final = r"[0-9]{1,3}(?:S[0-9]{3})+|[0-9]{1,2}(?:S[0-9]{2})+S[0-9]{3}"  # the second as in India
BY_SPACE: Final = re.compile(
    rf"(?:{GROUPS.replace('S', '[ ]')}|{GROUPS.replace('S', chr(39))})(?:[.,][0-9]+)?"
)
THOUSANDS: Final = {mark: re.compile(GROUPS.replace("S", f"[{mark}]")) for mark in MARKS}
ONE_GROUP: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


@dataclass(frozen=True, eq=False)
class SpelledAmounts:
    """What a column of texts says.

    Parameters
    ----------
    values : (n,) float64
        NaN where a text is missing or cannot be read.
    unreadable : (n,) bool
        Where a text is no amount.
    currencies : (n,) object
        The currency that each text names: a code of ISO 4217, or a sign that several share; "" where it names none.
    decimal : "." or ",", or None
        The decimal mark; None where no text has one or needs one.
    """

    values: npt.NDArray[np.float64]
    unreadable: npt.NDArray[np.bool_]
    currencies: npt.NDArray[np.object_]
    decimal: DecimalMark | None


@dataclass(frozen=True)
class _Parts:
    """A text taken apart: ``digits`` with their marks, whether a minus, and the currency."""

    digits: str
    is_negative: bool
    currency: str


def read_spelled_amounts(
    texts: pd.Series, *, decimal: DecimalMark | None = None, name: str | None = None
) -> SpelledAmounts:
    """Read a column of amounts written as texts, all of them by one convention.

    Parameters
    ----------
    texts : pandas.Series of str
        Missing values and blank texts are missing.
    decimal : "." or ",", optional
        The decimal mark. By default what the texts prove: "12.50" has a point, "1.280,50" a comma, "1.280.000" points
        between thousands. Where only "1,280" is met, the comma separates thousands.
    name : str, optional
        The column, for messages.

    Returns
    -------
    SpelledAmounts

    Raises
    ------
    TransactionsError
        If texts prove both marks, or if none decides between two readings ("1.280").

    Examples
    --------
    >>> read_spelled_amounts(pd.Series(["NT$1,280", "(45.00)", "１２", "n/a"])).values
    array([1280.,  -45.,   12.,   nan])
    >>> read_spelled_amounts(pd.Series(["1.280,50", "1.280"])).values
    array([1280.5, 1280. ])
    """
    name = str(texts.name) if name is None else name
    codes, found = pd.factorize(np.asarray(texts.to_numpy(), dtype=object))
    distinct = [str(text) for text in found]
    parts = [_parts(text) for text in distinct]
    mark = _decimal_mark(parts, distinct, decimal, name)
    values = np.array([_value(part, mark) for part in parts] + [np.nan])
    blank = np.array([not text.strip() for text in distinct] + [True], dtype=np.bool_)
    words = np.empty(len(distinct) + 1, dtype=object)
    words[:] = [part.currency if part else "" for part in parts] + [""]
    read = values[codes]
    return SpelledAmounts(read, np.isnan(read) & ~blank[codes], words[codes], mark)


def _parts(text: str) -> _Parts | None:
    """The digits, sign and currency of a text; None where it is no amount."""
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(MINUS).split())
    if BY_COMPUTERS.fullmatch(plain):
        value = float(plain)
        return _Parts(f"{abs(value):.15f}", value < 0, "")
    cents_gone = NO_CENTS.sub("", plain)
    match = NUMBER.search(cents_gone)
    if match is None:
        return None
    before, after = cents_gone[: match.start()], cents_gone[match.end() :]
    around = before + after
    in_brackets = before.count("(") == 1 == after.count(")")
    minuses = around.count("-")
    if minuses + in_brackets > 1 or around.count("+") + minuses + in_brackets > 1:
        return None
    words = [currency_of(re.sub("[-+() ]" if in_brackets else "[-+ ]", "", side)) for side in (before, after)]
    if None in words or (words[0] and words[1] and words[0] != words[1]):
        return None
    return _Parts(match[0], bool(minuses + in_brackets), words[0] or words[1] or "")


def _decimal_mark(
    parts: Sequence[_Parts | None], texts: Sequence[str], given: DecimalMark | None, name: str
) -> DecimalMark | None:
    if given is not None:
        if given not in MARKS:
            raise TransactionsError(
                f"decimal must be '.' or ','; got {received(given)}. Hint: decimal=\",\"."
            )
        return given
    proofs: dict[str, str] = {}
    open_to_both: dict[str, str] = {}
    for part, text in zip(parts, texts, strict=True):
        if part is None or not set(part.digits) & set(MARKS):
            continue
        if (mark := _proven_mark(part.digits)) is not None:
            proofs[mark] = min(text, proofs.get(mark, text))
        elif ONE_GROUP.fullmatch(part.digits):
            met = next(mark for mark in MARKS if mark in part.digits)
            open_to_both[met] = min(text, open_to_both.get(met, text))
    return _decided(proofs, open_to_both, name)


def _decided(proofs: dict[str, str], open_to_both: dict[str, str], name: str) -> DecimalMark | None:
    if len(proofs) == 2:
        raise TransactionsError(
            f"Column {name!r} writes amounts in two ways: {proofs['.']!r} has a decimal point, {proofs[',']!r} a "
            'decimal comma. Hint: decimal="." or decimal="," reads all in one way; what does not fit is unreadable.'
        )
    if proofs:
        return "." if "." in proofs else ","
    if "." in open_to_both:
        example = open_to_both["."]
        digits = re.sub("[^0-9.]", "", unicodedata.normalize("NFKC", example))
        raise TransactionsError(
            f"Column {name!r} can be read in two ways: {example!r} is {digits.replace('.', '')} if the point separates "
            f'thousands, and {float(digits):g} if it is the decimal mark. Hint: decimal="," says the first, '
            'decimal="." the second.'
        )
    return "." if open_to_both else None


def _proven_mark(digits: str) -> DecimalMark | None:
    """The decimal mark that the digits prove, by how they are grouped; None where both are possible, or neither."""
    if BY_SPACE.fullmatch(digits):
        digits = re.sub("[ ']", "", digits)
        return next((mark for mark in MARKS if mark in digits), None)
    counts = {mark: digits.count(mark) for mark in MARKS}
    if all(counts.values()):
        last: DecimalMark = "." if digits.rfind(".") > digits.rfind(",") else ","
        return last if _is_grouped(digits, last) else None
    [mark] = [each for each in MARKS if counts[each]]
    other: DecimalMark = "," if mark == "." else "."
    if counts[mark] > 1:
        return other if THOUSANDS[mark].fullmatch(digits) else None
    return None if ONE_GROUP.fullmatch(digits) else mark


def _is_grouped(digits: str, decimal: DecimalMark | None) -> bool:
    """Whether what stands before the decimal mark is plain or in groups of thousands."""
    whole, _, cents = digits.partition(decimal) if decimal else (digits, "", "")
    if not re.fullmatch("[0-9]*", cents):
        return False
    grouping = "," if decimal == "." else "."
    plain = re.fullmatch("[0-9]*", whole) is not None
    return plain or THOUSANDS[grouping].fullmatch(whole) is not None or BY_SPACE.fullmatch(whole) is not None  # type: ignore[index]


def _value(part: _Parts | None, mark: DecimalMark | None) -> float:
    """The number under this convention; NaN where the digits do not fit it."""
    if part is None or not _is_grouped(part.digits, mark):
        return float("nan")
    kept = re.sub(r"[^0-9.]" if mark != "," else "[^0-9,]", "", part.digits).replace(",", ".")
    value = float(kept)
    return -value if part.is_negative else value
