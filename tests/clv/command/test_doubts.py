"""What is said of cancelled orders and of totals that stand on every row."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._command.doubts import repeated_totals_note, status_notes
from clv._command.row_rules import rows_where


def statuses(*values: str, name: str = "訂單狀態") -> pd.DataFrame:
    return pd.DataFrame({name: values, "amount": 1.0})


@pytest.mark.parametrize(
    ("name", "good", "void"),
    [
        ("訂單狀態", "已完成", ["已取消", "退貨"]),
        ("订单状态", "交易成功", ["交易关闭", "已退款"]),
        ("Order Status", "Complete", ["Cancelled", "Returned to sender"]),
        ("Financial Status", "paid", ["voided", "partially_refunded"]),
        ("Bestellstatus", "Bezahlt", ["Storniert"]),
        ("注文ステータス", "発送済み", ["キャンセル"]),
    ],
)
def test_cancelled_orders_are_told_and_the_rule_leaves_them_out(name, good, void):
    table = statuses(good, *void, good, name=name)
    (note,) = status_notes(table, None)
    assert note.startswith(f"{len(void)} rows count although their {name!r} is ")
    rule = note.split("--where ")[1].split("' leaves")[0][1:]
    assert rows_where(table, rule).tolist() == [True, *(False for _ in void), True]
    assert status_notes(table, rule) == []


@pytest.mark.parametrize("good", ["已完成", "未取消", "not returned", "No refund", "shipped", "completed"])
def test_orders_that_count_are_not(good):
    assert status_notes(statuses(good, good), None) == []


def test_names_with_quotes_of_their_own_get_no_rule():
    (note,) = status_notes(statuses("paid", "can't pay, cancelled"), None)
    assert note.endswith("--where leaves such rows out.")


def lines(orders: int, rows: int, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"訂單編號": [f"#{at // rows}" for at in range(orders * rows)]})
    table["金額"] = [100.0 + at // rows for at in range(orders * rows)]
    return table.assign(**columns)


def test_totals_on_each_row_of_an_order_are_told():
    (note,) = repeated_totals_note(lines(40, 3), "金額", None)
    assert note.startswith("Of 40 orders ('訂單編號') with several rows, 40 have one '金額' on all of them.")
    assert repeated_totals_note(lines(40, 3).rename(columns={"訂單編號": "x"}), "金額", "x")


@pytest.mark.parametrize(
    "table",
    [
        lines(40, 1),
        lines(9, 2),
        lines(40, 3, 金額=range(120)),
        lines(40, 3, 金額="NT$100"),
        lines(40, 3).drop(columns="訂單編號"),
    ],
    ids=["a row each", "few", "amounts of rows", "texts", "no orders"],
)
def test_amounts_of_rows_are_not(table):
    assert repeated_totals_note(table, "金額", None) == []
