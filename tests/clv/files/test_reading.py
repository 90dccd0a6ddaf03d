"""Files of orders as shops export them: every cell as it is written, and what is said of how it was read."""

from __future__ import annotations

import gzip
import zipfile
from datetime import datetime

import pandas as pd
import pytest

import rfm
from clv._files import FileFormat, read_file, suggestions
from rfm._orders.spelled_amounts import read_spelled_amounts
from rfm._orders.spelled_dates import read_spelled_dates
from rfm.errors import DataError, DataWarning
from tests.clv.files.shop_exports import EXPORTS, ORDERS, id_of

TABLE = pd.DataFrame(
    {"customer_id": ["007", "012"], "date": ["2024-01-02", "2024-01-03"], "amount": [1.5, 2.0]}
)
PARTS = ("customer", "date", "amount")


def as_written(value):
    return value.date() if isinstance(value, datetime) else value


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_every_cell_of_the_eleven_exports_is_as_it_is_written(export, tmp_path):
    read = read_file(export.write(tmp_path), ids=export.columns["customer"])
    columns = [export.columns[part] for part in PARTS]
    found = [tuple(map(as_written, row)) for row in read.table[columns].to_numpy(dtype=object).tolist()]
    assert found == list(export.texts)
    assert len(found) == len(ORDERS) + export.other_rows
    assert {name: getattr(read.found, name) for name in export.found} == export.found


@pytest.fixture(scope="module")
def truth():
    rows = [(id_of(order.customer), pd.Timestamp(order.day), float(order.amount)) for order in ORDERS]
    return rfm.summarize(pd.DataFrame(rows, columns=["customer_id", "date", "amount"]))


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_the_eleven_exports_end_in_the_same_customers(export, truth, tmp_path):
    table = read_file(export.write(tmp_path)).table
    if export.other_rows:
        status = table[export.extra["status"]]
        table = table[~status.isin(export.extra["cancelled"])].reset_index(drop=True)
    who, when, paid = (table[export.columns[part]] for part in PARTS)
    if not export.file.endswith(".xlsx"):
        when, paid = read_spelled_dates(when).days, read_spelled_amounts(paid).values
    found = rfm.summarize(pd.DataFrame({"customer_id": who, "date": when, "amount": paid}))
    pd.testing.assert_frame_equal(found, truth, check_dtype=False)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_the_columns_of_the_eleven_exports_need_no_flags(export, tmp_path):
    looks = suggestions([str(name) for name in read_file(export.write(tmp_path)).table])
    for part in PARTS:
        assert looks[part].columns == (export.columns[part],)
        assert looks[part].sure


def test_what_is_left_out_is_said(tmp_path):
    book = next(export for export in EXPORTS if export.file.endswith(".xlsx"))
    total = sum(order.amount for order in ORDERS)
    assert [str(each) for each in read_file(book.write(tmp_path)).said] == [
        'Read from the sheet "訂單明細"; the column names are in row 4.',
        "Sheets that are not read: 封面, 說明, 代碼.",
        "Rows above the column names are not read: 2, such as '報表名稱:訂單明細'.",
        f"Rows at the end that are totals or remarks are left out: 1, such as '合計, {total}'.",
    ]


@pytest.mark.parametrize("export", [EXPORTS[1], EXPORTS[4], EXPORTS[5]], ids=lambda export: export.name)
def test_what_is_given_is_not_detected(export, tmp_path):
    path = export.write(tmp_path)
    detected = read_file(path)
    again = read_file(path, detected.found)
    assert again.found == detected.found
    pd.testing.assert_frame_equal(again.table, detected.table)


def test_compressed_files(tmp_path):
    export = EXPORTS[1]
    (tmp_path / "o.csv.gz").write_bytes(gzip.compress(export.content()))
    with zipfile.ZipFile(tmp_path / "o.csv.zip", "w") as archive:
        archive.writestr("o.csv", export.content())
        archive.writestr("__MACOSX/._o.csv", b"\0")
    for name in ("o.csv.gz", "o.csv.zip"):
        read = read_file(tmp_path / name)
        assert read.found.encoding == "cp950"
        assert len(read.table) == len(ORDERS)


@pytest.mark.parametrize("names", [("o.xls", "a text file"), ("o.csv", None)])
def test_a_text_file_by_any_name(names, tmp_path):
    file, kind = names
    (tmp_path / file).write_bytes(EXPORTS[3].content())
    read = read_file(tmp_path / file)
    assert read.found.encoding == "utf-16"
    first = str(read.said[0])
    assert first == (f"{file} is {kind}, whatever its name says." if kind else str(read.said[0]))
    assert len(read.table) == len(ORDERS)


def test_a_workbook_named_csv(tmp_path):
    TABLE.to_excel(tmp_path / "o.xlsx", index=False)
    (tmp_path / "o.xlsx").rename(tmp_path / "o.csv")
    read = read_file(tmp_path / "o.csv")
    assert str(read.said[0]) == "o.csv is a workbook (.xlsx), whatever its name says."
    assert read.table["amount"].tolist() == [1.5, 2.0]


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
        ("orders.csv", b"", r"orders\.csv cannot be read: it is empty. Hint: is it really a \.csv file"),
        ("orders.xls", b"", r"orders\.xls cannot be read: it is empty"),
        ("orders.csv", b"\n \n\r\n", r"orders\.csv cannot be read: it is empty"),
        ("orders.csv", b"id,date\n", "orders.csv has no rows below its column names, id, date. Hint: give a"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_file(tmp_path / name)


# Pairs that a number cannot tell apart, and ids that it would rewrite.
IDS = ["12345678901234567", "12345678901234568", "3.1", "3.10", "1e3", "1000", "-01", "-1", "007", "12346"]


@pytest.mark.parametrize("missing", [False, True])
def test_ids_in_text_stay_as_they_are_written(tmp_path, missing):
    ids = [*IDS, None] if missing else IDS
    path = tmp_path / "orders.csv"
    pd.DataFrame({"who": ids, "date": "2024-01-02", "amount": 1.0}).to_csv(path, index=False)
    table = read_file(path).table
    assert table["who"].dropna().tolist() == IDS
    assert table["who"].isna().sum() == missing
    assert table["amount"].tolist() == ["1.0"] * len(ids)


def test_cells_are_texts_as_they_stand(tmp_path):
    for separator, ending in ((",", "csv"), (";", "csv"), ("\t", "tsv")):
        path = tmp_path / f"orders.{ending}"
        TABLE.to_csv(path, index=False, sep=separator)
        assert read_file(path).table["amount"].tolist() == ["1.5", "2.0"]


@pytest.mark.parametrize("ids", [["12346", None, "17"], ["12345678901234567", None, "12345678901234568"]])
def test_a_missing_id_leaves_the_others_whole(tmp_path, ids):
    log = pd.DataFrame({"who": ids, "date": "2024-01-02", "amount": 1.0})
    log.to_csv(tmp_path / "orders.csv", index=False)
    log.to_excel(tmp_path / "text.xlsx", index=False)
    numbers = log.assign(who=pd.array([None if i is None else int(i) for i in ids], dtype="Int64"))
    numbers.to_parquet(tmp_path / "orders.parquet")
    for name, known in (("orders.csv", str), ("text.xlsx", str), ("orders.parquet", int)):
        found = read_file(tmp_path / name, ids="who").table["who"]
        assert found.dropna().tolist() == [known(i) for i in ids if i is not None], name
        assert found.isna().tolist() == [False, True, False]


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
    found = read_file(tmp_path / "orders.parquet", ids="who").table["who"].dropna().tolist()
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
        read_file(path, ids="who")


def test_a_format_that_does_not_fit_is_an_error(tmp_path):
    (tmp_path / "o.csv").write_bytes(b"id,date\n1,2024-01-02\n2,\xe9\n")
    with pytest.raises(
        DataError, match=r"o\.csv is not text in 'utf-8': byte 0xe9 in line 3 cannot be decoded"
    ):
        read_file(tmp_path / "o.csv", FileFormat(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("o.csv", {"sheet": 1}, r"o\.csv is a text file, which has no sheet\. Hint: leave out --sheet"),
        ("o.xlsx", {"encoding": "big5"}, r"o\.xlsx is a workbook \(\.xlsx\), which has no encoding"),
        ("o.parquet", {"header": 2}, r"o\.parquet is a Parquet file, which has no header"),
    ],
)
def test_an_option_that_a_file_does_not_have_is_refused(tmp_path, name, given, message):
    path = tmp_path / name
    if path.suffix == ".parquet":
        TABLE.to_parquet(path)
    else:
        (TABLE.to_excel if path.suffix == ".xlsx" else TABLE.to_csv)(path, index=False)
    with pytest.raises(DataError, match=message):
        read_file(path, FileFormat(**given))
