"""Phone numbers: national and international ones, and those of no country."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

import rfm
from rfm import DataError
from rfm._audiences.phones import check_country, digits, e164


@pytest.fixture(autouse=True)
def _library(request):
    if "without_the_library" not in request.node.name:
        pytest.importorskip("phonenumbers")


@pytest.mark.parametrize(
    "text", ["0912-345-678", "912345678", "+886 912 345 678", "00886912345678", "886912345678"]
)
def test_one_number_in_all_spellings(text):
    assert e164(text, "tw") == "+886912345678"
    assert digits(text, "tw") == "886912345678"


@pytest.mark.parametrize("text", ["12", "phone", "0912345678901", "+999123456789", "000"])
def test_what_is_no_number(text):
    assert e164(text, "tw") is None
    assert digits(text, "tw") is None


def test_a_national_number_needs_its_country():
    assert e164("0912345678") is None
    assert e164("0912345678", "us") is None
    assert e164("+886912345678", "us") == "+886912345678"


def test_a_country_without_numbers_is_refused():
    with pytest.raises(DataError, match=r"got 'xx'\. Hint: country=\"TW\""):
        check_country("xx")


def test_without_the_library_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(ImportError, match=r"pip install 'rfm-clv\[audience\]'"):
        rfm.to_audience(pd.DataFrame({"phone": ["+886912345678"]}))
    assert rfm.to_audience(pd.DataFrame({"email": ["a@x.com"]}), country="TW").table.shape == (1, 1)
