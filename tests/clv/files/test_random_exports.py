"""Random exports: every encoding with every separator, ways of writing and of quoting; the cells are as written."""

from __future__ import annotations

import csv
import io
import random

import pytest

from clv._files.reading import read_file

NAMES = {
    "zh-Hant": ["會員編號", "訂單日期", "實付金額", "備註", "商品名稱"],
    "zh-Hans": ["会员编号", "下单时间", "实付金额", "备注", "商品名称"],
    "de": ["Kundennummer", "Bestelldatum", "Gesamtbetrag", "Bemerkung", "Straße"],
    "en": ["customer_id", "order_date", "amount", "note", "product"],
}
TEXTS = {
    "zh-Hant": ["高山茶", "要快, 謝謝", '他說"好"', "第一行\n第二行", "T恤 XL", "iPhone手機殼", "a;b|c", ""],
    "zh-Hans": ["乌龙茶", "要快，谢谢", '他说"好"', "第一行\n第二行", "T恤 XL", "a;b|c", ""],
    "de": ["Grüße", "Müller; Söhne", '"ja"', "zwei\nZeilen", "5 € bar", "Café", ""],
    "en": ["tea", "a, b", '5" nail', "two\nlines", "x|y", ""],
}
ENCODINGS = {
    "zh-Hant": ["utf-8", "utf-8-sig", "cp950", "gb18030", "utf-16"],
    "zh-Hans": ["utf-8", "utf-8-sig", "gb18030", "utf-16"],
    "de": ["utf-8", "utf-8-sig", "cp1252", "utf-16"],
    "en": ["utf-8", "utf-16", "ascii"],
}
DATES = [
    "{y}/{m}/{d}",
    "{y}-{m:02d}-{d:02d} 10:00:00",
    "{d:02d}.{m:02d}.{y}",
    "{roc}/{m:02d}/{d:02d}",
    "{roc}{m:02d}{d:02d}",
]
AMOUNTS = ["{:d}", "{:,}", "NT${:,}", "({:d}.00)", "{:d},50"]


@pytest.mark.parametrize("seed", range(4))
def test_the_cells_of_random_exports_are_as_written(tmp_path, seed):
    chance = random.Random(seed)
    for _ in range(25):
        language = chance.choice(list(NAMES))
        names, rows, raw = export(chance, language)
        path = tmp_path / "o.csv"
        path.write_bytes(raw)
        read = read_file(path)
        assert list(read.table) == names
        assert read.table.astype(object).where(read.table.notna(), "").to_numpy().tolist() == rows


def export(chance, language):
    """Column names, rows and the bytes of a random export."""
    columns = sorted({0, 1, 2} | set(chance.sample(range(5), 3)))
    day, money = chance.choice(DATES), chance.choice(AMOUNTS)
    rows = [
        [row(chance, language, day, money)[column] for column in columns]
        for _ in range(chance.choice([1, 2, 5, 40]))
    ]
    names = [NAMES[language][column] for column in columns]
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=chance.choice(",;\t|"),
        lineterminator=chance.choice(["\n", "\r\n"]),
        quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    if chance.random() < 0.3:
        writer.writerows([["Report"], []])
    writer.writerows([names, *rows])
    return names, rows, text.getvalue().encode(chance.choice(ENCODINGS[language]))


def row(chance, language, day, money):
    year, month, date = 2024, chance.randrange(1, 13), chance.randrange(1, 29)
    return [
        f"{chance.randrange(99_999):05d}",
        day.format(y=year, roc=year - 1911, m=month, d=date),
        money.format(chance.randrange(1, 9_999)),
        chance.choice(TEXTS[language]),
        chance.choice(TEXTS[language]),
    ]
