"""Whether the columns of a table tell single customers apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, from_native
from rfm._options import texts
from rfm._requirements import check_columns, check_groups, refuse_repeated
from rfm.errors import DataError

__all__ = ["k_anonymity"]

MADE: Final = 'columns= names what others may know of a customer, such as ["country", "birth_year"]'


def k_anonymity(frame: Any, columns: Sequence[str]) -> int:
    """The number of rows that the rarest combination of some columns has: each customer is among k or more alike.

    Parameters
    ----------
    frame : dataframe
        One row per customer; where there is a ``customer_id``, this is checked.
    columns : sequence of str
        What others may know: the quasi-identifiers. A missing value is a value.

    Returns
    -------
    int
        k; 1 where somebody is the only one of their kind, 0 for an empty table.

    Raises
    ------
    DataError
        If a column is missing or holds lists, none is named, or a customer has several rows.

    See Also
    --------
    suppress : Hides small groups of a table.

    Notes
    -----
    It says nothing of what those who are alike share: if all k of them are in the segment "lost", whoever knows that a
    customer is among them knows their segment. Numbers are compared as they are; round them first.

    Sweeney (2002), International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10, 557–570.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"country": ["FR", "FR", "NZ"], "segment": ["VIP", "VIP", "VIP"]})
    >>> rfm.privacy.k_anonymity(customers, ["segment"]), rfm.privacy.k_anonymity(customers, ["segment", "country"])
    (3, 1)
    """
    table = from_native(frame, "k_anonymity takes a table with one row per customer")
    names = list(dict.fromkeys(texts("columns", columns, 'columns=["country"]')))
    if not names:
        raise DataError('columns is empty. Hint: columns=["country", "birth_year"].')
    check_columns(table, names, MADE)
    check_groups(table, names)
    if "customer_id" in table.collect_schema() and "customer_id" not in names:
        refuse_repeated(table)  # a customer's own orders are no crowd to hide in
    keys = {f"{INTERNAL}{place}": nw.col(name) for place, name in enumerate(names)}
    counted = table.select(**keys).group_by(*keys).agg(rows=nw.len())
    least = fetch(counted.select(nw.col("rows").min())).item()
    return 0 if least is None or least != least else int(least)
