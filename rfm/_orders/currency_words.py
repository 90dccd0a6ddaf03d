"""The words and signs by which amounts name their currency, with the code of ISO 4217 where they mean just one."""

from __future__ import annotations

from typing import Final

__all__ = ["currency_of"]

SIGNS: Final = {
    "TWD": "NT$ NTD NT TWD 新台幣 新臺幣 台幣 臺幣", "USD": "US$ USD 美元 美金", "EUR": "€ EUR EURO 歐元 欧元",
    "CNY": "CNY RMB 人民幣 人民币 CN¥", "HKD": "HK$ HKD 港幣 港币 港元", "JPY": "JPY 円 日圓 日元 JP¥",
    "KRW": "₩ KRW 원 WON", "GBP": "£ GBP", "SGD": "S$ SGD", "MYR": "RM MYR", "IDR": "RP IDR",
    "VND": "₫ VND Đ", "THB": "฿ THB บาท", "PHP": "₱ PHP", "INR": "₹ INR RS", "BRL": "R$ BRL",
    "PLN": "ZŁ PLN", "CZK": "KČ CZK", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK",
    "CHF": "CHF SFR FR", "AUD": "A$ AU$ AUD", "CAD": "C$ CA$ CAD", "NZD": "NZ$ NZD",
    "MXN": "MX$ MXN", "RUB": "₽ RUB РУБ", "TRY": "₺ TL TRY", "HUF": "FT HUF", "RON": "LEI RON",
    "UAH": "₴ UAH", "ILS": "₪ ILS", "MOP": "MOP MOP$", "ZAR": "ZAR", "$": "$", "¥": "¥ ￥",
    "元": "元 圓 圆 塊 块 元整", "KR": "KR",
}  # fmt: skip
CODES: Final = {word: code for code, words in SIGNS.items() for word in words.split()}


def currency_of(word: str) -> str | None:
    """The code of a currency's word or sign; "" of no word, None of a word that is none.

    Signs that several currencies share ("$", "¥", "元", "kr") stand for themselves.

    Examples
    --------
    >>> currency_of("NT$"), currency_of("Rs."), currency_of("$"), currency_of(""), currency_of("kg")
    ('TWD', 'INR', '$', '', None)
    """
    plain = word.replace(" ", "").strip(".:").upper()
    return CODES.get(plain) if plain else ""
