"""What a file says of its rows and the log does not know: cancelled orders, totals on every row of an order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd

from clv._files import suggestions
from rfm.errors import plain

__all__ = ["repeated_totals_note", "status_notes"]

VOID: Final = re.compile(
    r"取消|退貨|退货|退款|作廢|作废|失敗|失败|未付款|待付款|交易关闭|交易關閉|キャンセル|返品|返金|취소|반품|환불"
    r"|cancel|\bvoid|refund|\breturned|fail|unpaid|storn|retourn|erstatt|annul|rembours|devuel|devolv|reembols|anulow",
    re.IGNORECASE,
)
"""Words of orders that were not paid, or were sent back."""
NEGATED: Final = re.compile(
    r"^(?:no |not |never |未|无|無|沒有|没有)(?!付款)|\bnon[- ]?refund", re.IGNORECASE
)
FEW: Final = 40  # values of a column of statuses
SHOWN: Final = 4
ORDERS: Final = 10  # of several rows, from which they say something …
SHARE: Final = 0.95  # … if as many of them have one amount


def status_notes(table: pd.DataFrame, where: str | None) -> list[str]:
    """That rows whose status is cancelled or sent back are counted, and the rule that leaves them out.

    Parameters
    ----------
    table : pandas.DataFrame
        The file.
    where : str or None
        The rule of the rows that count; a column that it names has been thought of.

    Examples
    --------
    >>> table = pd.DataFrame({"訂單狀態": ["已完成", "已取消", "已完成"]})
    >>> print(*status_notes(table, None))
    1 rows count although their '訂單狀態' is '已取消'. --where '訂單狀態 not in ("已取消")' leaves them out.
    """
    found = suggestions([str(name) for name in table]).get("status")
    notes = []
    for name in () if found is None else (*found.columns, *found.others):
        if where is not None and name in where:
            continue
        counts = table[name].dropna().astype(str).str.strip().value_counts()
        void = [value for value in counts.index if VOID.search(value) and not NEGATED.search(value)]
        if not void or len(counts) > FEW:
            continue
        rule = _rule(name, void)
        hint = f"--where {rule} leaves them out." if rule else "--where leaves such rows out."
        notes.append(f"{counts[void].sum():,} rows count although their {name!r} is {_listed(void)}. {hint}")
    return notes


def _listed(values: Sequence[str]) -> str:
    shown = [repr(plain(value)) for value in values[:SHOWN]]
    return ", ".join(shown) + (", …" if len(values) > SHOWN else "")


def _rule(name: str, values: Sequence[str]) -> str:
    """The rule as a shell takes it, or nothing where a name or a value has quotes of its own."""
    column = name if name.isidentifier() else f"`{name}`"
    if re.search(r"[`'\"\\]", "".join([name, *values])):
        return ""
    texts = ", ".join(f'"{value}"' for value in values)
    return f"'{column} not in ({texts})'"


def repeated_totals_note(table: pd.DataFrame, amount: str, order_id: str | None) -> list[str]:
    """That the rows of an order repeat one amount, which may be its total, not that of a row.

    Parameters
    ----------
    table : pandas.DataFrame
        Amounts are numbers.
    amount : str
    order_id : str or None
        The column of the orders' numbers; None looks for it by its name.

    Examples
    --------
    >>> table = pd.DataFrame({"order_id": [number // 2 for number in range(24)], "total": 9.0})
    >>> repeated_totals_note(table, "total", None)[0][:66]
    "Of 12 orders ('order_id') with several rows, 12 have one 'total' o"
    """
    if order_id is None:
        found = suggestions([str(name) for name in table]).get("order_id")
        order_id = None if found is None else found.columns[0]
    if order_id is None or amount not in table or not pd.api.types.is_numeric_dtype(table[amount].dtype):
        return []
    orders = (
        table.loc[table[amount] > 0, [order_id, amount]].groupby(order_id)[amount].agg(["size", "nunique"])
    )
    several = orders[orders["size"] > 1]
    alike = int((several["nunique"] == 1).sum())
    if len(several) < ORDERS or alike < SHARE * len(several):
        return []
    return [
        f"Of {len(several):,} orders ({order_id!r}) with several rows, {alike:,} have one {amount!r} on all of them. "
        "If it is the order's total, it is counted once for each row, and spend is too large. Hint: --amount names the "
        "amount of a row, or keep one row of each order in the file."
    ]
