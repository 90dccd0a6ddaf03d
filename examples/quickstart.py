"""Five minutes with real customers: segments, customers at risk, and the value of each.

Run it from anywhere: python examples/quickstart.py
"""

from __future__ import annotations

import clv
import rfm


def main() -> None:
    orders = rfm.datasets.cdnow()  # any table with a customer, a date and an amount
    tx = rfm.Transactions(orders)
    print(tx.audit.to_string(index=False), end="\n\n")

    segmented = rfm.segment(tx, scheme="classic")
    print(rfm.profile(segmented).to_string(index=False), end="\n\n")

    model = clv.fit(tx, model="bg-nbd", unit="W")
    print(model.summary(), end="\n\n")

    table = clv.customer_table(tx, horizon="52W", discount_rate=0.10)
    print(clv.segment_value(table).to_string(index=False), end="\n\n")
    print(table.nlargest(10, "clv").to_string(index=False))


if __name__ == "__main__":
    main()
