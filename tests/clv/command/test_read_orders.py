"""A large file goes through the same command: the same customers, the same words, by whatever road it is read."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from clv._command import orders
from clv._command.command import main

pytest.importorskip("duckdb")


@pytest.fixture
def path(tmp_path):
    log = rfm.datasets.cdnow_sample()
    log = log[log["customer_id"] % 4 == 0].assign(status="paid")
    log.loc[::40, "status"] = "cancelled order"
    log["customer_id"] = log["customer_id"].astype(str).str.zfill(6)
    found = tmp_path / "orders.csv"
    named = {"customer_id": "會員編號", "date": "日期", "amount": "金額", "status": "order status"}
    log.rename(columns=named)[list(named.values())].to_csv(found, index=False, encoding="cp950")
    return found


def report(path, out, capsys):
    more = ["--where", "`order status` != 'cancelled order'", "--from", "1997-01-05", "--model", "bg-nbd"]
    assert main(["report", str(path), "--out", str(out), *more]) == 0
    return capsys.readouterr().out


@pytest.mark.slow
def test_the_same_customers_by_both_roads(path, tmp_path, capsys, monkeypatch):
    small = report(path, tmp_path / "small", capsys)
    monkeypatch.setattr(orders, "is_large", lambda path: True)
    large = report(path, tmp_path / "large", capsys)
    for word in (
        "Big5 (CP950)",
        "customer '會員編號'",
        "Left out by --where",
        "Left out by --from 1997-01-05",
    ):
        assert word in small
        assert word in large
    tables = [(tmp_path / name / "customers.csv").read_bytes() for name in ("small", "large")]
    assert tables[0] == tables[1]
    assert len(pd.read_csv(tmp_path / "large" / "customers.csv")) > 500


def test_columns_of_a_large_file_are_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(orders, "is_large", lambda path: True)
    path = tmp_path / "orders.csv"
    path.write_text("a,b,c\n1,2024-01-01,5\n")
    assert main(["report", str(path), "--out", str(tmp_path)]) == 2
    assert "has: a, b, c" in capsys.readouterr().err
