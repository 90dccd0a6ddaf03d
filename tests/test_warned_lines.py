"""Every warning names the line of the caller, through whichever function it was reached."""

from __future__ import annotations

import dataclasses
import functools
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import clv.plot
import rfm
import rfm.plot
from clv._laws import registry
from rfm.plot import _fonts

ROOT = Path(rfm.__file__).parent.parent


def log(**changes: Any) -> pd.DataFrame:
    few = rfm.datasets.cdnow_sample()
    return few[few["customer_id"] <= 200].reset_index(drop=True).assign(**changes)


def diverging() -> pd.DataFrame:
    """A log whose estimates of Gamma-Gamma diverge."""
    few = rfm.datasets.cdnow_sample()
    return few[few["customer_id"].isin(few["customer_id"].unique()[:80])]


def with_gap() -> pd.DataFrame:
    late = log()
    return pd.concat([late, late.assign(date=late["date"] + pd.Timedelta(days=9_000))], ignore_index=True)


def alike() -> pd.DataFrame:
    return rfm.summarize(log()).assign(spend=10.0, refunds=0.0)


@functools.cache
def model() -> clv.CustomerModel:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clv.fit(log())


def low_scores() -> pd.DataFrame:
    scored = rfm.score(log())
    return scored.assign(**{name: scored[name].clip(upper=3) for name in "RFM"})


def valued() -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = clv.customer_table(log(), model="bg-nbd")
    return table.assign(clv=table["clv"].where(table.index > 3))


def groups() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [1, 2, 99_999], "group": ["a", "a", "b"]})


def returned() -> pd.DataFrame:
    """A log in which buyers' later orders are returns that are kept as purchases."""
    changed = log()
    again = changed["customer_id"].duplicated()
    some = again & (changed["customer_id"] < 40)
    return changed.assign(amount=changed["amount"].where(~some, -5.0))


def bought() -> pd.DataFrame:
    """Order lines of more customers than are segmented, with an item in two spellings."""
    return log().assign(category=lambda table: np.where(table["quantity"] > 1, "CD", "cd"))


CALLS: dict[str, Callable[[], Any]] = {
    "affinity": lambda: rfm.affinity(bought(), rfm.segment(log()).head(40)),
    "cross_shop": lambda: rfm.cross_shop(bought(), least=1),
    "white_space": lambda: rfm.white_space(bought(), rfm.segment(log()).head(40), "VIP"),
    "next_best_offers": lambda: rfm.next_best_offers(bought(), least=2),
    "first_items": lambda: rfm.first_items(bought(), horizon="90D", least=2),
    "Scorer.fit": lambda: rfm.Scorer.fit(alike()),
    "score": lambda: rfm.score(log(amount=10.0).drop_duplicates("customer_id")),
    "segment": lambda: rfm.segment(log(amount=10.0).drop_duplicates("customer_id")),
    "Scheme.assign": lambda: rfm.Scheme.load("classic").assign(low_scores()),
    "Transactions": lambda: rfm.Transactions(with_gap()),
    "summarize": lambda: rfm.summarize(with_gap()),
    "clv.summarize": lambda: clv.summarize(with_gap()),
    "CustomerBase.of": lambda: rfm.CustomerBase.of(with_gap()),
    "no amount": lambda: rfm.Transactions(log().rename(columns={"amount": "x7"})),
    "no amount, through summarize": lambda: rfm.summarize(log().rename(columns={"amount": "x7"})),
    "predict": lambda: model().predict(discount_rate=2),
    "clv.predict": lambda: clv.predict(log(), discount_rate=2),
    "total": lambda: model().total(discount_rate=2),
    "new_customer": lambda: model().new_customer(discount_rate=2),
    "no first order": lambda: dataclasses.replace(model(), first_order=None).new_customer(),
    "customer_table": lambda: clv.customer_table(log(), discount_rate=2, model="bg-nbd"),
    "whole periods": lambda: clv.fit(log(), "bg-bb", unit="M", end="1997-12-15"),
    "kept returns": lambda: clv.fit(rfm.Transactions(returned(), returns="keep")),
    "fit": lambda: clv.fit(diverging(), end="1998-01-01"),
    "fit_law": lambda: clv.fit_law(clv.GammaGamma, clv.summarize(diverging(), end="1998-01-01")),
    "fit_summary": lambda: clv.fit_summary(clv.summarize(diverging(), end="1998-01-01")),
    "backtest": lambda: clv.backtest(log(amount=10.0), "26W", models="bg-nbd"),
    "segment_value": lambda: clv.segment_value(valued()),
    "total by": lambda: model().total(by=groups()),
    "plot": lambda: rfm.plot.shares(
        pd.DataFrame({"segment": ["最好", "b"], "customers": [1, 2], "spend": [2.0, 1.0]})
    ),
    "plot.treemap": lambda: rfm.plot.treemap(
        pd.DataFrame({"segment": ["最好", "b"], "customers": [1, 2], "spend": [2.0, 1.0]})
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_names_the_line_of_the_caller(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fonts, "cjk_fonts", lambda **_: [])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CALLS[name]()
    assert caught
    assert {warning.filename for warning in caught} == {__file__}


def test_a_law_that_cannot_be_loaded_is_told_at_the_line_of_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load() -> Any:
        raise ImportError("no\nmodule")

    broken = SimpleNamespace(name="mine", value="mine:Law", dist=None, load=load)
    monkeypatch.setattr(registry, "entry_points", lambda group: [broken])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(rfm.DataError):
            clv.fit(log(), "mine")
    assert [warning.filename for warning in caught] == [__file__]
    assert "\n" not in str(caught[0].message)


@pytest.mark.slow
def test_a_report_warns_at_the_line_of_the_caller(tmp_path: Path) -> None:
    language = tmp_path / "fr.toml"
    language.write_text("[page]\n", encoding="utf-8")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clv.report(log(amount=10.0), tmp_path / "page.html", language=language, model="bg-nbd")
    assert len(caught) > 1
    assert {warning.filename for warning in caught} == {__file__}


def test_all_warnings_are_issued_in_one_place() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("rfm", "clv")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"warnings\.warn\(|stacklevel", path.read_text(encoding="utf-8"))
    }
    assert found == {"rfm/_issuing.py"}
