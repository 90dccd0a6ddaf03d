"""From a file to a log: what is left out, converted and said."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import rfm
from clv._command.hints import in_command_words
from clv._command.orders import as_log, open_orders
from clv._command.parser import make_parser
from rfm.errors import DataError

ROWS = "customer_id,date,amount\na,2024-01-05,10\nb,2024-02-05,20\n"
PYTHONS = ("df[", "rfm.", "clv.", "Transactions(", "pandas")


def read(path, *options):
    asked = make_parser().parse_args(["report", str(path), *options])
    return as_log(open_orders(asked), asked)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "orders.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_from_holds_where_another_date_cannot_be_read(written):
    log, notes = read(written(ROWS + "c,foo,5\n"), "--from", "2024-02-01", "--bad-rows", "drop")
    assert "Left out by --from 2024-02-01: 1 rows before it." in notes
    assert "first=2024-02-05" in str(log)


@pytest.mark.parametrize(
    "dates",
    [
        [date(2024, 1, 31), date(2024, 2, 1)],
        pd.to_datetime(["2024-01-31 15:00", "2024-01-31 20:00"], utc=True).tz_convert("Asia/Taipei"),
    ],
)
def test_from_reads_days_and_zoned_times_of_parquet(tmp_path, dates):
    path = tmp_path / "orders.parquet"
    pd.DataFrame({"customer_id": ["a", "b"], "date": dates, "amount": [1.0, 2.0]}).to_parquet(path)
    log, notes = read(path, "--from", "2024-02-01")
    assert notes[-1] == "Left out by --from 2024-02-01: 1 rows before it."
    assert "first=2024-02-01" in str(log)


def test_from_that_leaves_nothing_says_so(written):
    with pytest.raises(DataError, match="--from 2025-01-01 leaves no rows: all 2 are before it"):
        read(written(ROWS), "--from", "2025-01-01")


def test_amounts_with_and_without_a_currency_are_told(written):
    _, notes = read(written("customer_id,date,amount\na,2024-01-05,100\nb,2024-01-06,US$40\n"))
    assert "1 amounts name no currency, the others USD: all are read as of one currency." in notes


@pytest.mark.parametrize("file", [False, True])
def test_rates_convert_amounts_of_one_currency_too(written, tmp_path, file):
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,rate\nTWD,1\nUSD,30\n", encoding="utf-8")
    text = "customer_id,date,amount\na,2024-01-05,US$100\na,2024-01-06,US$40\n"
    log, notes = read(written(text), "--rates", str(rates) if file else "TWD=1,USD=30")
    assert "Amounts are in one currency at these rates: 1 TWD = 1, 1 USD = 30." in notes
    assert rfm.summarize(log)["spend"].sum() == pytest.approx(140 * 30)


@pytest.mark.parametrize("rates", ["TWD=1,USD=30,USD=3", "nowhere.csv", "USD=32,5"])
def test_rates_that_are_none_are_refused(written, rates):
    with pytest.raises(DataError, match=r"--rates|nowhere"):
        read(written(ROWS), "--rates", rates)


def test_rates_without_currencies_are_refused(written):
    with pytest.raises(DataError, match="--rates has no currencies to convert"):
        read(written(ROWS), "--rates", "USD=30")


@pytest.mark.parametrize(
    ("more", "options"),
    [
        ("", ["--order-id", "nope"]),
        ("", ["--amount", "nope"]),
        ("", ["--currency", "nope", "--rates", "TWD=1"]),
        ("", ["--currency", "customer_id"]),
        ("", ["--amount", "amount", "--quantity", "amount"]),
        ("", ["--until", "foo"]),
        ("", ["--from", "foo"]),
        ("", ["--consent", "customer_id"]),
        ("", ["--where", "nope == 'a'"]),
        ("", ["--where", "amount = 3"]),
        ("c,foo,3\n", []),
        ("c,1850-01-01,3\n", []),
        ("c,2024-01-05,abc\n", []),
        ("c,03/04/2024,3\n", []),
        ("c,2024-01-05,1.280\n", []),
        ("a,2024-01-05,10\n", ["--duplicates", "raise"]),
        (",2024-01-05,10\n", []),
    ],
)
def test_no_hint_is_in_the_language_of_python(written, more, options):
    with pytest.raises(DataError) as caught:
        read(written(ROWS + more), *options)
    said = in_command_words(str(caught.value))
    assert not [word for word in PYTHONS if word in said], said
    hint = said.partition("Hint:")[2]
    assert not [
        name for name in ("bad_rows=", "date_format=", "decimal=", "amount=", "order_id=") if name in hint
    ]
