"""Pseudonyms: the standard's digests, the same in every table and on every engine; keys that are refused."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal

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


def test_two_contexts_give_pseudonyms_that_cannot_be_joined_and_none_is_the_standard():
    ids = pd.DataFrame({"customer_id": ["ann", "bob"]})
    plain, agency, shop = (
        pseudonymize(ids, KEY, context=each)["customer_id"] for each in ("", "agency", "shop")
    )
    assert plain.tolist() == [digest("ann"), digest("bob")]
    assert not set(plain) & set(agency) | set(agency) & set(shop)
    inner = hmac.new(KEY, b"agency", hashlib.sha512).digest()
    assert agency[0] == hmac.new(inner, b"ann", hashlib.sha256).hexdigest()
    with pytest.raises(DataError, match="context must be text; got 3"):
        pseudonymize(ids, KEY, context=3)


def test_a_column_that_is_named_twice_is_replaced_once():
    made = pseudonymize(orders(), KEY, ["customer_id", "customer_id"])
    assert made["customer_id"][1] == digest("17")


def test_a_missing_number_is_no_id_on_any_engine(constructor):
    table = pd.DataFrame({"customer_id": [1.0, np.nan]})
    with pytest.raises(DataError, match="has missing ids"):
        pseudonymize(constructor(table), KEY)


@pytest.mark.parametrize(
    "values",
    [
        [True, False],
        pd.to_datetime(["2024-01-01"]),
        [1.5],
        [np.inf],
        [1e22],
        [b"ann", "bob"],
        [Decimal("1.5")],
        pd.to_timedelta([1], unit="D"),
    ],
    ids=str,
)
def test_values_that_engines_write_in_several_ways_are_no_ids(values):
    with pytest.raises(DataError, match=r"which is no id\. Hint: convert it to texts"):
        pseudonymize(pd.DataFrame({"customer_id": values}), KEY)


def test_one_id_in_several_types_is_one_pseudonym():
    types = [[17], [17.0], ["17"], [Decimal(17)], [Decimal("17.0")], np.array([17, "17"], dtype=object)]
    made = [pseudonymize(pd.DataFrame({"customer_id": each}), KEY)["customer_id"] for each in types]
    assert {each for column in made for each in column} == {digest("17")}


@pytest.mark.parametrize("key", ["correct horse battery", b"0123456789abcdef"])
def test_a_short_key_of_letters_is_refused_since_it_can_be_guessed(key):
    with pytest.raises(DataError, match="all of them letters, digits or signs; such a key has 32 or more"):
        pseudonymize(orders(), key)
    assert len(pseudonymize(orders(), bytes(range(16)))) == 4


def test_a_saved_plan_of_polars_holds_neither_key_nor_ids():
    pl = pytest.importorskip("polars")
    made = pseudonymize(pl.from_pandas(orders()).lazy(), KEY)
    saved = made.serialize()
    assert digest("bob").encode() in saved
    assert KEY not in saved
    assert "zoë".encode() not in saved
