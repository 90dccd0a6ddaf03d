"""Customers who have not agreed are left out at the door, and the audit says how many rows that were."""

import pandas as pd
import pytest

import rfm
from rfm import Transactions, TransactionsError


def log():
    return pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob", "cat", None, "dan"],
            "date": ["2024-01-01", "2024-02-01", "2024-01-05", "2024-02-02", "2024-02-02", "2024-03-01"],
            "amount": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
            "may_use": ["yes", "Yes", None, "no", "yes", "TRUE"],
        }
    )


def test_a_line_of_the_audit_on_every_engine(constructor, to_pandas):
    tx = Transactions(constructor(log()), consent="may_use", bad_rows="drop")
    found = to_pandas(tx.audit)[["rule", "effect", "rows", "customers", "amount", "examples"]]
    assert found.head(3).values.tolist() == [
        ["kept", "kept", 3, 2, 10.5, ""],
        ["missing customer", "dropped", 1, 0, 5.5, "(no customer) on '2024-02-02': 5.5"],
        ["without consent", "dropped", 2, 2, 8.0, "bob on '2024-01-05': 3.5; cat on '2024-02-02': 4.5"],
    ]
    assert sorted(to_pandas(rfm.summarize(tx))["customer_id"]) == ["ann", "dan"]


def test_the_answer_is_that_of_the_log_without_them():
    rows = log().dropna(subset="customer_id")
    agreed = rows[rows["may_use"].isin(["yes", "Yes", "TRUE"])]
    found = rfm.summarize(Transactions(rows, consent="may_use"), as_of="2024-04-01")
    pd.testing.assert_frame_equal(found, rfm.summarize(Transactions(agreed), as_of="2024-04-01"))


def test_rows_that_may_not_be_used_need_no_mending():
    rows = log().assign(date=["2024-01-01", "2024-02-01", "soon", "2024-02-02", "2024-02-02", "2024-03-01"])
    rows = rows.assign(amount=[1.0, 2.0, 3.0, float("inf"), 5.0, 6.0]).dropna(subset="customer_id")
    tx = Transactions(rows, consent="may_use")
    assert tx.audit[["rule", "rows"]].values.tolist()[:2] == [["kept", 3], ["without consent", 2]]


def test_an_answer_that_changes_within_a_customer_is_refused(constructor):
    rows = log().assign(may_use=[1, 0, 0, 0, 0, 1]).dropna(subset="customer_id")
    with pytest.raises(
        TransactionsError, match=r"yes in some rows and no in others .*: 1 in all \(ann\)\. Hint"
    ):
        Transactions(constructor(rows), consent="may_use")


def test_nobody_agreed_and_no_such_column():
    with pytest.raises(
        TransactionsError, match=r"No row is left of 6: 1 missing customer .*, 5 without consent"
    ):
        Transactions(log().assign(may_use=False), consent="may_use", bad_rows="drop")
    with pytest.raises(TransactionsError, match=r'Hint: Transactions\(df, consent="accepts_marketing"\)'):
        Transactions(log().rename(columns={"may_use": "accepts_marketing"}), consent="agreed")
    with pytest.raises(TransactionsError, match=r"Column 'may_use' must say .*; it has 'later'"):
        Transactions(log().assign(may_use="later"), consent="may_use")
