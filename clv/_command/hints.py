"""The library's hints in the command's words: bad_rows="drop" is --bad-rows drop."""

from __future__ import annotations

import re
import shlex
from typing import Final

__all__ = ["in_command_words"]

NAMES: Final = {
    "discount_rate": "--rate",
    "first": "--from",
    **{
        name: "--" + name.replace("_", "-")
        for name in (
            "customer", "date", "amount", "order_id", "quantity", "price", "currency", "rates", "consent", "decimal",
            "date_format", "duplicates", "bad_rows", "far_dates", "returns", "until", "where", "attributes", "scheme",
            "horizon", "interval", "value_per_order", "model", "season", "entry_after", "price_growth", "spend_orders",
            "prior", "language", "workbook", "encoding", "separator", "sheet", "header", "previous", "shop",
        )
    },
}  # fmt: skip
"""The command's option for each option of the library that it has."""

PHRASES: Final = (
    (re.compile(r"^first must be"), "--from must be"),
    (re.compile(r"^quantity and price go together\b"), "--quantity and --price go together"),
    (re.compile(r"^until must be"), "--until must be"),
    (re.compile(r'Transactions\(df, (\w+)="…"\)'), r"\1=COLUMN"),
    (re.compile(r"Transactions\(df, (\w+)=('[^']*'|\"[^\"]*\")\)"), r"\1=\2"),
    (re.compile(r"amount=None"), "--amount none"),
    (
        re.compile(r"clv\.customer_table\(tx, scheme=[^)]*\) has it"),
        "leave the segment out of the report's scheme; in Python clv.customer_table has it",
    ),
    (
        re.compile(r"Hint: (?:pandas|df)\b.*df\[.*", re.DOTALL),
        "Hint: name another column, or correct the file.",
    ),
    (re.compile(r'(?:rfm\.)?Transactions\(df, (\w+)="…"\) names the (\w+) column'), r"--\1 COLUMN names it"),
    (re.compile(r'(\w+)="…" names'), r"\1=COLUMN names"),
    (re.compile(r"rates=\{…\}"), "rates=TWD=1,USD=32.5"),
    (re.compile(r"add the currency to rates"), "add the currency to --rates"),
    (re.compile(r"lists them in tx\.audit"), "lists them in the report"),
    (re.compile(r"\(clv\.Prior\)"), ""),
    (re.compile(r"prior=clv\.Prior\(\)"), "--prior"),
)
OPTION: Final = re.compile(rf'(?<![\w.])({"|".join(NAMES)})=("[^"]*"|[\w.,=%-]+)?')


def in_command_words(text: str) -> str:
    """A message of the library with its options as those of the command.

    Examples
    --------
    >>> in_command_words('Two readings. Hint: date_format="%d/%m/%Y" says the first; bad_rows="drop" drops the rows.')
    'Two readings. Hint: --date-format %d/%m/%Y says the first; --bad-rows drop drops the rows.'
    >>> in_command_words('discount_rate must be a finite number. Hint: discount_rate=0.1.')
    'discount_rate must be a finite number. Hint: --rate 0.1.'
    """
    for pattern, put in PHRASES:
        text = pattern.sub(put, text)
    return OPTION.sub(_option, text)


def _option(match: re.Match[str]) -> str:
    name, value = match[1], match[2]
    if not value:
        return NAMES[name]
    stop = "." if value.endswith(".") else ""
    return f"{NAMES[name]} {shlex.quote(value.removesuffix('.').strip(chr(34)))}{stop}"
