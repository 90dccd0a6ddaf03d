"""Which columns are taken without being named."""

from __future__ import annotations

from pathlib import Path

from clv._command.columns_taken import take_columns, which_columns

NOBODY = dict.fromkeys(("customer", "date", "amount", "quantity", "price"))


def test_a_column_that_was_named_is_not_taken_twice():
    taken = take_columns(NOBODY | {"amount": "金額"}, ["會員編號", "日期", "金額"])
    assert taken.guessed == {"customer": "會員編號", "date": "日期"}


def test_no_amount_is_taken_where_none_was_asked():
    taken = take_columns(NOBODY | {"amount": "none"}, ["Kunde", "Datum", "Betrag"])
    assert taken.columns["amount"] is None


def test_the_question_shows_a_command_with_the_likely_columns():
    said = which_columns(Path("a b.csv"), ["user_id", "date", "total"])
    assert "Hint: rfm-clv report 'a b.csv' --customer user_id --date date --amount total" in said
