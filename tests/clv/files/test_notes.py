"""Facts about reading, in English and in other words."""

from __future__ import annotations

import string
from typing import get_args

from clv._files.notes import ENGLISH, NoteKey, note


def test_every_fact_has_a_sentence():
    assert set(ENGLISH) == set(get_args(NoteKey))
    for sentence in ENGLISH.values():
        names = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
        assert names
        assert str(
            note(next(key for key in ENGLISH if ENGLISH[key] == sentence), **dict.fromkeys(names, "x"))
        )


def test_another_language_takes_the_same_facts():
    rows = note("rows_below", rows=1234, example="'合計'")
    assert rows.worded("略過最後 {rows} 列,例如 {example}。") == "略過最後 1,234 列,例如 '合計'。"
    assert str(rows) == "Rows at the end that are totals or remarks are left out: 1,234, such as '合計'."
