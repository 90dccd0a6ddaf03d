"""A message is its English text, with its key and the values filled in."""

from __future__ import annotations

import copy
import json
import pickle

import pandas as pd
import pytest

import rfm
from rfm import _words as words
from rfm._words import Words, declare, is_translated, joined, translate

WORDS = Words("w", {"found": "{n} of {all} {who}", "who": "customers", "who_one": "customer"})
FRENCH = {"w.found": "{n} {who} sur {all}", "w.who": "clients", "joins.and": " et "}


def test_a_message_is_its_english_text():
    message = WORDS("found", n="3", all="7", who=WORDS("who"))
    assert message == "3 of 7 customers"
    assert isinstance(message, str)
    assert json.dumps([message]) == '["3 of 7 customers"]'
    assert pd.Series([message]).tolist() == ["3 of 7 customers"]
    assert type(str(message)) is str


def test_it_is_said_in_another_language_with_what_was_filled_in():
    message = WORDS("found", n="3", all="7", who=WORDS("who"))
    assert translate(message, FRENCH) == "3 clients sur 7"
    assert translate(joined("and", [message, message]), FRENCH) == "3 clients sur 7 et 3 clients sur 7"
    assert translate(message, {"w.who": "clients"}) == message  # no sentence half in one language
    assert translate("3 of 7 customers", FRENCH) == "3 of 7 customers"  # nothing is found by its English


def test_braces_in_what_is_filled_in_are_no_places():
    message = WORDS("found", n="{all}", all="{0}{x}", who="{")
    assert translate(message, FRENCH) == "{all} { sur {0}{x}"


def test_whether_there_are_words_for_it():
    message = WORDS("who")
    assert is_translated(message, FRENCH)
    assert is_translated(joined("and", [message, message]), FRENCH)
    assert not is_translated(joined("and", [message, "customers"]), FRENCH)
    assert not is_translated(WORDS("who_one"), FRENCH)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))])
def test_it_keeps_its_key_where_it_goes(again):
    message = WORDS("found", n="3", all="7", who=WORDS("who"))
    assert translate(again(message), FRENCH) == "3 clients sur 7"
    both = again(joined("and", [message, message]))
    assert both == f"{message} and {message}"
    assert translate(both, FRENCH) == "3 clients sur 7 et 3 clients sur 7"


def test_one_is_counted_in_the_singular():
    assert [WORDS.counted(n, str(n), "who") for n in (0, 1, 2)] == ["customers", "customer", "customers"]


def test_words_given_take_the_place_of_the_english_ones():
    result = WORDS.over({"who": "clients"})
    assert (result("who"), result("who_one"), WORDS("who")) == ("clients", "customer", "customers")
    with pytest.raises(
        rfm.DataError, match=r"no text has the key 'whom'\. Hint: the keys are found, who, who_one"
    ):
        WORDS.over({"whom": "clients"})
    with pytest.raises(rfm.DataError, match=r"words\['who'\] has an unknown field \{n\}; got '\{n\}'"):
        WORDS.over({"who": "{n}"})


def test_a_name_is_declared_once(monkeypatch):
    monkeypatch.setattr(words, "_DECLARED", {})
    declared = declare("test.once", {"a": "b"})
    assert declare("test.once", {"a": "b"}) is declared
    with pytest.raises(ValueError, match="declared already"):
        declare("test.once", {"a": "c"})
