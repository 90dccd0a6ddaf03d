"""Values as people write them, and columns under the labels of a language."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clv._report.formats import FORMATS, table
from clv._report.language import Language
from clv._report.wording import Wording
from rfm._schemes.scheme import Scheme

ENGLISH = Wording(Language("en"), Scheme.load("classic"))
CHINESE = Wording(Language.load("zh-Hant"), Scheme.load("classic"))


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("p_alive", 0.1234, "12.3%"),
        ("p_alive", 0.9996, "100.0%"),
        ("share_of_spend", 1.0, "100%"),
        ("clv", 99.994, "99.99"),
        ("clv", 100.0, "100"),
        ("clv", 12345.6, "12,346"),
        ("amount", -250.4, "-250"),
        ("amount", -9.5, "-9.50"),
        ("rows", 1234567, "1,234,567"),
        ("estimate", 0.243159, "0.2432"),
        ("rmse", 1.23456, "1.235"),
        ("bias", -0.0502, "-5.0%"),
        ("bias", 0.1, "+10.0%"),
        ("predicted", 1234.5, "1,234"),
        ("expected_purchases", 3.14, "3.1"),
        ("clv", np.nan, "–"),
        ("last_purchase", pd.NaT, "–"),
        ("last_purchase", pd.Timestamp("1998-06-30 13:45"), "1998-06-30"),
        ("customer_id", 17, "17"),
        ("customer_id", "Zoë", "Zoë"),
        ("segment", "VIP", "VIP"),
        ("segment", "of another scheme", "of another scheme"),
        ("rule", "duplicate", "duplicate"),
    ],
)
def test_a_value_as_people_write_it(column, value, text):
    shown = table(pd.DataFrame({column: pd.Series([value])}), [column], "", ENGLISH)
    assert shown.rows == ((text,),)


def test_names_of_ours_are_said_in_the_language_and_the_datas_are_not():
    frame = pd.DataFrame(
        {"segment": ["loyal"], "kind": ["law"], "law": ["bg-nbd"], "customer_id": ["law"], "action": ["law"]}
    )
    scheme = CHINESE.scheme
    frame["segment"] = scheme.names[1]
    [row] = table(frame, list(frame), "", CHINESE).rows
    assert row[0] == scheme.segments[1].label("zh-Hant") != scheme.names[1]
    assert row[1] == CHINESE.language.texts["backtest.kind.law"] != "law"
    assert row[2:] == ("bg-nbd", "law", "law")


def test_columns_have_labels_and_kinds_and_those_that_are_not_there_are_left_out():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "clv": [1.0, 2.0],
            "last_purchase": pd.to_datetime(["2024-01-01", "2024-01-02"]),
            "segment": ["VIP", "lost"],
        }
    )
    shown = table(
        frame, ["segment", "monetary", "clv", "customer_id", "last_purchase"], "What it shows", ENGLISH
    )
    assert shown.caption == "What it shows"
    assert [column.kind for column in shown.columns] == ["word", "number", "text", "date"]
    assert [column.label for column in shown.columns] == [
        ENGLISH(f"columns.{name}") for name in ("segment", "clv", "customer_id", "last_purchase")
    ]
    assert shown.rows == (("VIP", "1.00", "a", "2024-01-01"), ("lost", "2.00", "b", "2024-01-02"))


def test_every_format_has_a_label():
    for name in FORMATS:
        assert ENGLISH(f"columns.{name}")
