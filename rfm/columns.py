"""Which columns of a log mean what, and how they are to be read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rfm.errors import TransactionsError
from rfm.frames import enter, is_eager

__all__ = ["Columns", "Rate", "rate_table"]

Rate = float | Decimal

WORDS: Final = {
    "customer": ("customer", "client", "member", "user", "buyer", "account"),
    "date": ("date", "time", "day"),
    "amount": ("amount", "revenue", "total", "sales", "value", "spend"),
    "quantity": ("quantity", "qty", "units"),
    "price": ("price",),
}


@dataclass(frozen=True)
class Columns:
    """The names of the columns a log is read from, and the options of reading them.

    ``until`` is a day number; ``rates`` maps a currency to the value of one unit of it.
    """

    customer: str
    date: str
    amount: str
    order_id: str | None = None
    quantity: str | None = None
    price: str | None = None
    currency: str | None = None
    source: str | None = None
    rates: Mapping[Any, Rate] | None = None
    date_format: str | None = None
    tz: str | None = None
    until: int | None = None
    drop_returns: bool = False
    decimals: int = 4

    @property
    def money(self) -> tuple[str, ...]:
        """The one column of the amount, or the two whose product it is."""
        return (self.amount,) if self.quantity is None or self.price is None else (self.quantity, self.price)

    @property
    def names(self) -> dict[str, str]:
        """Column by role, of the roles that are mapped."""
        roles = ("customer", "date", "amount", "order_id", "quantity", "price", "currency", "source")
        unused = {"amount"} if len(self.money) == 2 else set()
        return {role: getattr(self, role) for role in roles if role not in unused and getattr(self, role)}

    def check(self, found: Sequence[str]) -> None:
        """Refuse a table without the mapped columns, naming those it has and those that look right."""
        missing = {role: name for role, name in self.names.items() if name not in found}
        if not missing:
            return
        names = ", ".join(repr(name) for name in missing.values())
        guesses = _guesses(missing, found) or {role: "…" for role in missing}
        hint = ", ".join(f'{role}="{name}"' for role, name in guesses.items())
        raise TransactionsError(
            f"No column {names}. The table has: {', '.join(map(str, found))}. Hint: Transactions(df, {hint})."
        )


def _guesses(missing: Mapping[str, str], found: Sequence[str]) -> dict[str, str]:
    """A column that looks like each missing role; quantity and price where no column looks like an amount."""
    likely = {role: _likely(role, found) for role in missing if role in WORDS}
    if "amount" in likely and likely["amount"] is None:
        likely |= {role: _likely(role, found) for role in ("quantity", "price")}
    return {role: name for role, name in likely.items() if name is not None}


def _likely(role: str, found: Sequence[str]) -> str | None:
    return next((name for word in WORDS[role] for name in found if word in str(name).lower()), None)


def rate_table(rates: Any) -> dict[Any, Rate] | None:
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
        frame = enter(rates)
        if not {"currency", "rate"} <= set(frame.columns) or not is_eager(frame):
            raise TransactionsError(
                "rates must map a currency to its rate, or be a table in memory with the columns "
                'currency and rate. Hint: rates={"EUR": 1.0, "USD": 0.92}.'
            )
        pairs = list(zip(frame["currency"].to_list(), frame["rate"].to_list(), strict=True))
    table = {currency: _rate(currency, value) for currency, value in pairs}
    if len(table) < len(pairs):
        raise TransactionsError("rates holds a currency twice. Hint: one rate a currency.")
    return table


def _rate(currency: Any, value: Any) -> Rate:
    try:
        rate = value if isinstance(value, Decimal) else float(value)
        if 0 < rate and math.isfinite(rate):
            return rate
    except (TypeError, ValueError):
        pass
    raise TransactionsError(f"The rate of {currency!r} must be a positive number; got {value!r}.")
