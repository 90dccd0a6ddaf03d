"""Texts that a spreadsheet would run are written as text, different ones differently, and numbers as they are."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

import rfm
from rfm._spreadsheets import changes_in_words, harmless, write_csv

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)",
    " =1", "\u00a0=1", "\ufeff=1", "\u200b=1", "=cmd|' /C calc'!A0", "+44 20 7946", "-ann", "@ann", "\tann", "\rann",
]  # fmt: skip
PLAIN = [
    "ann",
    "",
    "1=1",
    "a+b",
    "a-b",
    "ann@example.org",
    "-5",
    "+5",
    "-01",
    "+44123",
    "-1.5",
    "-1e-5",
    "'ann",
    "陳",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text):
    assert harmless(text) == f"'{text}" or harmless(text).startswith("'")
    assert harmless(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_and_numbers_stay(text):
    assert harmless(text) == text


def test_a_cell_that_another_separator_would_divide_begins_no_formula_inside():
    for separator in ";\t\n\r":
        assert harmless(f"a{separator}=1+1") == f"a{separator}'=1+1"
    assert harmless("a, b; c") == "a, b; c"


def test_different_texts_stay_different():
    texts = [*FORMULAS, *PLAIN]
    texts += [f"'{text}" for text in texts] + [f"''{text}" for text in texts]
    assert len({harmless(text) for text in texts}) == len(set(texts))


def test_a_table_is_written_with_harmless_texts_and_names_and_untouched_numbers(tmp_path):
    table = pd.DataFrame(
        {
            "customer_id": ["=1+1", "bob", None],
            "segment": pd.Categorical(["@vip", "rest", "rest"]),
            "=name": [-1.5, -2.0, -3.0],
            "day": pd.to_datetime(["2024-01-01"] * 3),
            "mixed": [-1, "-a", True],
        }
    )
    before = table.copy()
    changed = write_csv(table, tmp_path / "a.csv", "another folder")
    rows = list(csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["customer_id", "segment", "'=name", "day", "mixed"]
    assert rows[1] == ["'=1+1", "'@vip", "-1.5", "2024-01-01", "-1"]
    assert rows[2] == ["bob", "rest", "-2.0", "2024-01-01", "'-a"]
    assert changed == {"customer_id": ["=1+1"], "segment": ["@vip"], "mixed": ["-a"]}
    first, second, _ = changes_in_words(changed, "a.csv")
    assert first.startswith(
        "1 texts of customer_id in a.csv begin like a formula of a spreadsheet, such as '=1+1'"
    )
    assert "--raw-ids" in first
    assert "--raw-ids" not in second
    assert write_csv(table, tmp_path / "b.csv", "another folder", keep=("customer_id",)).keys() == {
        "segment",
        "mixed",
    }
    assert "\n=1+1," in (tmp_path / "b.csv").read_text(encoding="utf-8")
    pd.testing.assert_frame_equal(table, before)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(rfm.DataError, match="cannot be written"):
        write_csv(pd.DataFrame({"a": [1]}), tmp_path, "another folder")
