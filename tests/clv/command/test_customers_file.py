"""An earlier customers.csv is read again."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

import rfm
from clv._command.customers_file import headers, read_customers, write_customers
from clv._report.language import Language
from clv._report.moves import COMPARED
from clv._report.page_words import PAGE
from clv._report.wording import Wording
from rfm._schemes.scheme import as_scheme
from rfm.errors import DataError

CODES = ["en", "zh-Hant", "zh-Hans"]


@pytest.mark.parametrize("code", CODES)
def test_names_of_any_language_and_neutralised_ids_are_understood(tmp_path, code):
    assert "columns.customer_id" in PAGE.english
    texts = Language.load(code).texts
    names = [texts.get(f"page.columns.{part}", part) for part in COMPARED]
    path = tmp_path / "customers.csv"
    path.write_text(",".join(names) + "\n'=1+1,VIP,5,5,1,9\n007,lost,1,1,400,1\n", encoding="utf-8-sig")
    read = read_customers(path, Language.load("en"))
    assert read["customer_id"].tolist() == ["=1+1", "007"]
    assert read["segment"].tolist() == ["VIP", "lost"]
    assert read["recency"].tolist() == [1, 400]


@pytest.mark.parametrize("code", CODES)
def test_what_was_written_is_read(tmp_path, code):
    scheme, language = as_scheme("lifecycle"), Language.load(code)
    log = rfm.datasets.cdnow_sample().query("customer_id <= 200")
    table = rfm.segment(rfm.Transactions(log), scheme=scheme).assign(clv=lambda made: made["spend"] / 3)
    write_customers(SimpleNamespace(table=table, scheme=scheme), tmp_path / "c.csv", language, False)
    read = read_customers(tmp_path / "c.csv", Language.load("en")).set_index("customer_id")
    for name, column in (
        table.assign(customer_id=table["customer_id"].astype(str)).set_index("customer_id").items()
    ):
        column = column.astype(str) if name == "segment" else column
        pd.testing.assert_series_equal(
            read[name].loc[column.index], column, check_dtype=False, check_index_type=False
        )


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"customers.csv has no column 'customer_id'. It has: a, b"):
        read_customers(path, Language.load("en"))


@pytest.mark.parametrize("code", CODES)
def test_no_two_columns_have_one_name(code):
    keys = (key for key in PAGE.english if key.startswith("columns.") and "{" not in PAGE.english[key])
    names = [key.removeprefix("columns.") for key in keys]
    said = headers(names, Wording(Language.load(code), as_scheme("lifecycle")))
    assert len(set(said.values())) == len(names)


def test_a_name_that_two_columns_share_is_followed_by_their_own():
    said = headers(
        ["customer_id", "monetary", "spend"], Wording(Language.load("zh-Hant"), as_scheme("lifecycle"))
    )
    assert said["monetary"] == "累計消費 (monetary)"
    assert said["spend"] == "累計消費 (spend)"


def test_a_table_of_ids_and_segments_alone_is_refused(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,segment\n1,VIP\n", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"customers.csv has no column 'R'. .* --previous names a customers.csv"
    ):
        read_customers(path, Language.load("en"))
