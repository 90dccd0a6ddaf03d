"""Files of orders, by their ending."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._files import read_table, suggest
from rfm.errors import DataError, DataWarning

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


# Pairs that a number cannot tell apart, and ids that it would rewrite.
IDS = ["12345678901234567", "12345678901234568", "3.1", "3.10", "1e3", "1000", "-01", "-1", "007", "12346"]


@pytest.mark.parametrize("missing", [False, True])
def test_ids_in_text_stay_as_they_are_written(tmp_path, missing):
    ids = [*IDS, None] if missing else IDS
    path = tmp_path / "orders.csv"
    pd.DataFrame({"who": ids, "date": "2024-01-02", "amount": 1.0}).to_csv(path, index=False)
    table = read_table(path, "who")
    assert table["who"].dropna().tolist() == IDS
    assert table["who"].isna().sum() == missing
    assert table["amount"].dtype == "float64"


@pytest.mark.parametrize("ids", [["12346", None, "17"], ["12345678901234567", None, "12345678901234568"]])
def test_a_missing_id_leaves_the_others_whole(tmp_path, ids):
    log = pd.DataFrame({"who": ids, "date": "2024-01-02", "amount": 1.0})
    log.to_csv(tmp_path / "orders.csv", index=False)
    log.to_excel(tmp_path / "text.xlsx", index=False)
    numbers = log.assign(who=pd.array([None if i is None else int(i) for i in ids], dtype="Int64"))
    numbers.to_parquet(tmp_path / "orders.parquet")
    for name, known in (("orders.csv", str), ("text.xlsx", str), ("orders.parquet", int)):
        found = read_table(tmp_path / name, "who")["who"]
        assert found.dropna().tolist() == [known(i) for i in ids if i is not None], name
        assert found.isna().tolist() == [False, True, False]


def test_numbers_in_a_workbook_are_read_as_they_show(tmp_path):
    log = pd.DataFrame(
        {"who": [12346, None, 17, 3.1, "007", "17"], "date": "2024-01-02", "amount": [1, 2, 3, 4, 5, 6]}
    )
    log.to_excel(tmp_path / "orders.xlsx", index=False)
    table = read_table(tmp_path / "orders.xlsx", "who")
    assert table["who"].dropna().tolist() == ["12346", "17", "3.1", "007", "17"]
    assert table["amount"].dtype == "int64"


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ([12346.0, None, 17.0], [12346, 17]),
        ([12346.0, 17.0, 18.0], [12346, 17, 18]),
        ([12346.5, None, 17.0], [12346.5, 17.0]),
        (["3.10", None, "3.1"], ["3.10", "3.1"]),
    ],
)
def test_parquet_keeps_its_types_but_whole_floats_become_whole_numbers(tmp_path, stored, read):
    pd.DataFrame({"who": stored, "date": "2024-01-02", "amount": 1.0}).to_parquet(tmp_path / "orders.parquet")
    found = read_table(tmp_path / "orders.parquet", "who")["who"].dropna().tolist()
    assert found == read
    assert [type(value) for value in found] == [type(value) for value in read]


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_ids_that_their_file_has_rounded_are_told(tmp_path, ending):
    log = pd.DataFrame({"who": [12345678901234567.0, 12.0], "date": "2024-01-02", "amount": 1.0})
    path = tmp_path / f"orders.{ending}"
    log.to_excel(path, index=False) if ending == "xlsx" else log.to_parquet(path)
    with pytest.warns(
        DataWarning, match=r"1 ids are .* of more than 15 digits, such as 12345678901234\d+; .* as text"
    ):
        read_table(path, "who")


def test_suggest_names_only_what_looks_right():
    assert suggest(["foo", "Order_Date"]) == {"date": "Order_Date"}
