"""Years of the Republic of China: the year 1 is 1912 (so that 114 is 2025)."""

from __future__ import annotations

from datetime import date

import pytest

from rfm._orders.roc_dates import roc_date

READ = {
    "114/04/23": date(2025, 4, 23),
    "114.4.3": date(2025, 4, 3),
    "114-04-23": date(2025, 4, 23),
    "1140423": date(2025, 4, 23),
    "民國114年4月3日": date(2025, 4, 3),
    "中華民國 114 年 04 月 03 日": date(2025, 4, 3),
    "民國元年1月1日": date(1912, 1, 1),
    "民國9年10月10日": None,  # one digit is no year of an order; two are, with the word
    "民國09年10月10日": date(1920, 10, 10),
    "99/12/31": date(2010, 12, 31),
    "１１４/０４/２３": date(2025, 4, 23),
    "114/04/23 下午 03:12": date(2025, 4, 23),
    "113/02/29": date(2024, 2, 29),
    "114/02/29": None,
    "114/13/01": None,
    "12/04/23": None,
    "20250423": None,
    "soon": None,
}


@pytest.mark.parametrize(("text", "day"), READ.items())
def test_the_day(text, day):
    assert roc_date(text) == day
