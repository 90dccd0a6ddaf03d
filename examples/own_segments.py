"""Your own segments: a rule table in a file, customer attributes, and a check for gaps.

Run it from anywhere: python examples/own_segments.py
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import rfm


def main() -> None:
    scheme = rfm.Scheme.load(Path(__file__).with_name("own_segments.toml"))
    print(scheme, scheme.check(), sep="\n\n", end="\n\n")

    tx = rfm.Transactions(rfm.datasets.cdnow())
    customers = pd.DataFrame({"customer_id": [3, 8, 21], "nps": [10, 2, 9]})  # from a survey
    segmented = rfm.segment(tx, scheme=scheme, attributes=customers)
    print(rfm.profile(segmented, scheme).to_string(index=False), end="\n\n")
    print(scheme.explain(segmented.set_index("customer_id").loc[8]))


if __name__ == "__main__":
    main()
