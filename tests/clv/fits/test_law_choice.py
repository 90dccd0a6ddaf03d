"""Which law is to be fitted, and in which unit the table's times are."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
from clv._fits.law_choice import as_law_class, unit_of_summary
from clv._laws.constant_spend import ConstantSpend
from rfm.errors import DataError

SUMMARY = pd.DataFrame(
    {
        "customer_id": [1, 2],
        "frequency": [0, 1],
        "recency": [0.0, 3.0],
        "T": [9.0, 9.0],
        "monetary_value": [0.0, 5.0],
    }
)


def test_a_law_is_given_by_its_class_or_by_its_name():
    assert as_law_class(clv.ParetoNBD) is as_law_class("pareto-nbd") is clv.ParetoNBD
    assert as_law_class("gamma-gamma") is clv.GammaGamma


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ("bgnbd", r"got 'bgnbd'\. Hint: clv\.\w+, .*, or one of the names bg-nbd, "),
        (
            clv.BGNBD(1, 1, 1, 1),
            r"got one with parameters, BGNBD\(.*\)\. Hint: clv\.BGNBD, whose parameters are to be",
        ),
        (ConstantSpend, r"got ConstantSpend, which has nothing to estimate\. Hint: one of clv\."),
        (SUMMARY, r"got a DataFrame\. Hint: the law comes first, the table second"),
    ],
)
def test_anything_else_is_refused(law, message):
    with pytest.raises(DataError, match=f"The law to fit must be a class of clv or its name, {message}"):
        as_law_class(law)


def test_the_unit_is_what_the_table_or_the_caller_says():
    assert unit_of_summary(clv.BGNBD, SUMMARY, None) is None
    assert unit_of_summary(clv.BGNBD, SUMMARY, "W") == "W"
    assert unit_of_summary(clv.BGNBD, SUMMARY.assign(unit="D"), None) == "D"
    assert unit_of_summary(clv.BGNBD, SUMMARY.assign(unit="D"), "D") == "D"
    assert unit_of_summary(clv.GammaGamma, SUMMARY.assign(unit="D"), None) is None  # spend knows no time
    with pytest.raises(DataError, match="unit"):
        unit_of_summary(clv.BGNBD, SUMMARY.assign(unit="D"), "W")


def test_a_customer_in_two_rows_is_refused():
    with pytest.raises(DataError, match="btyd_summary: more than one row for customer"):
        unit_of_summary(clv.BGNBD, SUMMARY.assign(customer_id=1), None)
