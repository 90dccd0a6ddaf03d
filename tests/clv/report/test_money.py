"""Money as a language writes it."""

from __future__ import annotations

import math

import pytest

import rfm
from clv._report.money import Brand, in_short, signed


@pytest.mark.parametrize(
    ("number", "sign", "code", "written"),
    [
        ("1,280", "NT$", "zh-Hant", "NT$1,280"),
        ("1,234.6萬", "NT$", "zh-Hant", "NT$1,234.6萬"),
        ("-45", "¥", "zh-Hans", "-¥45"),
        ("1,280", "元", "zh-Hant", "1,280元"),
        ("1,280", "€", "de", "1,280\u00a0€"),
        ("1,280", "€", "pt-BR", "1,280\u00a0€"),
        ("1,280", "€", "en", "€1,280"),
        ("1,280", "TWD", "en", "TWD\u00a01,280"),
        ("1,280", "", "en", "1,280"),
        ("–", "€", "en", "–"),
    ],
)
def test_a_sign_stands_where_the_language_puts_it(number, sign, code, written):
    assert signed(number, sign, code) == written


@pytest.mark.parametrize(
    ("value", "code", "written"),
    [
        (99_999.4, "zh-Hant", "99,999"),
        (99_999.6, "zh-Hant", "10萬"),
        (-12_345_678, "zh-Hans", "-1,234.6万"),
        (123_456_789, "zh-Hant", "1.2億"),
        (123_456_789, "en", "123,456,789"),
        (-0.4, "en", "0"),
        (math.nan, "zh-Hant", "–"),
    ],
)
def test_large_amounts_are_read_in_ten_thousands_in_chinese(value, code, written):
    assert in_short(value, code) == written


def test_a_brand_is_of_texts():
    assert Brand.of(None, None) == Brand()
    assert Brand.of(" Shop ", "NT$ ") == Brand("Shop", "NT$")
    with pytest.raises(
        rfm.DataError, match=r'currency_sign must be a text; got 5\. Hint: currency_sign="NT\$"'
    ):
        Brand.of("Shop", 5)
