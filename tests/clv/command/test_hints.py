"""The library's hints in the command's words."""

from __future__ import annotations

import pytest

from clv._command.hints import in_command_words


@pytest.mark.parametrize(
    ("python", "command"),
    [
        ('Hint: Transactions(df, order_id="…").', "Hint: --order-id COLUMN."),
        (
            'first must be a date. Hint: first="2011-12-09".',
            "--from must be a date. Hint: --from 2011-12-09.",
        ),
        ("Hint: amount=None to read no money.", "Hint: --amount none to read no money."),
        (
            "Hint: pandas.to_numeric(df['a']) converts them.",
            "Hint: name another column, or correct the file.",
        ),
        (
            "quantity and price go together. Hint: name both columns, or amount alone.",
            "--quantity and --price go together. Hint: name both columns, or amount alone.",
        ),
        (
            "Hint: clv.customer_table(tx, scheme='classic') has it.",
            "Hint: leave the segment out of the report's scheme; in Python clv.customer_table has it.",
        ),
        ('Hint: bad_rows="drop" drops them.', "Hint: --bad-rows drop drops them."),
    ],
)
def test_options_are_those_of_the_command(python, command):
    assert in_command_words(python) == command
