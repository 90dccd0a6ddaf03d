"""The table of orders in a database, and the stages from its rows to each customer's facts, as in `rfm.summarize`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rfm._customers.window import window_start
from rfm._days import as_day
from rfm._options import check_text, received, whole
from rfm._orders.columns import MOST_DECIMALS
from rfm._sql.dialects import Dialect, column, day_literal, day_of, days_between, glot, named
from rfm.errors import DataError

__all__ = ["OrdersTable", "recency", "stages", "table_of"]

ROWS: Final = "o"  # the alias of the table of orders


@dataclass(frozen=True)
class OrdersTable:
    """Where the orders are, and which of them count.

    Parameters
    ----------
    name : tuple of str
        The table's name, after those of its schema and catalog, if any.
    customer, date : str
        The columns; times are cut to their days.
    amount : str or None
        None reads no money: every day with a row is a purchase.
    as_of : int or None
        The last day that counts, in days since 1970-01-01; None is the last day of the table.
    window : int or None
        The first day of the window; None for whole histories.
    decimals : int
        Money is counted in whole units of 10^-decimals.
    """

    name: tuple[str, ...]
    customer: str = "customer_id"
    date: str = "date"
    amount: str | None = "amount"
    as_of: int | None = None
    window: int | None = None
    decimals: int = 4

    @classmethod
    def of(
        cls,
        table: str | Sequence[str],
        customer: str,
        date: str,
        amount: str | None,
        as_of: Any,
        window: Any,
        decimals: int,
    ) -> OrdersTable:
        """The table by the options of `Scorer.to_sql`.

        Raises
        ------
        DataError
        """
        for name, value in (("customer", customer), ("date", date), ("amount", amount)):
            if value is not None:
                check_text(name, value, f'{name}="…" names a column', DataError)
        last = None if as_of is None else as_day(as_of, "as_of")
        if window is not None and last is None:
            raise DataError(
                f'window={received(window)} needs the day that it ends on; got as_of=None. Hint: as_of="2024-12-31".'
            )
        first = None if window is None or last is None else window_start(window, last)
        digits = whole("decimals", decimals, most=MOST_DECIMALS)
        return cls(_path(table), customer, date, amount, last, first, digits)

    @property
    def scale(self) -> int:
        """Units of one whole amount."""
        return int(10**self.decimals)

    def stage(self, name: str) -> str:
        """The name of a stage, which is not that of the table: a stage cannot read a table of its own name."""
        taken = self.name[-1].lower()
        return f"{name}_of_{taken}" if taken == name else name


def _path(table: Any) -> tuple[str, ...]:
    """The parts of a table's name: of a text, those between points; of several names, these."""
    parts = tuple(table.split(".")) if isinstance(table, str) else table
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= 3 or not all(map(_is_name, parts)):
        raise DataError(
            f'table must be a name such as "shop.orders", or up to three names; got {received(table)}. '
            'Hint: ("catalog", "schema", "orders.2024") where a name holds a point.'
        )
    return tuple(parts)


def _is_name(part: Any) -> bool:
    return isinstance(part, str) and part != ""


def stages(orders: OrdersTable, dialect: Dialect) -> dict[str, Any]:
    """The stages before the scores, by name: ``order_rows``, ``order_days``, ``buyers``.

    ``buyers`` has ``customer_id, orders, last_purchase, as_of``, ``units`` where there is money, and
    ``orders_in_window`` and ``units_in_window`` where there is a window; only customers who bought.
    """
    made = {
        "order_rows": _orders(orders, dialect),
        "order_days": _days(orders),
        "buyers": _customers(orders, dialect),
    }
    return {orders.stage(name): stage for name, stage in made.items()}


def _orders(orders: OrdersTable, dialect: Dialect) -> Any:
    """The rows that can be read: with a customer, a day and an amount, up to the last day."""
    exp = glot().exp
    # By the table's alias: SQLite reads a quoted name that is no column as a text.
    who, when = _cell(orders.customer, "customer"), day_of(_cell(orders.date, "date"), dialect)
    as_text = exp.cast(who.copy(), "text")
    known = [_is_known(who), exp.NEQ(this=as_text, expression=exp.Literal.string("")), _is_known(when)]
    columns = [who.copy().as_("customer_id", quoted=True), when.copy().as_("day", quoted=True)]
    if orders.amount is not None:
        paid = _cell(orders.amount, "amount")
        scaled = exp.Mul(this=paid, expression=exp.Literal.number(orders.scale))
        columns.append(exp.cast(exp.Round(this=scaled), "bigint").as_("units", quoted=True))
        known.append(_is_known(paid))
    if orders.as_of is not None:
        known.append(exp.LTE(this=when.copy(), expression=day_literal(orders.as_of, dialect)))
    parts = [named(part, "table") for part in reversed(orders.name)]
    keys = ("this", "db", "catalog")
    source = exp.Table(
        **dict(zip(keys, parts, strict=False)), alias=exp.TableAlias(this=named(ROWS, "alias"))
    )
    return exp.select(*columns).from_(source).where(*known)


def table_of(stage: str) -> Any:
    """A stage, to select from."""
    return glot().exp.Table(this=named(stage, "stage"))


def _cell(name: str, what: str) -> Any:
    """A column of the table of orders."""
    return glot().exp.Column(this=named(name, what), table=named(ROWS, "alias"))


def _is_known(value: Any) -> Any:
    exp = glot().exp
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))


def _days(orders: OrdersTable) -> Any:
    """Each customer's days, the rows of a day netted."""
    exp = glot().exp
    columns = [column("customer_id"), column("day")]
    if orders.amount is not None:
        units = column("units")
        columns.append(exp.Sum(this=units).as_("units", quoted=True))
        columns.append(exp.Min(this=units.copy()).as_("lowest", quoted=True))
    return (
        exp.select(*columns)
        .from_(table_of(orders.stage("order_rows")))
        .group_by(column("customer_id"), column("day"))
    )


def _purchase(orders: OrdersTable) -> Any:
    """Whether a day is a purchase: more was bought than sent back, or nothing was and it cost nothing."""
    exp = glot().exp
    if orders.amount is None:
        return exp.true()
    zero = exp.Literal.number(0)
    free = exp.and_(
        exp.EQ(this=column("units"), expression=zero), exp.GTE(this=column("lowest"), expression=zero.copy())
    )
    return exp.or_(exp.GT(this=column("units"), expression=zero.copy()), free)


def _customers(orders: OrdersTable, dialect: Dialect) -> Any:
    """The facts of each customer who bought."""
    exp = glot().exp
    bought = _purchase(orders)
    one = exp.Literal.number(1)
    columns = [
        column("customer_id"),
        exp.Count(this=_when(bought, one)).as_("orders", quoted=True),
        exp.Max(this=_when(bought, column("day"))).as_("last_purchase", quoted=True),
        _end(orders, dialect).as_("as_of", quoted=True),
    ]
    if orders.amount is not None:
        columns.append(exp.Sum(this=column("units")).as_("units", quoted=True))
    if orders.window is not None:
        inside = exp.GTE(this=column("day"), expression=day_literal(orders.window, dialect))
        both = exp.and_(inside, bought.copy())
        columns.append(exp.Count(this=_when(both, one.copy())).as_("orders_in_window", quoted=True))
        if orders.amount is not None:
            zero = exp.Literal.number(0)
            total = exp.Sum(this=_when(inside.copy(), column("units"), zero))
            columns.append(total.as_("units_in_window", quoted=True))
    had_any = exp.GT(this=exp.Count(this=_when(bought.copy(), one.copy())), expression=exp.Literal.number(0))
    return (
        exp.select(*columns)
        .from_(table_of(orders.stage("order_days")))
        .group_by(column("customer_id"))
        .having(had_any)
    )


def _end(orders: OrdersTable, dialect: Dialect) -> Any:
    """The day that recency counts to."""
    exp = glot().exp
    if orders.as_of is not None:
        return day_literal(orders.as_of, dialect)
    last = exp.select(exp.Max(this=column("day"))).from_(table_of(orders.stage("order_rows")))
    return exp.Subquery(this=last)


def _when(condition: Any, then: Any, otherwise: Any = None) -> Any:
    exp = glot().exp
    case = exp.Case().when(condition.copy(), then.copy())
    return case if otherwise is None else case.else_(otherwise.copy())


def recency(dialect: Dialect) -> Any:
    """Days since the last purchase, of the stage ``buyers``."""
    return days_between(column("as_of"), column("last_purchase"), dialect)
