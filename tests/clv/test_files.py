"""Files of orders, by their ending."""

from __future__ import annotations

import pandas as pd
import pytest

from clv.files import read_table, suggest
from rfm.errors import DataError

TABLE = pd.DataFrame(
    {"customer_id": ["007", "012"], "date": ["2024-01-02", "2024-01-03"], "amount": [1.5, 2.0]}
)


def test_text_keeps_leading_zeros_and_finds_the_separator(tmp_path):
    for separator, ending in ((",", "csv"), (";", "csv"), ("\t", "tsv")):
        path = tmp_path / f"orders.{ending}"
        TABLE.to_csv(path, index=False, sep=separator)
        pd.testing.assert_frame_equal(read_table(path), TABLE, check_dtype=False)
        assert read_table(path)["amount"].dtype == "float64"


def test_compressed_text(tmp_path):
    TABLE.to_csv(tmp_path / "orders.csv.gz", index=False)
    assert len(read_table(tmp_path / "orders.csv.gz")) == 2


def test_parquet_and_excel(tmp_path):
    TABLE.to_parquet(tmp_path / "orders.parquet")
    TABLE.to_excel(tmp_path / "orders.xlsx", index=False)
    for name in ("orders.parquet", "orders.xlsx"):
        assert read_table(tmp_path / name)["customer_id"].tolist() == ["007", "012"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders.pdf", b"%PDF", "orders.pdf ends in '.pdf'. Hint: give a .csv, .tsv, .parquet or .xlsx file"),
        ("orders", b"a,b", "orders ends in 'nothing'"),
        ("orders.xlsx", b"no workbook", r"orders\.xlsx cannot be read: .* Hint: is it really a \.xlsx file"),
        (
            "orders.parquet",
            b"no parquet",
            r"orders\.parquet cannot be read: .* Hint: is it really a \.parquet file",
        ),
        ("orders.csv", b"", r"orders\.csv cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / name)


def test_suggest_names_only_what_looks_right():
    assert suggest(["foo", "Order_Date"]) == {"date": "Order_Date"}
