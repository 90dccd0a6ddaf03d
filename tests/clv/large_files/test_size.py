"""Large are files of many bytes, fewer where each holds more."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._files.file_format import FileFormat
from clv._large_files.size import columns_alone, is_large, is_parquet


@pytest.mark.parametrize(
    ("name", "most", "large"),
    [
        ("orders.csv", 100, False),
        ("orders.csv", 99, True),
        ("orders.CSV.gz", 500, False),
        ("orders.csv.gz", 499, True),
        ("orders.parquet", 499, True),
        ("orders.xlsx", 1, False),
    ],
)
def test_by_bytes_and_ending(name, most, large, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"x" * 100)
    assert is_large(path, most) == large
    assert not is_large(tmp_path / "absent.csv", 0)


def test_parquet_names_its_columns(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "orders.PARQUET"
    pd.DataFrame({"who": [1], "when": ["2024-01-01"]}).to_parquet(path)
    assert is_parquet(path)
    assert list(columns_alone(path, FileFormat()).table) == ["who", "when"]


def test_a_text_file_has_its_columns_and_its_layout(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("Kunde;Datum;Betrag\n1;3.4.2025;5,00\n", encoding="cp1252")
    found = columns_alone(path, FileFormat())
    assert list(found.table) == ["Kunde", "Datum", "Betrag"]
    assert len(found.table) == 0
    assert found.found.separator == ";"
