"""Customers at risk: valuable if they stay, inactive for longer than usual, and neither safe nor lost."""

from __future__ import annotations

import pandas as pd

__all__ = ["IN_DOUBT", "at_risk_columns", "customers_at_risk"]

# P(alive): above, inactivity is not yet unusual; below, most such customers have left already
IN_DOUBT = (0.2, 0.8)


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

    Notes
    -----
    CLV itself already contains P(alive), so CLV · (1 − P(alive)) would put the best customers first, even on the day
    of a purchase. A customer is listed here if 0.2 ≤ P(alive) ≤ 0.8 and the last purchase lies longer ago than the
    customer's usual gap.
    """
    repeat = table[table["frequency"] > 1]
    observed = (repeat["last_purchase"] - repeat["first_purchase"]).dt.days
    gap = observed / (repeat["frequency"] - 1)
    chosen = repeat["p_alive"].between(*IN_DOUBT) & (repeat["recency"] > gap)
    listed = repeat.assign(usual_gap=gap)[chosen]
    if_alive = listed["clv" if "clv" in table else "expected_purchases"] / listed["p_alive"]
    worth, at_risk = at_risk_columns(table)
    listed = listed.assign(**{worth: if_alive, at_risk: if_alive * (1 - listed["p_alive"])})
    return listed.sort_values(at_risk, ascending=False, kind="stable").head(count)
