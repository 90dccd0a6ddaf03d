"""Cautions: every warning is heard once, with the numbers that it touches, and reaches the caller as well."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pandas as pd
import pytest

import clv
import rfm
from clv._fits.fit_law import announced
from clv._fits.fit_words import BOUNDARY
from clv._report.cautions import Caution, Heard, noticing, sentences
from clv._report.findings import find
from clv._report.language import Language

STOPPED = BOUNDARY("search stopped", law="bg-nbd", steps="9", gain="0.1")


def hear(heard, *touched):
    """Warnings of several kinds while parts of the findings are made."""
    for touches in touched:
        with heard.of(touches):
            for text in ("wide", "wide", "wider"):
                warnings.warn(text, clv.FitWarning, stacklevel=2)
            warnings.warn("of the data", rfm.DataWarning, stacklevel=2)
            warnings.warn("of another package", RuntimeWarning, stacklevel=2)


def fail(heard):
    """A warning, and then an error."""
    with heard.of("total"):
        warnings.warn("wide", clv.FitWarning, stacklevel=2)
        raise ZeroDivisionError


def test_a_warning_is_heard_once_beside_the_same_numbers_and_by_the_caller_each_time():
    heard = Heard()
    with pytest.warns() as caught:
        hear(heard, "total", "months")
    texts = ("wide", "wider", "of the data")
    assert heard.cautions == [Caution(each, text) for each in ("total", "months") for text in texts]
    assert [str(line.message) for line in caught] == 2 * ["wide", "wide", *texts[1:], "of another package"]


def test_what_is_warned_before_an_error_is_not_lost():
    with pytest.warns(clv.FitWarning) as caught, pytest.raises(ZeroDivisionError):
        fail(Heard())
    assert [str(line.message) for line in caught] == ["wide"]


def test_the_warnings_of_a_fit_are_apart_and_keep_their_words_in_other_languages():
    with pytest.warns(clv.FitWarning, match=r"the search stopped .* Twice\."), noticing() as texts:
        announced(SimpleNamespace(warnings=(STOPPED, "Twice.")))
    assert len(texts) == 1
    stopped, twice = sentences(texts)
    assert Language.load("zh-Hant")(stopped).startswith("bg-nbd：搜尋在 9 步之後停止")
    assert twice == "Twice."


def few(count):
    log = rfm.datasets.cdnow_sample()
    return log[log["customer_id"] <= count].reset_index(drop=True)


def with_a_gap():
    log = few(200)
    return pd.concat([log, log.assign(date=log["date"] + pd.Timedelta(days=9_000))], ignore_index=True)


@pytest.mark.filterwarnings("ignore::clv.FitWarning", "ignore::rfm.DataWarning")
@pytest.mark.parametrize(
    ("log", "options", "expected"),
    [
        (
            lambda: few(5),
            {},
            {
                "law": "bg-nbd: the estimates diverge",
                "spend": "gamma-gamma: the estimates diverge",
                "segments": "R: recency has 3 distinct values for 5 scores",
                "moved": "R: recency has 3 distinct values",
                "backtest": "mbg-nbd: the estimates diverge",
            },
        ),
        (lambda: few(200), {"discount_rate": 1.5}, {"total": "discount_rate=1.5 is 150% a year"}),
    ],
)
def test_each_kind_of_warning_is_found_beside_its_numbers(log, options, expected):
    found = find(log(), model="bg-nbd", **options)
    for touches, start in expected.items():
        assert any(text.startswith(start) for text in found.cautions_on(touches)), touches
    of_fits = [*found.model.purchases.warnings, *found.model.spend.warnings]
    assert list(found.cautions_on("law", "spend")) == of_fits


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::clv.FitWarning", "ignore::rfm.DataWarning")
def test_the_cautions_of_the_tested_law_are_those_of_its_own_fit_to_the_first_part():
    found = find(with_a_gap(), model="bg-nbd")
    laws = {text.split(":")[0] for text in found.cautions_on("backtest")}
    assert {"bg-nbd", "mbg-nbd"} <= laws  # all that were tested diverge
    assert found.cautions_on("data")[0].startswith("The log has no rows between")
    assert [text.split(":")[0] for text in found.cautions_on_tested] == ["bg-nbd"]


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::clv.FitWarning")
def test_what_the_checks_warn_of_is_found_too(monkeypatch):
    def run_checks(*_, **__):
        warnings.warn("Half of it.", clv.FitWarning, stacklevel=2)
        return ()

    monkeypatch.setattr("clv._report.findings.run_checks", run_checks)
    assert find(few(200), model="bg-nbd").cautions_on("checks") == ("Half of it.",)
