"""The command: what a person types, reads and finds."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

import rfm
from clv.cli import main


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


COLUMNS = ["--customer", "CustomerID", "--date", "InvoiceDate", "--amount", "Revenue"]


def test_the_demo_tells_what_it_found(demo):
    _, run = demo
    assert run.returncode == 0, run.stderr
    for line in (
        "23,570 customers, 69,659 orders, 1997-01-01 to 1998-06-30",
        "bg-nbd         r    0.2671          0.0037",
        "The ten most valuable customers of the next 52W",
    ):
        assert line in run.stdout
    for segment in ("VIP", "at risk", "lost"):
        assert f"{segment} " in run.stdout
    assert "Drawing the pictures and writing the report" in run.stderr


def test_the_demo_leaves_a_report_and_a_table_and_says_where(demo):
    out, run = demo
    for name in ("rfm-clv-report.html", "customers.csv"):
        assert str((out / name).resolve()) in run.stdout
    table = pd.read_csv(out / "customers.csv")
    assert len(table) == 23_570
    assert {"customer_id", "R", "F", "M", "segment", "p_alive", "expected_purchases", "clv"} <= set(table)


def test_a_file_of_ones_own(orders, tmp_path, capsys):
    code = main(["report", str(orders), *COLUMNS, "--horizon", "12M", "--out", str(tmp_path / "out")])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert (tmp_path / "out" / "rfm-clv-report.html").stat().st_size > 10_000
    assert "worth in the next 12M" in printed.out


def test_a_bare_call_guesses_nothing_but_suggests(orders, tmp_path, capsys):
    assert main(["report", str(orders), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert "name the columns of the customer, the date and the amount" in printed.err
    assert "--customer CustomerID --date InvoiceDate --amount Revenue" in printed.err
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
            "discount_rate must be a finite annual rate above -1",
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
