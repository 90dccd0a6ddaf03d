"""Tables of the summary."""

from __future__ import annotations

import pandas as pd

from clv._command.summary import block


def test_a_table_has_its_title_and_no_character_that_a_terminal_obeys():
    said = block("Title", pd.DataFrame({"customer_id": ["a\x1b[31m"], "clv": [1.0]}))
    assert said.lstrip().startswith("Title")
    assert "\x1b" not in said
