"""Summaries read with their lines, and are escaped in notebooks."""

from __future__ import annotations

import clv
import rfm
from clv._printed import Printed


def test_a_model_s_summary_is_text_with_lines_and_escaped_html():
    shown = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30").summary()
    assert isinstance(shown, str)
    assert repr(shown) == str(shown)
    assert "log-likelihood -9582.429" in shown
    assert "std. error" in shown
    assert shown._repr_html_() == f"<pre>{shown}</pre>"


def test_markup_is_escaped():
    assert Printed("<script>&")._repr_html_() == "<pre>&lt;script&gt;&amp;</pre>"
