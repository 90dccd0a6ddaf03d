"""An earlier customers.csv is read again."""

from __future__ import annotations

import pytest

from clv._command.customers_file import headers, read_customers
from clv._report.language import Language
from clv._report.page_words import PAGE
from clv._report.wording import Wording
from rfm._schemes.scheme import as_scheme
from rfm.errors import DataError


@pytest.mark.parametrize("code", ["en", "zh-Hant", "zh-Hans"])
def test_names_of_any_language_and_neutralised_ids_are_understood(tmp_path, code):
    assert "columns.customer_id" in PAGE.english
    texts = Language.load(code).texts
    names = [texts.get(f"page.columns.{part}", part) for part in ("customer_id", "segment")]
    path = tmp_path / "customers.csv"
    path.write_text(",".join(names) + "\n'=1+1,VIP\n007,lost\n", encoding="utf-8-sig")
    read = read_customers(path, Language.load("en"))
    assert read["customer_id"].tolist() == ["=1+1", "007"]
    assert read["segment"].tolist() == ["VIP", "lost"]


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"customers.csv has no column 'customer_id'. It has: a, b"):
        read_customers(path, Language.load("en"))


@pytest.mark.parametrize("code", ["en", "zh-Hant", "zh-Hans"])
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
