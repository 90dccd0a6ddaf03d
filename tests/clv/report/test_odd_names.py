"""Names from the data and from schemes that hold markup, control characters, or ones that reorder the page."""

from __future__ import annotations

import re
import unicodedata

import pytest

import clv
import rfm

ODD = (
    "<script>alert(1)</script>",
    "a\u202eb",
    "x\x1b[31m",
    r"$\frac{1}{2}$",
    "n\nERROR root: x",
    "&amp;",
    "\u2066c",
)


@pytest.mark.slow
def test_the_page_shows_them_as_text_in_their_own_direction(tmp_path):
    log = rfm.datasets.cdnow_sample().query("customer_id <= 500")
    log["customer_id"] = [ODD[customer % len(ODD)] + str(customer) for customer in log["customer_id"]]
    segments = (rfm.Segment("VIP\u202e<script>x</script>", "R >= 4"), rfm.Segment("$x$ \x07 low", "R < 4"))
    clv.report(log, tmp_path / "page.html", model="bg-nbd", scheme=rfm.Scheme("odd <b>", segments))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1  # ours
    assert "odd <b>" not in page
    assert "VIP\ufffd&lt;script&gt;x" in page
    controls = {each for each in page if unicodedata.category(each) in ("Cc", "Cs")} - {"\n"}
    assert controls == set()
    assert re.findall("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", page) == []
