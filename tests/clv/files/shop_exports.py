"""One shop's orders as eleven exports: the same customers, dates and amounts, each written in another way.

The truth is whole numbers: `ORDERS`. Every `Export` says which columns and options give it back, so that the file can
be read, and a report made of it, and compared with the truth.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SEED = 20_250_423
CUSTOMERS, FIRST, DAYS = 60, date(2023, 4, 1), 730
FULL_WIDTH = str.maketrans("0123456789-,", "０１２３４５６７８９－，")


@dataclass(frozen=True)
class Order:
    """An order, or a return where the amount is below zero."""

    customer: int
    day: date
    amount: int


def _orders() -> tuple[Order, ...]:
    """About 300 orders of 60 customers over two years; some return what they bought a few days later."""
    random_ = random.Random(SEED)
    orders = []
    for customer in range(1, CUSTOMERS + 1):
        day = FIRST + timedelta(random_.randrange(DAYS // 2))
        gap = random_.choice((40, 80, 120))
        alive = random_.randrange(40, DAYS)
        usual = random_.choice((380, 760, 1_280, 2_450))
        start = day
        while day < FIRST + timedelta(DAYS) and (day - start).days < alive:
            amount = usual + random_.randrange(-120, 400)
            orders.append(Order(customer, day, amount))
            if random_.random() < 0.04 and day + timedelta(9) < FIRST + timedelta(DAYS):
                orders.append(Order(customer, day + timedelta(5), -(amount // 2)))
            day += timedelta(7 + int(random_.expovariate(1 / gap)))
    orders.sort(key=lambda order: (order.day, order.customer, -order.amount))
    return tuple(orders)


ORDERS = _orders()


def id_of(customer: int) -> str:
    """The customers' numbers begin with zeros, which must not be lost."""
    return f"{customer:05d}"


@dataclass(frozen=True)
class Export:
    """A file of the shop's orders.

    Parameters
    ----------
    name : str
        What is special about it.
    file : str
        Its name.
    content : callable
        Makes its bytes.
    columns : dict
        Which column is the customer, the date and the amount.
    texts : tuple
        Customer, date and amount of each row as they are written, in the file's order.
    options : tuple of str
        What must be said to the command: nothing, but for rows that are to be left out.
    found : dict
        What is to be detected: encoding, separator, header, sheet.
    other_rows : int
        Rows of orders that were cancelled or sent back whole, which are not in the truth.
    """

    name: str
    file: str
    content: Callable[[], bytes]
    columns: dict[str, str]
    texts: tuple[tuple[str, Any, Any], ...]
    found: dict[str, Any]
    options: tuple[str, ...] = ()
    other_rows: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """The path of the file, written there."""
        path = folder / self.file
        path.write_bytes(self.content())
        return path


def _grouped(amount: int) -> str:
    return f"{amount:,}"


def _roc(day: date) -> int:
    """The year of the Republic of China."""
    return day.year - 1911


def _texts(
    day: Callable[[date], Any], amount: Callable[[int], Any], ident: Callable[[int], Any] = id_of
) -> tuple[tuple[Any, Any, Any], ...]:
    return tuple((ident(order.customer), day(order.day), amount(order.amount)) for order in ORDERS)


def _csv(
    names: list[str],
    rows: list[list[Any]],
    encoding: str,
    separator: str = ",",
    above: tuple[list[str], ...] = (),
    below: tuple[list[str], ...] = (),
) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows([*above, names, *rows, *below])
    return text.getvalue().encode(encoding)


PRODUCTS = ("高山烏龍茶", "鳳梨酥禮盒", "手工皂", "芋頭酥", "文山包種茶")
SIMPLE_PRODUCTS = ("高山乌龙茶", "凤梨酥礼盒", "手工皂", "芋头酥", "文山包种茶")


def _utf8() -> Export:
    texts = _texts(lambda day: day.strftime("%Y-%m-%d"), str)
    names = ["訂單編號", "會員編號", "訂單日期", "商品名稱", "金額"]
    rows = [
        [f"A{i:06d}", who, day, PRODUCTS[i % 5], paid] for i, (who, day, paid) in enumerate(texts, start=1)
    ]
    return Export(
        "UTF-8 with a mark",
        "訂單.csv",
        lambda: _csv(names, rows, "utf-8-sig"),
        {"customer": "會員編號", "date": "訂單日期", "amount": "金額"},
        texts,
        {"encoding": "utf-8-sig", "separator": ",", "header": 1},
    )


def _big5() -> Export:
    texts = _texts(lambda day: f"{day.year}/{day.month}/{day.day}", _grouped)
    names = ["會員編號", "會員姓名", "下單時間", "實付金額", "收件地址"]
    people = (
        "陳怡君",
        "林志明",
        "黃裕銘",
        "周恒嫺",
        "宏碁行",
    )  # with characters of ETEN, which Windows has too
    rows = [
        [who, people[int(who) % 5], f"{day} 14:05", paid, "台北市中山區民權東路一段1號"]
        for who, day, paid in texts
    ]
    return Export(
        "Big5 of Windows",
        "orders_big5.csv",
        lambda: _csv(names, rows, "cp950"),
        {"customer": "會員編號", "date": "下單時間", "amount": "實付金額"},
        tuple((who, f"{day} 14:05", paid) for who, day, paid in texts),
        {"encoding": "cp950", "separator": ",", "header": 1},
    )


def _gb18030() -> Export:
    texts = _texts(lambda day: day.strftime("%Y-%m-%d 09:30:00"), lambda amount: f"{amount:.2f}")
    names = ["订单编号", "客户编号", "下单时间", "商品名称", "实付金额"]
    rows = [
        [f'="{7_000_000 + i}"', who, day, SIMPLE_PRODUCTS[i % 5], paid]
        for i, (who, day, paid) in enumerate(texts)
    ]
    return Export(
        "GB18030, simplified",
        "ExportOrderList.csv",
        lambda: _csv(names, rows, "gb18030"),
        {"customer": "客户编号", "date": "下单时间", "amount": "实付金额"},
        texts,
        {"encoding": "gb18030", "separator": ",", "header": 1},
    )


def _unicode_text() -> Export:
    texts = _texts(lambda day: f"{day.year}/{day.month}/{day.day}", _grouped)
    names = ["會員編號", "日期", "金額", "備註"]
    rows = [[*row, "第一行\n第二行" if i % 50 == 0 else ""] for i, row in enumerate(texts)]
    return Export(
        "Excel's Unicode text",
        "unicode.txt",
        lambda: _csv(names, rows, "utf-16", "\t"),
        {"customer": "會員編號", "date": "日期", "amount": "金額"},
        texts,
        {"encoding": "utf-16", "separator": "\t", "header": 1},
    )


def _german() -> Export:
    def amount(number: int) -> str:
        return f"{number:,}".replace(",", ".") + ",00"

    texts = _texts(lambda day: day.strftime("%d.%m.%Y"), amount)
    names = ["Kundennummer", "Bestelldatum", "Gesamtbetrag", "Währung", "Straße"]
    rows = [[*row, "TWD", "Hauptstraße 5"] for row in texts]
    return Export(
        "Windows-1252, semicolons and decimal commas",
        "Bestellungen.csv",
        lambda: _csv(names, rows, "cp1252", ";"),
        {"customer": "Kundennummer", "date": "Bestelldatum", "amount": "Gesamtbetrag"},
        texts,
        {"encoding": "cp1252", "separator": ";", "header": 1},
    )


def _bars() -> Export:
    def amount(number: int) -> str:
        return f"-NT${-number:,}" if number < 0 else f"NT${number:,}"

    texts = _texts(lambda day: day.strftime("%Y/%m/%d"), amount)

    def content() -> bytes:
        lines = ["顧客ID|交易日期|交易金額", *(f'"{who}"|"{day}"|"{paid}"' for who, day, paid in texts)]
        return ("\n".join(lines) + "\n").encode("utf-8")

    return Export(
        "bars and NT$1,280",
        "pos.txt",
        content,
        {"customer": "顧客ID", "date": "交易日期", "amount": "交易金額"},
        texts,
        {"encoding": "utf-8", "separator": "|", "header": 1},
    )


def _workbook() -> Export:
    texts = _texts(lambda day: day, lambda amount: amount)
    names = ["訂單編號", "會員編號", "訂單日期", "訂單金額"]

    def content() -> bytes:
        import openpyxl

        book = openpyxl.Workbook()
        cover = book.active
        cover.title = "封面"
        cover["B2"], cover["B3"] = "歲月茶行", "銷售報表"
        sheet = book.create_sheet("訂單明細")
        sheet.append(["報表名稱:訂單明細"])
        sheet.merge_cells("A1:D1")
        sheet.append(["匯出時間", "2025/04/23 10:00"])
        sheet.append([])
        sheet.append(names)
        for place, (who, day, paid) in enumerate(texts, start=1):
            sheet.append([f"A{place:06d}", who, day, paid])
        sheet.append(["合計", None, None, sum(paid for _, _, paid in texts)])
        notes = book.create_sheet("說明")
        notes.append(["欄位", "說明"])
        notes.append(["訂單金額", "含運費"])
        hidden = book.create_sheet("代碼")
        hidden.sheet_state = "hidden"
        hidden.append(["會員編號", "姓名"])
        made = io.BytesIO()
        book.save(made)
        return made.getvalue()

    return Export(
        "a workbook with a cover sheet and title rows",
        "銷售報表.xlsx",
        content,
        {"customer": "會員編號", "date": "訂單日期", "amount": "訂單金額"},
        texts,
        {"encoding": None, "sheet": "訂單明細", "header": 4},
    )


def _roc_slashes() -> Export:
    texts = _texts(lambda day: f"{_roc(day)}/{day:%m/%d}", lambda amount: f"{amount:,}".translate(FULL_WIDTH))
    names = ["客戶編號", "日期", "金額　"]
    below = (["合計", "", f"{sum(order.amount for order in ORDERS):,}"], ["列印人員：王小明", "", ""])
    return Export(
        "years of the Republic, full-width digits",
        "民國.csv",
        lambda: _csv(
            names, [list(row) for row in texts], "cp950", above=(["歲月茶行 銷貨日報"], []), below=below
        ),
        {"customer": "客戶編號", "date": "日期", "amount": "金額"},
        texts,
        {"encoding": "cp950", "separator": ",", "header": 3},
    )


def _roc_digits() -> Export:
    texts = _texts(
        lambda day: f"{_roc(day)}{day:%m%d}",
        lambda amount: f"({-amount}.00)" if amount < 0 else f"{amount}.00",
    )
    names = ["會員卡號", "交易日期", "消費金額"]
    return Export(
        "seven digits, returns in brackets",
        "pos_1140423.csv",
        lambda: _csv(names, [list(row) for row in texts], "utf-8"),
        {"customer": "會員卡號", "date": "交易日期", "amount": "消費金額"},
        texts,
        {"encoding": "utf-8", "separator": ",", "header": 1},
    )


def _roc_words() -> Export:
    texts = _texts(lambda day: f"民國{_roc(day)}年{day.month}月{day.day}日", lambda amount: f"{amount:,}元")
    names = ["會員編號", "購買日期", "消費金額"]
    return Export(
        "years of the Republic in words",
        "會員消費.csv",
        lambda: b"sep=,\r\n" + _csv(names, [list(row) for row in texts], "cp950"),
        {"customer": "會員編號", "date": "購買日期", "amount": "消費金額"},
        texts,
        {"encoding": "cp950", "separator": ",", "header": 2},
    )


def _cancelled() -> Export:
    """Every twelfth order has beside it one that was cancelled, and every twentieth one that was sent back."""
    rows, texts, others = [], [], 0
    for place, order in enumerate(ORDERS):
        row = [id_of(order.customer), order.day.strftime("%Y.%m.%d"), str(order.amount)]
        rows.append([f"S{place:05d}", *row, "已完成"])
        texts.append((row[0], row[1], row[2]))
        for every, status in ((12, "已取消"), (20, "退貨")):
            if place % every == 0:
                rows.append([f"S{place:05d}{status[-1]}", row[0], row[1], "9999", status])
                texts.append((row[0], row[1], "9999"))
                others += 1
    names = ["訂單編號", "買家帳號", "訂單成立日期", "買家總支付金額", "訂單狀態"]
    return Export(
        "a status column, years first with points",
        "Order.all.csv",
        lambda: _csv(names, rows, "utf-8-sig"),
        {"customer": "買家帳號", "date": "訂單成立日期", "amount": "買家總支付金額"},
        tuple(texts),
        {"encoding": "utf-8-sig", "separator": ",", "header": 1},
        options=("--where", "訂單狀態 not in ('已取消', '退貨')"),
        other_rows=others,
        extra={"status": "訂單狀態", "cancelled": ["已取消", "退貨"]},
    )


EXPORTS: tuple[Export, ...] = (
    _utf8(),
    _big5(),
    _gb18030(),
    _unicode_text(),
    _german(),
    _bars(),
    _workbook(),
    _roc_slashes(),
    _roc_digits(),
    _roc_words(),
    _cancelled(),
)
