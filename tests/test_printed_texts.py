"""Reprs, pages of notebooks, explanations and audits show names from the data shortly, printable, on their lines."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
import rfm.errors
from rfm.errors import DataError

ODD = {
    "forged line": "ann\nERROR root: no disk",
    "terminal": "a\x1b[31mb\x07",
    "bidi": "a\u202eb\u2066c",
    "surrogate": "a\ud800b",
    "markup": "<script>alert(1)</script>",
    "long": "x" * 1_000_000,
}


@functools.cache
def log() -> pd.DataFrame:
    few = rfm.datasets.cdnow_sample()
    return few[few["customer_id"].isin(few["customer_id"].unique()[:120])].reset_index(drop=True)


def _named_log(name: str) -> pd.DataFrame:
    """The log with an odd id, of which a row has no date."""
    named = log().astype({"customer_id": str, "date": object})
    named["customer_id"] = named["customer_id"].astype(object)
    named.loc[0, "customer_id"] = name
    named.loc[0, "date"] = "no date"
    return named


def _scheme(name: str) -> rfm.Scheme:
    return rfm.Scheme.load("value").with_segment(name, "M == 5", before="high")


def _migration(name: str) -> Any:
    snaps = rfm.snapshots(log(), "1Q", scheme="value")
    return rfm.migration(snaps.assign(segment=snaps["segment"].cat.rename_categories({"high": name})))


def _covariates(name: str) -> Any:
    summary = clv.summarize(log())
    summary[name] = np.arange(len(summary)) % 2.0
    return clv.fit_covariates(clv.BGNBD, summary, purchase=name)


SHOWN: dict[str, Callable[[str], Any]] = {
    "Transactions": lambda name: rfm.Transactions(_named_log(name), bad_rows="drop"),
    "CustomerBase": lambda name: rfm.CustomerBase.of(rfm.Transactions(_named_log(name), bad_rows="drop")),
    "audit": lambda name: rfm.Transactions(_named_log(name), bad_rows="drop").audit["examples"].str.cat(),
    "Scheme": _scheme,
    "Segment": lambda name: _scheme(name)[name],
    "Check": lambda name: _scheme(name).check(),
    "Explanation": lambda name: _scheme(name).explain({"R": 1, "F": 1, "M": 5}),
    "Reason": lambda name: _scheme(name).explain({"R": 1, "F": 1, "M": 1}).reasons[0],
    "explained cell": lambda name: (
        rfm.Scheme.load("value").with_segment("gold", 'c == "x"', before="high").explain(
            {"R": 1, "F": 1, "M": 1, "c": name}
        )
    ),
    "Migration": _migration,
    "covariates": _covariates,
    "summary of covariates": lambda name: _covariates(name).summary(),
    **{
        each: lambda name, each=each: getattr(rfm.errors, each)(name)
        for each in rfm.errors.__all__
        if each not in ("LateRowsError",)
    },
}  # fmt: skip


@functools.cache
def lines_of(what: str) -> int:
    return str(SHOWN[what]("plain")).count("\n")


@pytest.mark.parametrize("label", ODD)
@pytest.mark.parametrize("what", SHOWN)
def test_names_forge_no_line_and_reach_no_terminal(what: str, label: str) -> None:
    try:
        shown = SHOWN[what](ODD[label])
    except DataError as error:
        texts, lines = [str(error)], 0
    except UnicodeEncodeError:  # pandas cannot make the table
        assert label == "surrogate"
        return
    else:
        texts, lines = [str(shown)] + [repr(shown)] * (not isinstance(shown, str)), lines_of(what)
        if hasattr(shown, "_repr_html_"):
            page = shown._repr_html_()
            assert "<script>" not in page
            assert all(line.isprintable() for line in page.split("\n"))
            assert len(page) < 30_000
    for text in texts:
        assert all(line.isprintable() for line in text.split("\n"))
        assert text.count("\n") <= lines + ("RuleError" in what) * ODD[label].count("\n")
        assert len(text) < 20_000
