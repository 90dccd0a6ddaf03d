"""Which columns of a log mean what, and how they are read."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from rfm._defaults import Unsaid
from rfm._frames.native import INTERNAL, Frame, from_native, is_eager, is_nested
from rfm._issuing import warn
from rfm._options import check_text, received, whole
from rfm._orders.roc_dates import ROC
from rfm.errors import TransactionsError

__all__ = [
    "AMOUNT_VERDICT",
    "CURRENCY_VERDICT",
    "DATE_VERDICT",
    "DAY",
    "ROLES",
    "ROUNDED",
    "UNITS",
    "VERDICT",
    "Columns",
    "amount_column",
    "rate_table",
]

# columns that reading adds to a log
DAY: Final = f"{INTERNAL}day"
UNITS: Final = f"{INTERNAL}units"
ROUNDED: Final = f"{INTERNAL}rounded"
VERDICT: Final = f"{INTERNAL}verdict"
DATE_VERDICT: Final = f"{INTERNAL}date_verdict"
AMOUNT_VERDICT: Final = f"{INTERNAL}amount_verdict"
CURRENCY_VERDICT: Final = f"{INTERNAL}currency_verdict"

ROLES: Final = (
    "customer",
    "date",
    "amount",
    "order_id",
    "quantity",
    "price",
    "currency",
    "source",
    "consent",
)
MOST_DECIMALS: Final = 12
FORMATS: Final = 'strptime codes, such as "%d/%m/%Y %H:%M", "excel" or "roc"'
CUSTOMERS: Final = (
    "a table of customers; rfm.score(summary=…) and rfm.segment(summary=…) take it with customer_id, recency (or "
    "last_purchase, with as_of=), orders and spend"
)
LATER: Final = (  # tables of later steps, recognised by columns that no log has
    ({"segment", "customers"}, "a table of segments"),
    (
        {"customer_id", "date", "segment"},
        "a table of snapshots; rfm.migration(snaps) counts the moves in it",
    ),
    (
        {"customer_id", "R", "F", "M", "segment"},
        "a table of customers with segments; rfm.profile(segmented) describes them",
    ),
    (
        {"customer_id", "R", "F", "M"},
        "a table of customers with scores; rfm.Scheme.load(…).assign(scored) gives each a segment",
    ),
    (
        {"customer_id", "frequency", "recency", "T"},
        "a table of customers for a law; clv.fit_summary(table) fits one",
    ),
    ({"recency", "orders"}, CUSTOMERS),
    ({"last_purchase", "orders"}, CUSTOMERS),
)
WORDS: Final = {
    "customer": ("customer", "client", "member", "user", "buyer", "account"),
    "date": ("date", "time", "day"),
    "amount": ("amount", "revenue", "total", "sales", "value", "spend"),
    "quantity": ("quantity", "qty", "units"),
    "price": ("price",),
    "consent": ("consent", "accepts", "opt", "marketing"),
}


@dataclass(frozen=True)
class Columns:
    """The names of the columns a log is read from, and the options of reading them.

    ``amount`` is None if no money is read; ``until`` is a day number; ``rates`` maps a currency to the value of one
    unit of it.
    """

    customer: str
    date: str
    amount: str | None
    order_id: str | None = None
    quantity: str | None = None
    price: str | None = None
    currency: str | None = None
    source: str | None = None
    consent: str | None = None
    rates: Mapping[Any, float] | None = None
    date_format: str | None = None
    tz: str | None = None
    until: int | None = None
    drop_returns: bool = False
    keep_returns: bool = False
    decimals: int = 4

    def __post_init__(self) -> None:
        for role in ROLES:
            name = getattr(self, role)
            if name is not None or role in ("customer", "date"):
                check_text(role, name, f'{role}="…" names a column', TransactionsError)
        if (self.quantity is None) != (self.price is None):
            raise TransactionsError(
                "quantity and price go together. Hint: name both columns, or amount alone."
            )
        if self.quantity is not None and self.amount not in (None, "amount"):
            raise TransactionsError(
                f"amount={self.amount!r} and quantity × price were both given. Hint: name one of the two."
            )
        if self.currency is not None and not self.money:
            raise TransactionsError(
                f'currency={self.currency!r} was given without a column of amounts. Hint: amount="…" names it.'
            )
        if self.rates is not None and self.currency is None:
            raise TransactionsError(
                f"rates of {', '.join(map(str, self.rates))} were given without a column of currencies. "
                'Hint: currency="…" names it.'
            )
        whole("decimals", self.decimals, most=MOST_DECIMALS, error=TransactionsError)
        if self.date_format is not None:
            check_text("date_format", self.date_format, FORMATS, TransactionsError)
            if self.date_format not in ("excel", ROC) and "%" not in self.date_format:
                raise TransactionsError(
                    f"date_format={received(self.date_format)} is not a format. Hint: {FORMATS}."
                )
        if self.tz is not None:
            _check_zone(self.tz)

    @property
    def money(self) -> tuple[str, ...]:
        """The one column of the amount, or the two whose product it is; none where no money is read."""
        if self.quantity is not None and self.price is not None:
            return self.quantity, self.price
        return () if self.amount is None else (self.amount,)

    @property
    def names(self) -> dict[str, str]:
        """Column by role, of the roles that are mapped."""
        unused = {"amount"} if len(self.money) == 2 else set()
        return {role: getattr(self, role) for role in ROLES if role not in unused and getattr(self, role)}

    def refuse_nested(self, frame: Frame) -> None:
        """Refuse mapped columns of lists, structs, maps or JSON, which are neither ids nor numbers nor dates."""
        for role, name in self.names.items():
            if is_nested(frame, name):
                raise TransactionsError(
                    f"Column {name!r} holds lists, structs, maps, JSON or other values of several parts, which "
                    f"cannot be read as {role}. "
                    "Hint: make a column of numbers, text or dates from it."
                )

    def renamed(self, aliases: Mapping[str, str]) -> Columns:
        """The same columns under aliases of their names, where they have one."""
        renamed: dict[str, Any] = {role: aliases.get(name, name) for role, name in self.names.items()}
        return replace(self, **renamed)

    def check(self, found: Sequence[str]) -> None:
        """Refuse a table without the mapped columns, naming its columns and those that look right."""
        missing = {role: name for role, name in self.names.items() if name not in found}
        if not missing:
            return
        names = ", ".join(repr(name) for name in missing.values())
        later = next((hint for marks, hint in LATER if marks <= set(found)), None)
        if later is not None and not {self.date, *self.money} <= set(found):
            raise TransactionsError(
                f"No column {names}. The table has: {', '.join(map(str, found))}. "
                f"Hint: pass the log of orders; this is {later}."
            )
        guesses = _guesses(missing, found) or dict.fromkeys(missing, "…")
        hint = ", ".join(f'{role}="{name}"' for role, name in guesses.items())
        less = ", or amount=None to read no money" if set(missing) == {"amount"} else ""
        raise TransactionsError(
            f"No column {names}. The table has: {', '.join(map(str, found))}. "
            f"Hint: Transactions(df, {hint}){less}."
        )


def amount_column(
    amount: str | None, schema: Mapping[str, Any], others: Collection[str | None]
) -> str | None:
    """The column of amounts that a log is read with: as given, or by default "amount" if there is one.

    Parameters
    ----------
    amount : str or None
        As given; None reads no money.
    schema : mapping of str to narwhals dtype
        Of the log.
    others : collection of str or None
        The columns of other roles.

    Returns
    -------
    str or None
        None where no money is read. If a column has a typical name of amounts, "amount" stays required, so that the
        log is refused with that column in the hint.

    Warns
    -----
    DataWarning
        If no money is read by default, and other columns of numbers might be amounts.
    """
    if not isinstance(amount, Unsaid) or amount in schema:
        return amount
    free = [name for name in schema if name not in others]
    named = _likely("amount", free) or all(_likely(role, free) for role in ("quantity", "price"))
    later = any(marks <= set(schema) for marks, _ in LATER)  # a table of a later stage gets another message
    if named or later or not {other for other in others if other is not None} <= set(schema):
        return amount
    numbers = [name for name in free if schema[name].is_numeric()]
    if numbers:
        warn(
            f"No column 'amount', so no money is read; numeric columns: {', '.join(map(str, numbers))}. "
            f'Hint: amount="{numbers[0]}" if it is one of them, otherwise amount=None.',
        )
    return None


def _check_zone(tz: str) -> None:
    check_text("tz", tz, 'tz="Europe/London"', TransactionsError)
    try:
        ZoneInfo(tz)
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise TransactionsError(
            f"tz={received(tz)} is not a time zone. Hint: a name of the IANA database, such as "
            '"Europe/London" or "UTC".'
        ) from error


def _guesses(missing: Mapping[str, str], found: Sequence[str]) -> dict[str, str]:
    """A column that looks like each missing role; quantity and price where no column looks like an amount."""
    likely = {role: _likely(role, found) for role in missing if role in WORDS}
    if "amount" in likely and likely["amount"] is None:
        likely |= {role: _likely(role, found) for role in ("quantity", "price")}
    return {role: name for role, name in likely.items() if name is not None}


def _likely(role: str, found: Sequence[str]) -> str | None:
    return next((name for word in WORDS[role] for name in found if word in str(name).lower()), None)


def rate_table(rates: Any) -> dict[Any, float] | None:
    """Rates by currency, from a mapping or from a dataframe with the columns `currency` and `rate`.

    Raises
    ------
    TransactionsError
        If a rate is not a positive number, or a currency has two.

    Examples
    --------
    >>> rate_table({"EUR": 1, "USD": 0.92})
    {'EUR': 1.0, 'USD': 0.92}
    """
    if rates is None:
        return None
    if isinstance(rates, Mapping):
        pairs = list(rates.items())
    else:
        frame = from_native(rates)
        if not {"currency", "rate"} <= set(frame.columns) or not is_eager(frame):
            raise TransactionsError(
                "rates must map a currency to its rate, or be a table in memory with columns "
                'currency and rate. Hint: rates={"EUR": 1.0, "USD": 0.92}.'
            )
        pairs = list(zip(frame["currency"].to_list(), frame["rate"].to_list(), strict=True))
    table = {currency: _rate(currency, value) for currency, value in pairs}
    if len(table) < len(pairs):
        raise TransactionsError("rates holds a currency twice. Hint: give one rate per currency.")
    return table


def _rate(currency: Any, value: Any) -> float:
    try:
        rate = float(value)
        if rate > 0 and math.isfinite(rate):
            return rate
    except (TypeError, ValueError):
        pass
    raise TransactionsError(
        f"The rate of {received(currency)} must be a positive number; got {received(value)}."
    )
