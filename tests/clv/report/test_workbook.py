"""The workbook: the numbers of the report, typed, in its language; ids and texts of the data stay what they are."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pandas as pd
import pytest

import clv
import rfm
from clv._report.cautions import Caution
from clv._report.customers_at_risk import customers_at_risk
from clv._report.findings import find
from clv._report.language import Language
from clv._report.wording import Wording
from clv._report.workbook import check_workbook, sheets_of, write_report_workbook
from rfm import DataError

openpyxl = pytest.importorskip("openpyxl")

HOSTILE = "=HYPERLINK(1)"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def log():
    sample = rfm.datasets.cdnow_sample()
    log = sample[sample["customer_id"].isin(sample["customer_id"].unique()[::4])]
    names = "00" + log["customer_id"].astype(str)
    best = names[log["amount"].idxmax()]
    return log[["date", "amount"]].assign(customer_id=names.where(names != best, HOSTILE))


@pytest.fixture(scope="module")
def found(log):
    return find(log, model="bg-nbd")


@pytest.fixture(scope="module")
def path(found, tmp_path_factory):
    return write_report_workbook(found, tmp_path_factory.mktemp("book") / "report.xlsx", Language("en"))


def read(path, sheet):
    return pd.read_excel(path, sheet_name=sheet, dtype={"Customer": str})


@pytest.mark.nightly
def test_a_sheet_for_each_table(path, found):
    assert openpyxl.load_workbook(path).sheetnames == [
        "Summary", "Segments", "Customers", "Most at risk", "Moved in the last quarter", "Backtest", "Checks",
        *(["Cautions"] if found.warnings else []), "Parameters", "Audit of the log",
    ]  # fmt: skip


def test_all_customers_with_ids_as_text(path, found):
    table, expected = read(path, "Customers"), found.table
    assert table["Customer"].tolist() == expected["customer_id"].tolist()
    assert HOSTILE in set(table["Customer"])
    assert table["Customer"].str.startswith("00").sum() == len(table) - 1
    for label, name in (("Value", "clv"), ("P(alive)", "p_alive"), ("Spent", "monetary"), ("R", "R")):
        assert table[label].tolist() == pytest.approx(expected[name].tolist(), rel=1e-12)
    assert table["Last purchase"].tolist() == expected["last_purchase"].tolist()
    assert table["Segment"].tolist() == expected["segment"].astype(str).tolist()


def test_cells_have_types_and_no_formula(path):
    book = openpyxl.load_workbook(path)
    assert {cell.data_type for page in book.worksheets for row in page.iter_rows() for cell in row} == {
        "s",
        "n",
        "d",
    }
    first = {cell.column_letter: cell for cell in book["Customers"][2]}
    header = {cell.value: cell.column_letter for cell in book["Customers"][1]}
    formats = {
        name: first[header[name]].number_format for name in ("Customer", "Value", "P(alive)", "Last purchase")
    }
    assert formats == {
        "Customer": "@",
        "Value": "#,##0.00",
        "P(alive)": "0.0%",
        "Last purchase": "yyyy-mm-dd",
    }
    assert {page.freeze_panes for page in book.worksheets} == {"A2"}


def test_the_summary_is_the_reports(path, found):
    cells = {row[0].value: row[1].value for row in openpyxl.load_workbook(path)["Summary"].iter_rows()}
    assert cells["Customers"] == len(found.table)
    assert cells["Orders"] == found.orders
    assert cells["Last day that counts"] == dt.datetime.combine(found.as_of, dt.time())
    assert cells["Value within the horizon"] == pytest.approx(found.total["clv"])
    assert cells["… of the value, lower end of the 90% interval"] == pytest.approx(found.total["clv_low"])
    assert cells["Horizon of the predictions"] == "52 weeks"
    assert cells["Purchase law"] == "bg-nbd"


def test_other_sheets_hold_what_was_found(path, found):
    segments = read(path, "Segments")
    assert segments["Customers"].tolist() == found.segments["customers"].tolist()
    assert segments["What to do"].notna().all()
    risky = customers_at_risk(found.table)
    assert read(path, "Most at risk")["Value at risk"].tolist() == pytest.approx(
        risky["value_at_risk"].tolist()
    )
    checks = read(path, "Checks")
    assert checks["Holds"].tolist() == [each.holds for each in found.checks]
    assert checks["Finding"].tolist() == [str(each.finding) for each in found.checks]
    assert read(path, "Backtest")["Log score"].tolist() == pytest.approx(
        found.backtest.table["log_score"].tolist(), nan_ok=True
    )
    assert read(path, "Audit of the log")["Rows"].sum() >= found.rows
    moved = read(path, "Moved in the last quarter")
    assert list(moved) == ["From", *map(str, found.moved.matrix("customers").columns[1:])]
    assert len(moved) == len(found.moved.matrix("customers"))


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_it_speaks_the_reports_language(found, tmp_path, language):
    spoken = Language.load(language)
    path = write_report_workbook(found, tmp_path / "r.xlsx", spoken)
    book = openpyxl.load_workbook(path)
    assert all(CHINESE.search(name) for name in book.sheetnames)
    alike = {"P(alive)", "RMSE", "MAE", "R", "F", "M", "VIP"}
    headers = [cell.value for page in book.worksheets for cell in page[1]]
    assert [each for each in headers if not CHINESE.search(each) and each not in alike] == []
    segments = [row[0].value for row in book.worksheets[1].iter_rows(min_row=2)]
    assert segments == [Wording(spoken, found.scheme).label(str(name)) for name in found.segments["segment"]]
    actions = [row[-1].value for row in book.worksheets[1].iter_rows(min_row=2)]
    assert all(CHINESE.search(each) for each in actions)
    holds = {row[1].value for row in book.worksheets[6].iter_rows(min_row=2)}
    assert holds <= {
        spoken.texts[f"page.workbook.holds.{name}"] for name in ("yes", "no", "doubtful", "unknown")
    }


def test_what_is_missing_has_no_sheet_and_cautions_have_one(found):
    words = Wording(Language("en"), found.scheme)
    less = dataclasses.replace(
        found,
        moved=None,
        backtest=None,
        table=found.table.assign(p_alive=1.0),
        cautions=(Caution("law", "Take care."),),
    )
    sheets = {sheet.title: sheet for sheet in sheets_of(less, words)}
    assert list(sheets) == [
        "Summary",
        "Segments",
        "Customers",
        "Checks",
        "Cautions",
        "Parameters",
        "Audit of the log",
    ]
    assert sheets["Cautions"].rows == [("Take care.",)]


@pytest.mark.slow
def test_the_report_writes_it_and_the_same_log_gives_the_same_bytes(log, path, tmp_path):
    book = tmp_path / "again.xlsx"
    shuffled = log.sample(frac=1, random_state=1)
    clv.report(shuffled, tmp_path / "r.html", model="bg-nbd", workbook=book)
    assert book.read_bytes() == path.read_bytes()


def test_a_place_is_refused_before_the_work(tmp_path):
    for odd, message in (
        (tmp_path / "r.xls", "workbook must be an .xlsx file"),
        (tmp_path / "none" / "r.xlsx", "cannot be written"),
        (3, "workbook must be the path of a file; got 3"),
    ):
        with pytest.raises(DataError, match=re.escape(message)):
            check_workbook(odd)
    with pytest.raises(DataError, match=r"must be an \.xlsx file"):
        clv.report(rfm.datasets.cdnow_sample(), tmp_path / "r.html", workbook="r.csv")


@pytest.mark.slow
def test_a_log_without_amounts(log, tmp_path):
    found = find(log.drop(columns="amount"), model="bg-nbd")
    path = write_report_workbook(found, tmp_path / "r.xlsx", Language("en"))
    assert "Value" not in read(path, "Customers")
    assert "Orders at risk" in read(path, "Most at risk")
    assert "Value within the horizon" not in read(path, "Summary")["What"].tolist()
