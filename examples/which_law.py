"""Which law, and how accurate it is: compare the laws with rules of thumb, then value the segments with intervals.

Run it from anywhere: python examples/which_law.py
"""

from __future__ import annotations

import clv
import rfm


def main() -> None:
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    for row in clv.check(tx).itertuples():
        print(f"- {row.check}: {row.holds}. {row.finding}")
    print()

    result = clv.backtest(tx, holdout="39W", models=("bg-nbd", "pareto-nbd"))
    print(result.recommendation)
    print(
        result.table[["model", "predicted", "happened", "log_score", "rmse", "bias"]].to_string(index=False),
        end="\n\n",
    )

    model = clv.fit(tx, model="auto")  # the same rule, by hold-outs of its own
    print(model.choice.sentence, end="\n\n")
    table = clv.customer_table(tx, model=model, horizon="26W")
    totals = model.total(by=table[["customer_id", "segment"]], horizon="26W", interval=0.9)
    columns = ["group", "customers", "clv", "clv_low", "clv_high"]
    print(totals[columns].round(0).to_string(index=False), end="\n\n")

    newcomer = model.new_customer("52W", margin=0.4, acquisition_cost=20)
    print(f"A newcomer is worth {newcomer.clv:.2f} in a year; paid back after {newcomer.payback.days} days.")


if __name__ == "__main__":
    main()
