"""Which columns of a log of orders look like the customer, the date, the amount and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clv._files.column_words import PART_WORDS, Part, PartWords, plain_names

__all__ = ["Suggestion", "known_parts", "suggest", "suggestions"]

# Without a price per unit and a number of units, a price is the amount; with both, it is the price.
UNIT_PRICE: Final = "price"
NAMELESS: Final = (
    "name",
    "reference",
    "referenz",
    "ref",
)  # an order's number only where other columns say so
OF_ORDERS: Final = frozenset(
    {"financialstatus", "lineitemname", "status", "statut", "état", "stato", "payment", "total"}
)


@dataclass(frozen=True)
class Suggestion:
    """The column that looks like a part of the log.

    Parameters
    ----------
    part : str
        "customer", "date", "amount", "order_id", "quantity", "price", "status" or "currency".
    columns : tuple of str
        The best one; several, if they are equally good.
    sure : bool
        Whether there is one, and its name says plainly what it is: it may be used without asking.
    others : tuple of str
        Columns that could be meant as well, though their names are less fitting.
    """

    part: Part
    columns: tuple[str, ...]
    sure: bool
    others: tuple[str, ...] = ()


def suggest(names: Sequence[str]) -> dict[str, str]:
    """Which column looks like the customer, the date, the amount and so on; only where one looks best.

    Parameters
    ----------
    names : sequence of str
        Of the columns.

    Returns
    -------
    dict
        Part to column, without parts for which no column or several look equally good: see `suggestions`.

    Examples
    --------
    >>> suggest(["InvoiceNo", "CustomerID", "InvoiceDate", "Revenue"])
    {'customer': 'CustomerID', 'date': 'InvoiceDate', 'amount': 'Revenue', 'order_id': 'InvoiceNo'}
    >>> suggest(["會員編號", "會員姓名", "下單時間", "訂單金額", "實付金額"])
    {'customer': '會員編號', 'date': '下單時間', 'amount': '實付金額'}
    """
    return {part: each.columns[0] for part, each in suggestions(names).items() if len(each.columns) == 1}


def suggestions(names: Sequence[str]) -> dict[Part, Suggestion]:
    """For every part of the log the columns that look like it, and how sure that is.

    Parameters
    ----------
    names : sequence of str
        Of the columns.

    Returns
    -------
    dict
        Part to suggestion, without parts for which no column looks right.

    Examples
    --------
    >>> suggestions(["Kundennummer", "E-Mail", "Datum", "Betrag"])["customer"]
    Suggestion(part='customer', columns=('Kundennummer',), sure=True, others=('E-Mail',))
    >>> suggestions(["customer_id", "user_id"])["customer"].sure
    False
    """
    plain = {str(name): plain_names(str(name)) for name in names}
    found: dict[Part, Suggestion] = {}
    taken: set[str] = set()
    for part in _asked(plain):
        ranks = {
            name: rank
            for name, forms in plain.items()
            if name not in taken and (rank := _rank(forms, PART_WORDS[part])) is not None
        }
        if part == "order_id":
            ranks = _real_order_ids(ranks, plain)
        if ranks:
            found[part] = _chosen(part, ranks)
            taken.update(found[part].columns)
    return {part: found[part] for part in PARTS if part in found}


PARTS: Final[tuple[Part, ...]] = (
    "customer",
    "date",
    "amount",
    "order_id",
    "quantity",
    "price",
    "status",
    "currency",
)


def known_parts(names: Sequence[str]) -> int:
    """How many of customer, date and amount (a price counts) have a column: what makes a row a header of orders.

    Examples
    --------
    >>> known_parts(["Kunde", "Datum", "Betrag"]), known_parts(["00123", "2024-01-02", "45"])
    (3, 0)
    """
    found = suggestions(names)
    return ("customer" in found) + ("date" in found) + ("amount" in found or "price" in found)


def _asked(plain: dict[str, tuple[str, ...]]) -> tuple[Part, ...]:
    """The parts in the order in which columns are given to them: a price is one only beside a number of units."""
    units = any(_rank(forms, PART_WORDS["quantity"]) is not None for forms in plain.values())
    first: tuple[Part, ...] = ("quantity", "price") if units else ("quantity",)
    return (*first, *(part for part in PARTS if part not in first))


def _rank(forms: tuple[str, ...], words: PartWords) -> tuple[int, int] | None:
    """How good a name is, the smaller the better: tier, and whether it is so only without what is in brackets."""
    for tier, names in enumerate(words.tiers):
        for place, form in enumerate(forms):
            if form in names:
                return tier, place
    whole = forms[0] if forms else ""
    if words.has.search(whole) and words.of.search(whole) and not words.without.search(whole):
        return len(words.tiers), 0
    return None


def _real_order_ids(
    ranks: dict[str, tuple[int, int]], plain: dict[str, tuple[str, ...]]
) -> dict[str, tuple[int, int]]:
    """Without a "Name" or "Reference" that is one only in the exports of some shop systems."""
    there = {form for forms in plain.values() for form in forms}
    return {name: rank for name, rank in ranks.items() if plain[name][0] not in NAMELESS or there & OF_ORDERS}


def _chosen(part: Part, ranks: dict[str, tuple[int, int]]) -> Suggestion:
    """The columns of the best rank, in the order of the table."""
    best = min(ranks.values())
    columns = tuple(name for name, rank in ranks.items() if rank == best)
    others = tuple(sorted((name for name in ranks if name not in columns), key=lambda name: ranks[name]))
    return Suggestion(part, columns, len(columns) == 1 and best[0] < PART_WORDS[part].plain, others)
