"""A file read in parts has the customers, the audit and the report of the same file read at once."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from clv._files.file_format import FileFormat
from clv._files.reading import read_file
from clv._large_files.large_log import large_log
from clv._report.findings import find
from clv._report.report import write_report
from rfm.errors import DataError

pytest.importorskip("duckdb")
OPTIONS = {"customer": "customer_id", "date": "date", "amount": "amount", "bad_rows": "drop"}


@pytest.fixture(scope="module")
def orders():
    """A fifth of CDNOW's sample with ids that begin with zeros, copies, refunds, and rows that cannot be used."""
    log = rfm.datasets.cdnow_sample()
    log = log[log["customer_id"] % 5 == 0].astype({"customer_id": str, "date": str}).reset_index(drop=True)
    log["customer_id"] = log["customer_id"].str.zfill(7)
    log["amount"] = log["amount"].map("{:.2f}".format)
    more = [log.iloc[:9], log.iloc[20:60].assign(amount="-3.10"), log.iloc[70:73].assign(customer_id=None)]
    more.append(log.iloc[80:84].assign(date=None))
    return pd.concat([log, *more]).sample(frac=1.0, random_state=1).assign(article='A "blue", one')


def at_once(path, options):
    table = read_file(path).table
    table[options["amount"]] = pd.to_numeric(table[options["amount"]])
    return rfm.Transactions(table, **options)


@pytest.mark.nightly
def test_the_report_and_the_table_are_those_of_the_file_read_at_once(orders, tmp_path):
    path = tmp_path / "orders.csv"
    orders.to_csv(path, index=False)
    small = find(at_once(path, OPTIONS), model="bg-nbd")
    with large_log(path, FileFormat(), OPTIONS, folder=tmp_path, silent=True) as log:
        assert log.some is None
        large = find(log.tx, model="bg-nbd")
        pd.testing.assert_frame_equal(log.tx.audit.df(), small.tx.audit, check_dtype=False)
        pd.testing.assert_frame_equal(large.table, small.table)
        pages = [
            write_report(found, tmp_path / f"{n}.html").read_text() for n, found in enumerate((small, large))
        ]
    assert pages[0] == pages[1]
    assert list(tmp_path.glob("rfm-clv-*")) == []  # nothing is left behind


def test_a_file_in_parts_is_the_log_of_the_file(orders, tmp_path):
    path = tmp_path / "orders.csv.gz"
    orders.to_csv(path, index=False, sep=";", encoding="utf-16")
    tx = at_once(path, OPTIONS)
    with large_log(path, FileFormat(), OPTIONS, folder=tmp_path, silent=True) as log:
        found, wanted = (
            table[["customer_id", "day", "units"]].sort_values(
                ["customer_id", "day", "units"], ignore_index=True
            )
            for table in (log.tx.ledger.to_native().df(), tx.ledger.to_native())
        )
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
        pd.testing.assert_frame_equal(log.tx.audit.df(), tx.audit, check_dtype=False)
        assert "UTF-16" in str(log.said[0])


def test_parquet_keeps_its_types(orders, tmp_path):
    path = tmp_path / "orders.parquet"
    table = orders.assign(
        customer_id=pd.to_numeric(orders["customer_id"]), amount=orders["amount"].astype(float)
    )
    table.assign(date=pd.to_datetime(table["date"])).to_parquet(path)
    assert table["customer_id"].dtype == float  # since some are missing
    with large_log(path, FileFormat(), OPTIONS, folder=tmp_path, silent=True) as log:
        ids = log.tx.ledger.to_native().df()["customer_id"]
        assert ids.dtype == "int64"
        assert set(ids) == set(table.dropna(subset=["customer_id", "date"])["customer_id"].astype(int))


def test_spelled_columns_of_a_small_export(tmp_path):
    path = tmp_path / "kunden.csv"
    rows = [
        ("00012", "03.04.2025 10:00", "1.280,50"),
        ("00012", "23.04.2025", "(45,00)"),
        ('="007"', "24.04.2025", "9,-"),
    ]
    path.write_text(
        "Kunde;Datum;Betrag;\n" + "\n".join(";".join(row) + ";" for row in rows), encoding="cp1252"
    )
    options = {"customer": "Kunde", "date": "Datum", "amount": "Betrag"}
    with large_log(path, FileFormat(), options, folder=tmp_path, silent=True) as log:
        found = sorted(log.tx.ledger.to_native().fetchall())
    assert found == [("00012", 20_181, 12_805_000), ("00012", 20_201, -450_000), ("007", 20_202, 90_000)]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("who,date,amount\nann,2024-01-01,5\n", {"customer": "id"}, "No column 'id'. .*has: who, date, amount"),
        ("who,date,amount\nann,2024-01-01,5\nbob,2024-01-02,5,7\n", {}, "more cells than|cannot be read"),
        ("who,date,amount\nann,2024-01-01,five\n", {}, "1 whose amounts in column 'amount' cannot .* 'five'"),
        ("who,date,amount\nann,May or so,5\n", {}, "1 whose dates in column 'date' cannot .* 'May or so'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(text, options, words, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(text)
    read = {"customer": "who", "date": "date", "amount": "amount", **options}
    with pytest.raises(DataError, match=words):  # noqa: SIM117
        with large_log(path, FileFormat(), read, folder=tmp_path, silent=True):
            pass
    assert list(tmp_path.glob("rfm-clv-*")) == []
