"""Customers at risk: valuable if they stay, inactive for longer than usual, and neither safe nor lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clv._contacts.at_stake import in_doubt, stakes_of

__all__ = ["at_risk_columns", "customers_at_risk"]


def at_risk_columns(table: pd.DataFrame) -> tuple[str, str]:
    """Column names of the value if alive and of the value at risk: money, or purchases without it."""
    worth = "value" if "clv" in table else "purchases"
    return f"{worth}_if_alive", f"{worth}_at_risk"


def customers_at_risk(table: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The repeat buyers with the largest value at risk, among those inactive for longer than usual.

    Parameters
    ----------
    table : DataFrame
        As `clv.customer_table` returns it.
    count : int
        Largest number of customers.

    Returns
    -------
    DataFrame
        Rows of `table`, the largest value at risk first (equal ones in the order of the table), with the columns
        `usual_gap`, mean days between two of the customer's purchases; `value_if_alive`, CLV if the customer has not
        left, clv / p_alive; and `value_at_risk`, that times 1 − p_alive. Without money, the last
        two are `purchases_if_alive` and `purchases_at_risk`, of the expected purchases instead of CLV.

    See Also
    --------
    clv.prioritize : The same customers as a list for every day.

    Notes
    -----
    CLV itself already contains P(alive), so CLV · (1 − P(alive)) would put the best customers first, even on the day
    of a purchase. A customer is listed here if 0.2 ≤ P(alive) ≤ 0.8, the last purchase lies longer ago than the
    customer's usual gap, and there is a value to lose.
    """
    observed = (table["last_purchase"] - table["first_purchase"]).dt.days
    value = table["clv" if "clv" in table else "expected_purchases"]
    columns = (table["p_alive"], value, table["recency"], table["frequency"], observed)
    p_alive, *others = (np.asarray(column, dtype=float) for column in columns)
    stakes = stakes_of(p_alive, *others)
    chosen = in_doubt(p_alive) & (stakes.wait == 0) & (stakes.at_risk > 0)
    worth, at_risk = at_risk_columns(table)
    made = {"usual_gap": stakes.gap, worth: stakes.if_alive, at_risk: stakes.at_risk}
    listed: pd.DataFrame = table.assign(**made)[chosen]
    return listed.sort_values(at_risk, ascending=False, kind="stable").head(count)
