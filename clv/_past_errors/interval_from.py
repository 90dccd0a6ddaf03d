"""Where an interval comes from: the option `interval_from=`, and the column of that name."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, cast, get_args

from rfm._options import received
from rfm.errors import DataError

__all__ = ["LAW", "PAST", "TYPICAL", "IntervalFrom", "as_interval_from"]

IntervalFrom: TypeAlias = Literal["law", "law and its past errors", "law and typical errors"]

LAW: Final[IntervalFrom] = "law"
PAST: Final[IntervalFrom] = "law and its past errors"
TYPICAL: Final[IntervalFrom] = "law and typical errors"


def as_interval_from(value: Any) -> IntervalFrom | None:
    """The option `interval_from=`, checked; None leaves it to the model.

    Raises
    ------
    DataError
        If it is none of the three.

    Examples
    --------
    >>> as_interval_from("law"), as_interval_from(None)
    ('law', None)
    """
    if value is None or (isinstance(value, str) and value in get_args(IntervalFrom)):
        return cast("IntervalFrom | None", value)
    raise DataError(
        f'interval_from={received(value)} is no source of intervals. Hint: interval_from="law" for the law\'s own, or '
        f'"{PAST}", "{TYPICAL}"; by default the best that the model has.'
    )
