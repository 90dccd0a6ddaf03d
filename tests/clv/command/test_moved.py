"""Who moved between segments, said and written."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._command.moved import moves_sentences, write_moves
from clv._report.language import Language
from clv._report.wording import Wording
from rfm._schemes.scheme import as_scheme

MOVED = pd.DataFrame(
    {
        "customer_id": ["=1", "4", "3"],
        "previous_segment": ["VIP", None, "lost"],
        "segment": ["lost", "new", None],
        "why": ["silence", "new customer", "left the table"],
        "clv": [9.0, 2.0, None],
    }
)


def test_moves_are_counted_and_the_commonest_named():
    assert moves_sentences(MOVED, 3) == [
        "Since the earlier table 1 of 3 customers changed their segment, 1 are new and 1 are not there now.",
        "Most often: 1 from VIP to lost.",
    ]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("en", "customer_id,previous_segment,segment,why,clv"),
        ("zh-Hant", "顧客,原客群,客群,說明,未來價值"),
        ("zh-Hans", "客户,原人群,人群,说明,未来价值"),
    ],
)
def test_they_are_written_in_the_language_and_run_no_formula(tmp_path, code, names):
    write_moves(MOVED, tmp_path / "moves.csv", Wording(Language.load(code), as_scheme("lifecycle")))
    lines = (tmp_path / "moves.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == [names, "'=1,VIP,lost,silence,9.0", "4,,new,new customer,2.0", "3,lost,,left the table,"]
