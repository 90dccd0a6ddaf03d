"""Who moved between segments."""

from __future__ import annotations

import pandas as pd

from clv._command.moved import moves_sentences, moves_since


def test_moves_are_counted_and_the_commonest_named():
    before = pd.DataFrame({"customer_id": ["1", "2", "3"], "segment": ["VIP", "VIP", "lost"]})
    now = pd.DataFrame({"customer_id": ["1", "2", "4"], "segment": ["lost", "VIP", "new"]})
    moved = moves_since(before, now)
    assert moved["customer_id"].tolist() == ["1", "3", "4"]
    assert moves_sentences(moved, 3) == [
        "Since the earlier table 1 of 3 customers changed their segment, 1 are new and 1 are not there now.",
        "Most often: 1 from VIP to lost.",
    ]
