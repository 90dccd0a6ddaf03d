"""What the interval of the total holds is said by its source, with the share of past totals that it held."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

import clv
from clv._past_errors.past_errors import COLUMNS
from clv._report.interval_sentences import correction_of, held_sentence, interval_sentences, source_of
from clv._report.language import Language
from clv._report.wording import Wording
from rfm._schemes.scheme import Scheme

FACTS = {"total_clv_mean_low": "9", "total_clv_mean_high": "11"}
PAST, TYPICAL = "law and its past errors", "law and typical errors"


def past(errors=(0.0, 0.3, -0.3, 0.1)):
    """Totals of 28 days, one after another, with these log errors."""
    days = pd.date_range("2023-01-31", periods=len(errors), freq="28D").date
    happened = [1000.0 * 2.718281828**error for error in errors]
    columns = {"days": 28, "predicted": 1000.0, "happened": happened, "law_sd": 0.03, "parameters_sd": 0.0}
    table = pd.DataFrame({"origin": days, **columns, "predicted_spend": 5.0, "happened_spend": 5.0})
    return clv.PastErrors(table[list(COLUMNS)], days[-1])


def found(source, errors=None, money=True, correction=1.0, clv_correction=1.0):
    total = {"purchases": 10.0, "interval_from": source, "correction": correction}
    if money:
        total |= {"clv": 10.0, "clv_mean_low": 9.0, "clv_mean_high": 11.0, "clv_correction": clv_correction}
    return SimpleNamespace(total=pd.Series(total, dtype=object), model=SimpleNamespace(past_errors=errors))


def said(known, language="en", blocks=()):
    words = Wording.of(Language.load(language), Scheme.load("classic")).without(*blocks)
    return interval_sentences(known, words, FACTS)


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("law", "hold nine times out of ten only if customers buy, spend and leave as the laws assume"),
        (TYPICAL, "as much as is typical of the logs of other shops"),
        (PAST, "as far as its errors on earlier days of the log show"),
    ],
)
def test_each_source_says_what_the_interval_holds(source, holds):
    known = found(source, past())
    assert source_of(known) == source
    first, *rest = said(known)
    assert holds in first
    assert rest[-1].startswith("The expected value under the law has a 90% interval of 9 to 11")
    assert len(rest) == (2 if source == PAST else 1)


def test_the_share_of_past_totals_is_that_of_the_past_errors():
    """The law alone, with a standard deviation of 3%, holds the error of 0 only."""
    errors = past()
    held = errors.held(0.9)
    assert (held.by_law, held.totals) == (1, 4)
    line = held_sentence(found(PAST, errors))
    assert line in said(found(PAST, errors))
    assert (
        f"held {held.with_errors} with the errors that had been seen by then, and 1 by the law alone" in line
    )
    assert held_sentence(found("law", errors)) == held_sentence(found(PAST)) == ""


def test_a_correction_is_said_with_its_factors_and_none_is_not():
    assert correction_of(found(PAST, past())) == ()
    corrected = found(PAST, past(), correction=1.05, clv_correction=1.1)
    assert correction_of(corrected) == (1.05, 1.1)
    [line] = [line for line in said(corrected) if "correcting them helped" in line]
    assert "1.050 times the purchases and 1.100 times the value" in line
    bare = found(PAST, past(), money=False, correction=1.05)
    assert correction_of(bare) == (1.05,)
    [line] = [line for line in said(bare, blocks=("without_value",)) if "correcting them helped" in line]
    assert "the purchases above are 1.050 times" in line


@pytest.mark.filterwarnings("ignore:No CJK font")
@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("source", ["law", PAST, TYPICAL])
def test_other_languages_say_the_same(language, source):
    known = found(source, past(), correction=1.05)
    translated, english = said(known, language), said(known)
    assert len(translated) == len(english)
    assert not set(translated) & set(english)
    assert all(number in "".join(translated) for number in ("1.050", "9", "11"))
