"""Pseudonyms: the standard's digests, the same in every table and on every engine; keys that are refused."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError
from rfm.privacy import pseudonymize

KEY = b"0123456789abcdef0123456789ABCDEF"


def orders():
    return pd.DataFrame({"customer_id": ["zoë", "17", "bob", "zoë"], "amount": [1.0, 2.0, 3.0, 4.0]})


def digest(text):
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def test_hmac_sha256_of_rfc_4231_case_6_shows_that_the_digest_is_the_standards():
    key = bytes.fromhex("aa" * 131)
    message = "Test Using Larger Than Block-Size Key - Hash Key First"
    expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    assert hmac.new(key, message.encode(), hashlib.sha256).hexdigest() == expected


def test_every_engine_gives_one_answer(constructor, to_pandas):
    made = pseudonymize(constructor(orders()), KEY)
    assert type(made) is type(constructor(orders()))
    table = to_pandas(made).sort_values("amount")
    assert list(table) == ["customer_id", "amount"]
    assert table["customer_id"].tolist() == [digest(each) for each in orders()["customer_id"]]


def test_numbers_are_read_as_text_and_text_keys_as_utf_8():
    table = pd.DataFrame({"customer_id": [17], "household": [np.int64(4)]})
    made = pseudonymize(table, KEY.decode(), ["customer_id", "household"])
    assert made.iloc[0].tolist() == [digest("17"), digest("4")]


def test_tables_can_still_be_joined_and_the_input_is_not_changed():
    log = rfm.datasets.cdnow_sample()
    copy = log.copy()
    ids = log[["customer_id"]].drop_duplicates()
    left, right = pseudonymize(log, KEY), pseudonymize(ids, KEY)
    assert len(left.merge(right)) == len(log)
    assert left["customer_id"].nunique() == log["customer_id"].nunique()
    assert left["date"].equals(log["date"])
    assert log.equals(copy)
    sizes = [rfm.summarize(each)["orders"].sort_values().tolist() for each in (log, left)]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "key must be bytes or text; got None. Hint: key=secrets.token_bytes"),
        ("", "key has 0 bytes"),
        ("hunter2", "key has 7 bytes; a key has 16 or more"),
        (b"a" * 64, "only 1 different bytes, which can be guessed"),
        (12345678901234567890, "key must be bytes or text; got int"),
    ],
)
def test_keys_that_are_refused_are_not_shown(key, message):
    with pytest.raises(DataError, match=message) as caught:
        pseudonymize(orders(), key)
    assert not key or "hunter2" not in str(caught.value)


def test_tables_that_are_refused():
    with pytest.raises(DataError, match="email"):
        pseudonymize(orders(), KEY, ["email"])
    with pytest.raises(DataError, match="missing"):
        pseudonymize(orders().assign(customer_id=[None, "a", "b", "c"]), KEY)
