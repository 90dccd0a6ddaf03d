"""Dates in years of the Republic of China (民國), as in Taiwan: the year 114 is 2025."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

__all__ = ["FIRST_YEAR", "ROC", "roc_date"]

ROC: Final = "roc"
"""The name of this way of writing as a `date_format`."""
FIRST_YEAR: Final = 1912  # the year 1
LEAST_YEAR: Final = 30  # without the word 民國: what is less could be a day or a month of another order

ERA: Final = r"\s*(?:中華)?(?:民國|民国)?\s*(?:R\.?O\.?C\.?\s*)?"
TIME: Final = r"(?:\s*[T\s]\s*(?:上午|下午|凌晨|早上|中午|晚上)?\s*\d{1,2}[:時时].*)?\s*"
SEPARATED: Final = re.compile(
    rf"{ERA}(\d{{2,3}}|元)\s*(?:[-/.]|年)\s*(\d{{1,2}})\s*(?:[-/.]|月)\s*(\d{{1,2}})\s*日?{TIME}"
)
DIGITS: Final = re.compile(rf"{ERA}(\d{{3}})(\d{{2}})(\d{{2}}){TIME}")
NAMED: Final = re.compile("民國|民国|R\\.?O\\.?C")


def roc_date(text: str) -> date | None:
    """The day that a text in years of the Republic of China means; None where it is none.

    Without the word 民國, years below 30 (1941) are not read: 12/04/23 has a year of two digits elsewhere.

    Parameters
    ----------
    text : str
        Such as 114/04/23, 114.4.3, 1140423, 民國114年4月3日, with full-width digits or a time of day after it.

    Examples
    --------
    >>> roc_date("114/04/23"), roc_date("1140423"), roc_date("民國114年4月3日")
    (datetime.date(2025, 4, 23), datetime.date(2025, 4, 23), datetime.date(2025, 4, 3))
    >>> roc_date("114/13/01")
    """
    plain = unicodedata.normalize("NFKC", text)
    match = SEPARATED.fullmatch(plain) or DIGITS.fullmatch(plain)
    if match is None:
        return None
    year = 1 if match[1] == "元" else int(match[1])
    if year < LEAST_YEAR and not NAMED.search(plain):
        return None
    try:
        return date(year + FIRST_YEAR - 1, int(match[2]), int(match[3]))
    except ValueError:
        return None
