"""One shop's orders as eleven exports, each read as it is: the same customers come out."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest

import rfm
from clv._command.command import main
from clv._command.orders import as_log, open_orders
from clv._command.parser import make_parser

HERE = Path(__file__).parent


def exports():
    """The module beside the tests of reading files."""
    spec = importlib.util.spec_from_file_location("shop_exports", HERE.parent / "files" / "shop_exports.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shop_exports"] = module  # where dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module


SHOP = exports()
TRUTH = pd.DataFrame(
    [(SHOP.id_of(order.customer), pd.Timestamp(order.day), float(order.amount)) for order in SHOP.ORDERS],
    columns=["customer_id", "date", "amount"],
)
NEEDS = {"openpyxl": "a workbook with a cover sheet and title rows"}


@pytest.mark.parametrize("export", SHOP.EXPORTS, ids=lambda export: export.name)
def test_every_export_is_read_as_it_is(export, tmp_path):
    if export.name == NEEDS["openpyxl"]:
        pytest.importorskip("openpyxl")
    options = make_parser().parse_args(["report", str(export.write(tmp_path)), *export.options])
    log, notes = as_log(open_orders(options), options)
    found, truth = rfm.summarize(log), rfm.summarize(rfm.Transactions(TRUTH))
    found["customer_id"] = found["customer_id"].astype(object)
    pd.testing.assert_frame_equal(found, truth, check_dtype=False)
    assert any(note.startswith("Columns taken by their names: customer ") for note in notes)
    if export.other_rows:
        assert f"{export.other_rows:,} rows of" in "\n".join(notes)


def customers_of(out):
    return pd.read_csv(out / "customers.csv", dtype=str)


@pytest.mark.nightly
def test_the_command_ends_in_the_same_customers(tmp_path, capsys):
    tables = []
    for name in ("UTF-8 with a mark", "seven digits, returns in brackets"):
        export = next(each for each in SHOP.EXPORTS if each.name == name)
        out = tmp_path / str(len(tables))
        arguments = ["report", str(export.write(tmp_path)), "--model", "bg-nbd", "--out", str(out)]
        assert main([*arguments, *export.options]) == 0, capsys.readouterr().err
        tables.append(customers_of(out))
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["customer_id"].str.fullmatch("[0-9]{5}").all()
    assert tables[0]["clv"].astype(float).is_monotonic_decreasing
