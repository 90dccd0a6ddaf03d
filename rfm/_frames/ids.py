"""Ids as text, the same on every engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

__all__ = ["as_text"]


def as_text(customer: Any) -> str:
    """An id as text, the same whether an engine holds it as a whole number, a float, a decimal or a text.

    Examples
    --------
    >>> as_text(17), as_text(17.0), as_text(np.int32(17)), as_text("17"), as_text("0017")
    ('17', '17', '17', '17', '0017')
    """
    if isinstance(customer, str):
        return customer
    if isinstance(customer, float | np.floating | Decimal) and float(customer).is_integer():
        return str(int(customer))
    return str(customer)
