"""The command: its input, output and files."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

import clv
import rfm
from clv._command.command import main
from clv._report.language import Language


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    run = subprocess.run(
        [sys.executable, "-m", "clv", "demo", "--out", str(out)], capture_output=True, text=True
    )
    return out, run


@pytest.fixture
def orders(tmp_path):
    """A file of CDNOW's sample under other names."""
    path = tmp_path / "orders.csv"
    sample = rfm.datasets.cdnow_sample().head(1500)
    sample.rename(columns={"customer_id": "CustomerID", "date": "InvoiceDate", "amount": "Revenue"}).to_csv(
        path, index=False
    )
    return path


MOVES = ("customer_id", "previous_segment", "segment", "since", "metric", "cause", "why", "clv")
COLUMNS = ["--customer", "CustomerID", "--date", "InvoiceDate", "--amount", "Revenue"]


def test_the_demo_tells_what_it_found(demo):
    _, run = demo
    assert run.returncode == 0, run.stderr
    for line in (
        "23,570 customers, 67,591 orders in 69,659 rows, 1997-01-01 to 1998-06-30",
        "About 9,751 of 23,570 are still customers",
        "mbg-nbd was chosen from mbg-nbd, bg-nbd, pareto-nbd: its log score is the best, or within chance",
        "with the errors that the law made on this log before).\nOf 41 past totals from 11 earlier days of this log",
        "Take care: ",
        "Most at risk: repeat buyers inactive for longer than usual",
        "The ten most valuable customers of the next 52 weeks",
    ):
        assert line in run.stdout
    assert ["mbg-nbd", "r", "0.6894", "0.0292"] in [line.split() for line in run.stdout.splitlines()]
    for segment in ("VIP", "at risk", "lost"):
        assert f"{segment} " in run.stdout
    assert "Drawing the pictures and writing the report" in run.stderr


def test_the_demo_leaves_a_report_and_a_table_and_says_where(demo):
    out, run = demo
    for name in ("rfm-clv-report.html", "customers.csv"):
        assert str((out / name).resolve()) in run.stdout
    assert run.stdout.rstrip().splitlines()[-1].startswith("Next       rfm-clv report orders.csv --customer ")
    table = pd.read_csv(out / "customers.csv")
    assert len(table) == 23_570
    assert {"customer_id", "R", "F", "M", "segment", "p_alive", "expected_purchases", "clv"} <= set(table)
    assert set(table["law"]) == {"mbg-nbd"}


@pytest.mark.slow
def test_first_orders_are_read_where_this_is_asked_for(orders, tmp_path, capsys):
    options = ["report", str(orders), *COLUMNS, "--out", str(tmp_path / "out")]
    assert main([*options, "--spend-orders", "all", "--price-growth", "0.05"]) == 0
    printed = capsys.readouterr().out
    assert "Spend law: reads all orders of a customer, the first among them." in printed
    assert "discounted at 10% a year, at order values that grow by 5% a year;" in printed
    table = pd.read_csv(tmp_path / "out" / "customers.csv")
    assert set(table.loc[(table["frequency"] == 1) & (table["monetary"] > 0), "spend_from"]) == {"own orders"}
    page = (tmp_path / "out" / "rfm-clv-report.html").read_text(encoding="utf-8")
    assert "Spend law: reads all orders of a customer, the first among them." in page
    assert "Order values are taken to grow by 5% a year: past orders are raised to the prices of " in page
    with pytest.raises(SystemExit):
        main([*options, "--spend-orders", "first"])
    assert "invalid choice: 'first'" in capsys.readouterr().err


def test_a_file_of_ones_own(orders, tmp_path, capsys):
    pytest.importorskip("openpyxl")
    book = tmp_path / "book.xlsx"
    options = ["--horizon", "12M", "--out", str(tmp_path / "out"), "--workbook", str(book)]
    code = main(["report", str(orders), *COLUMNS, *options])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert (tmp_path / "out" / "rfm-clv-report.html").stat().st_size > 10_000
    assert "worth in the next 12 months" in printed.out
    assert f"Workbook   {book.resolve()}" in printed.out
    assert set(pd.read_excel(book, sheet_name=None)) >= {
        "Summary",
        "Segments",
        "Customers",
        "Most at risk",
        "Checks",
    }


def test_a_workbook_that_cannot_be_written_is_refused_before_the_file_is_read(capsys, monkeypatch):
    assert main(["report", "orders.csv", "--workbook", "book.xls"]) == 1
    assert "workbook must be an .xlsx file; got 'book.xls'. Hint: --workbook names" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert main(["report", "orders.csv", "--workbook", "book.xlsx"]) == 1
    assert "pip install 'rfm-clv[excel]'" in capsys.readouterr().err


def test_customers_csv_has_the_files_own_ids(tmp_path, capsys):
    log = rfm.datasets.cdnow_sample().head(1500)
    pairs = ["12345678901234567", "12345678901234568", "3.1", "3.10", "1e3", "1000", "-01", "-1", "007", "7"]
    names = pd.Series(log["customer_id"].unique()).astype(str)
    names[: len(pairs)] = pairs
    ids = log["customer_id"].map(dict(zip(log["customer_id"].unique(), names, strict=True))).astype(object)
    ids[len(log) - 1] = None
    path = tmp_path / "orders.csv"
    log.assign(customer_id=ids).to_csv(path, index=False)
    code = main(["report", str(path), "--customer", "customer_id", "--date", "date", "--amount", "amount",
                 "--bad-rows", "drop", "--model", "bg-nbd", "--out", str(tmp_path / "out")])  # fmt: skip
    assert code == 0, capsys.readouterr().err
    found = pd.read_csv(tmp_path / "out" / "customers.csv", dtype=str)
    assert sorted(found["customer_id"]) == sorted(set(ids.dropna()))
    first = log["amount"][log["customer_id"] == log["customer_id"].iloc[0]].sum()
    assert float(found.set_index("customer_id").loc[pairs[0], "monetary"]) == pytest.approx(first)


@pytest.mark.nightly
def test_those_who_may_not_be_used_are_left_out(orders, tmp_path, capsys):
    table = pd.read_csv(orders)
    agreed = table["CustomerID"] % 3 > 0
    table.assign(may_use=agreed.map({True: "yes", False: "no"})).to_csv(orders, index=False)
    out = tmp_path / "out"
    assert main(["report", str(orders), *COLUMNS, "--consent", "may_use", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert f"in {agreed.sum():,} rows, " in printed
    assert f"\nLeft out: {(~agreed).sum():,} rows (without consent).\n" in printed
    found = pd.read_csv(out / "customers.csv")
    assert set(found["customer_id"]) == set(table["CustomerID"][agreed])
    assert "without consent" in (out / "rfm-clv-report.html").read_text(encoding="utf-8")


def test_a_bare_call_takes_plain_names_and_asks_where_two_columns_could_be_meant(orders, tmp_path, capsys):
    table = pd.read_csv(orders)
    table.assign(user_id=table["CustomerID"]).rename(columns={"CustomerID": "customer_id"}).to_csv(
        orders, index=False
    )
    assert main(["report", str(orders), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert "name the columns of the customer, the date and the amount" in printed.err
    assert "--customer … --date InvoiceDate --amount Revenue" in printed.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "nowhere.csv", *COLUMNS], "No file 'nowhere.csv'"),
        (
            ["report", "{orders}", "--customer", "client", "--date", "InvoiceDate", "--amount", "Revenue"],
            "No column 'client'",
        ),
        (
            ["report", "{orders}", *COLUMNS, "--rate", "-2"],
            "discount_rate must be a finite number, above -1",
        ),
    ],
)
def test_data_that_cannot_be_read_is_exit_1_and_one_line(arguments, message, orders, tmp_path, capsys):
    code = main([a.format(orders=orders) for a in arguments] + ["--out", str(tmp_path)])
    assert code == 1
    assert message in capsys.readouterr().err


def test_a_command_that_cannot_be_understood_is_exit_2(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["dance"])
    assert stop.value.code == 2


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert (
        "rfm-clv report orders.csv --customer CustomerID --date InvoiceDate --amount Revenue"
        in capsys.readouterr().out
    )


def test_it_prints_the_words_to_translate(capsys, tmp_path):
    assert main(["words"]) == 0
    path = tmp_path / "de.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert Language.load(path).texts["page.value.title"] == "What they will be worth"


def test_an_unknown_language_is_refused_before_the_file_is_read(capsys):
    assert main(["report", "orders.csv", "--language", "tlh"]) == 1
    assert "No words in language 'tlh'. Hint: choose one of en, zh-Hans, zh-Hant" in capsys.readouterr().err


@pytest.mark.slow
def test_a_season_is_an_option_of_the_report(past, tmp_path, capsys):
    file = tmp_path / "orders.csv"
    past.to_csv(file, index=False)
    named = ["--customer", "customer_id", "--date", "date", "--amount", "amount"]
    assert main(["report", str(file), *named, "--season", "auto", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "A season was kept, " in said
    assert "Forecast by month, with the season" in (tmp_path / "rfm-clv-report.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.slow
def test_a_saved_model_values_a_later_file(orders, tmp_path, capsys):
    log = pd.read_csv(orders).rename(
        columns=dict(zip(COLUMNS[1::2], ("customer_id", "date", "amount"), strict=True))
    )
    clv.fit(rfm.Transactions(log, date_format="%Y-%m-%d"), "mbg-nbd").save(tmp_path / "model.json")
    code = main(
        ["report", str(orders), *COLUMNS, "--model", str(tmp_path / "model.json"), "--out", str(tmp_path)]
    )
    assert code == 0, capsys.readouterr().err
    assert (tmp_path / "rfm-clv-report.html").stat().st_size > 10_000


@pytest.mark.slow
def test_who_moved_since_the_table_of_an_earlier_run(orders, tmp_path, capsys):
    code = "zh-Hant"
    options = [*COLUMNS, "--model", "bg-nbd", "--language", code, "--out"]
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    rows = pd.read_csv(orders)
    rows[rows["InvoiceDate"] < "1998-05-01"].to_csv(tmp_path / "before.csv", index=False)
    assert main(["report", str(tmp_path / "before.csv"), *options, str(earlier)]) == 0
    previous = ["--previous", str(earlier / "customers.csv")]
    assert main(["report", str(orders), *options, str(later), *previous]) == 0
    moves = pd.read_csv(later / "moves.csv")
    names = Language.load(code).texts
    assert list(moves) == [names.get(f"page.columns.{name}", name) for name in MOVES]
    days = [
        pd.Timestamp(day)
        for day in (rows["InvoiceDate"][rows["InvoiceDate"] < "1998-05-01"].max(), rows["InvoiceDate"].max())
    ]
    tables = [rfm.segment(rfm.datasets.cdnow_sample().head(1500), day) for day in days]
    changes = rfm.compare_segments(*tables, language=code)
    changes = changes[changes["cause"].notna()]
    assert sorted(moves.iloc[:, -2]) == sorted(changes["why"])
    assert f"{len(changes)} of " in capsys.readouterr().out
    page = (later / "rfm-clv-report.html").read_text(encoding="utf-8")
    assert f"{days[0]:%Y-%m-%d}" in page.replace("\u2011", "-")
