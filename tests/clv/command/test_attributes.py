"""A file of the customers' attributes."""

from __future__ import annotations

import pytest

from clv._command.attributes import read_attributes
from rfm.errors import DataError


def test_ids_keep_their_zeros_and_numbers_are_numbers(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text("會員編號,年齡,城市\n007,31,台北\n070,45,高雄\n", encoding="utf-8")
    table = read_attributes(path, "會員編號")
    assert table["customer_id"].tolist() == ["007", "070"]
    assert table["年齡"].tolist() == [31.0, 45.0]
    assert table["城市"].tolist() == ["台北", "高雄"]


def test_a_file_without_customers_is_refused(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text("age,city\n31,Taipei\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no column 'buyer'. It has: age, city"):
        read_attributes(path, "buyer")
