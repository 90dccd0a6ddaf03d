"""Association rules of a small shop by mlxtend (install it by hand: python -m pip install mlxtend)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import apriori, association_rules

ITEMS = ["bread", "cheese", "soap", "wine"]


def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Segments, and lines of a shop in which VIPs like wine, and wine goes with cheese."""
    rng = np.random.default_rng(19)
    n = 400
    segment = rng.choice(["VIP", "loyal", "new"], n, p=[0.2, 0.3, 0.5])
    segmented = pd.DataFrame({"customer_id": np.arange(n), "segment": segment})
    wine = rng.random(n) < np.where(segmented["segment"] == "VIP", 0.6, 0.2)
    bread, cheese, soap = (rng.random(n) < share for share in (0.7, 0.2 + 0.4 * wine, 0.1))
    bought = {"bread": bread, "cheese": cheese, "soap": soap, "wine": wine}
    lines = pd.concat(
        [pd.DataFrame({"customer_id": np.flatnonzero(who), "category": item}) for item, who in bought.items()]
    )
    return segmented, pd.concat([lines, lines.iloc[::3]], ignore_index=True)  # some buy an item twice


def main() -> None:
    """Write affinity.json."""
    segmented, lines = shop()
    baskets = (
        pd.crosstab(lines["customer_id"], lines["category"]).reindex(segmented["customer_id"], fill_value=0)
        > 0
    )
    segments = pd.get_dummies(segmented.set_index("customer_id")["segment"]).astype(bool)
    found = apriori(baskets.join(segments), min_support=1e-9, use_colnames=True, max_len=2)
    rules = association_rules(found, metric="lift", min_threshold=0.0)
    rows = [
        {
            "from": next(iter(row.antecedents)),
            "to": next(iter(row.consequents)),
            "support": row.support,
            "confidence": row.confidence,
            "lift": row.lift,
        }
        for row in rules.itertuples()
    ]
    rows.sort(key=lambda row: (row["from"], row["to"]))
    content = {
        "about": "association_rules of mlxtend, by tests/oracles/make_affinity.py",
        "segmented": segmented.to_dict("list"),
        "lines": lines.to_dict("list"),
        "rules": rows,
    }
    Path(__file__).with_name("affinity.json").write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
