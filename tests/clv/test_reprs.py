"""Reprs of a model, a fit and a new customer: one line in a list, a summary in a notebook."""

from __future__ import annotations

import pytest

import clv
import rfm


@pytest.fixture(scope="module")
def model():
    return clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")


def test_a_model_is_a_line_and_shows_its_summary(model):
    assert repr(model) == ("CustomerModel(bg-nbd and gamma-gamma, 2,357 customers, unit='W', end=1997-09-30)")
    summary = model.summary()
    assert isinstance(summary, str)
    assert repr(summary) == str(summary)
    assert "log-likelihood -9582.429" in summary
    assert "std. error" in summary
    assert model._repr_html_() == summary._repr_html_() == f"<pre>{summary}</pre>"


def test_a_fit_is_a_line_and_shows_its_summary(model):
    assert repr(model.purchases) == (
        "Fit(bg-nbd: r=0.2426, alpha=4.414, a=0.7929, b=2.426; 2,357 customers, unit='W')"
    )
    assert repr(model.spend) == "Fit(gamma-gamma: p=6.25, q=3.744, gamma=15.44; 946 customers)"
    assert model.purchases._repr_html_() == f"<pre>{model.purchases.summary()}</pre>"


def test_a_new_customer_shows_what_they_are_worth(model):
    newcomer = model.new_customer(margin=0.5, acquisition_cost=25)
    lines = dict(line.rsplit("  ", 1) for line in newcomer.summary().splitlines())
    shown = {name.strip(): value.strip() for name, value in lines.items()}
    assert shown["expected repeat purchases"] == f"{newcomer.expected_purchases:.3f}"
    assert shown["value with the first order"] == f"{newcomer.clv_with_first_order:.2f}"
    assert shown["pays back after"] == f"{newcomer.payback.days} days"
    assert newcomer._repr_html_() == f"<pre>{newcomer.summary()}</pre>"


def test_without_money_a_new_customer_has_purchases_only():
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    newcomer = clv.fit(log, end="1997-09-30").new_customer()
    assert len(newcomer.summary().splitlines()) == 2


def test_the_ages_of_refunds_fill_no_page():
    rate = clv.RefundRate(0.2, 4.0, ages=tuple(range(99)), come=tuple(age / 98 for age in range(99)))
    assert repr(rate) == "RefundRate(rate=0.2, prior_orders=4.0)"
