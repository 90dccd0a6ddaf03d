import pandas as pd
import pytest

import rfm.plot
from rfm.errors import DataError

AUDIT = pd.DataFrame(
    {
        "rule": ["kept", "missing customer", "missing customer", "unreadable amount", "return netted"],
        "effect": ["kept", "dropped", "dropped", "dropped", "informs"],
        "source": ["a", "a", "b", "a", "a"],
        "rows": [700, 150, 100, 50, 30],
        "amount": [9000.0, 400.0, 600.0, None, -100.0],
    }
)


def test_every_row_is_in_one_bar():
    data = rfm.plot.audit_data(AUDIT)
    assert data["rule"].tolist() == [
        "came in",
        "missing customer",
        "unreadable amount",
        "kept",
        "return netted",
    ]
    assert data["value"].tolist() == [1000, 250, 50, 700, 30]
    assert data["left"].tolist()[:4] == [0, 750, 700, 0]
    assert data["right"].tolist()[:4] == [1000, 1000, 750, 700]
    by_amount = rfm.plot.audit_data(AUDIT, "amount")
    assert by_amount["value"].dropna().tolist() == [10_000, 1000, 9000, -100]
    unread = by_amount.set_index("rule").loc["unreadable amount"]
    assert pd.isna(unread["value"])
    assert unread["left"] == unread["right"] == 9000


def test_the_waterfall():
    ax = rfm.plot.audit(AUDIT)
    assert [bar.get_width() for bar in ax.patches] == [1000, 250, 50, 700]
    assert [bar.get_x() for bar in ax.patches] == [0, 750, 700, 0]
    texts = [t.get_text() for t in ax.texts]
    assert {"1k (100%)", "−250 (25%)", "−50 (5%)", "700 (70%)"} <= set(texts)
    assert "Of these, return netted: 30" in texts
    assert ax.get_xlim()[0] == 0
    ax._repr_png_()


def test_returns_left_out_add_to_the_amount_beside_their_bar():
    lines = pd.DataFrame(
        {
            "rule": ["kept", "return", "missing amount", "order merged into its day"],
            "effect": ["kept", "dropped", "dropped", "informs"],
            "rows": [5, 1, 1, 3],
            "amount": [440.0, -50.0, None, None],
        }
    )
    ax = rfm.plot.audit(lines, "amount")
    result = {t.get_text(): t.xy for t in ax.texts if hasattr(t, "xy")}
    assert {"+50 (13%)", "unknown", "440 (113%)"} <= set(result)
    assert result["+50 (13%)"] == (440, 1)  # right of the bar from 390 to 440
    assert not any("merged" in t.get_text() for t in ax.texts)


def test_a_real_audit():
    log = pd.DataFrame(
        {
            "customer_id": ["a", None, "b", "a"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
            "amount": [5.0, 3.0, 2.0, -1.0],
        }
    )
    audit = rfm.Transactions(log, bad_rows="drop").audit
    data = rfm.plot.audit_data(audit).set_index("rule")["value"]
    assert data["came in"] == 4
    assert data["missing customer"] == 1
    assert data["kept"] == 3
    rfm.plot.audit(audit)._repr_png_()
    rfm.plot.audit(audit, "amount")._repr_png_()


def test_a_clean_log_and_an_empty_one():
    clean = AUDIT[:1]
    assert [bar.get_width() for bar in rfm.plot.audit(clean).patches] == [700, 700]
    assert any(t.get_text() == "No rows" for t in rfm.plot.audit(AUDIT[:0]).texts)


def test_errors_name_the_next_step():
    with pytest.raises(DataError, match=r"No column 'rule'.*Hint: tx\.audit is such a table"):
        rfm.plot.audit(pd.DataFrame({"rows": [1], "effect": ["kept"], "amount": [1.0]}))
    with pytest.raises(DataError, match="got 'customers'"):
        rfm.plot.audit(AUDIT, "customers")
