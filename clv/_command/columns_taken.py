"""Which columns of a file are read as what: those that are named, and those whose names say plainly what they are."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clv._command.asked import COLUMNS, NEEDED, NONE
from clv._files import Suggestion, suggest, suggestions
from rfm.errors import plain

__all__ = ["Taken", "take_columns", "which_columns"]


@dataclass(frozen=True)
class Taken:
    """The column of each part of the log, and those of them that nobody named."""

    columns: Mapping[str, str | None]
    guessed: Mapping[str, str]


def take_columns(named: Mapping[str, str | None], names: Sequence[str]) -> Taken | None:
    """The column of each part: as named, else the one whose name says plainly that it is this part.

    Parameters
    ----------
    named : mapping of str to str or None
        "customer", "date", "amount", "quantity" and "price" to the column that was named; "none" is no amount.
    names : sequence of str
        The columns of the file.

    Returns
    -------
    Taken, or None
        None if it must be asked: a part that is needed has no column, or amounts seem to be there in several.

    Examples
    --------
    >>> named = dict.fromkeys(("customer", "date", "amount", "quantity", "price"))
    >>> take_columns(named, ["會員編號", "訂單日期", "金額"]).guessed
    {'customer': '會員編號', 'date': '訂單日期', 'amount': '金額'}
    >>> take_columns(named, ["customer_id", "user_id", "date"]) is None
    True
    """
    looks: dict[str, Suggestion] = {str(part): each for part, each in suggestions(names).items()}
    columns = dict(named)
    if columns["amount"] == NONE and NONE not in names:
        columns["amount"], looks = None, {part: looks[part] for part in NEEDED if part in looks}
    guessed = {
        part: looks[part].columns[0]
        for part in _open_parts(columns, looks)
        if looks[part].sure and looks[part].columns[0] not in columns.values()
    }
    columns |= guessed
    priced = columns["amount"] is None and columns["quantity"] is None
    if None in (columns[part] for part in NEEDED) or ("amount" in looks and priced):
        return None
    return Taken(columns, guessed)


def _open_parts(columns: Mapping[str, str | None], looks: Mapping[str, Suggestion]) -> list[str]:
    """The parts that nobody named and a column looks like; quantity and price only where there is no amount."""
    parts = [part for part in NEEDED if columns[part] is None and part in looks]
    if any(columns[part] is not None for part in ("amount", "quantity", "price")):
        return parts
    if "amount" in looks:
        return [*parts, "amount"]
    both = "quantity" in looks and "price" in looks and looks["quantity"].sure and looks["price"].sure
    return [*parts, *(("quantity", "price") if both else ())]


def which_columns(file: Path, names: list[str]) -> str:
    """Columns are not guessed: those in the file, and the command that would use the likely ones."""
    looks = suggest(names)
    parts = [part for part in COLUMNS if part in NEEDED or part in looks]
    words = " ".join(f"--{part} {shlex.quote(looks[part]) if part in looks else '…'}" for part in parts)
    fact = plain(
        f"name the columns of the customer, the date and the amount. {file.name} has: {', '.join(names)}."
    )
    return f"{fact}\nHint: rfm-clv report {shlex.quote(str(file))} {words}"
