import pandas as pd
import pytest

import rfm
from rfm.errors import DataError

TABLE = pd.DataFrame({
    "step": ["before", "left", "down", "up", "returned", "new", "refunds only", "after"],
    "amount": [100.0, -30.0, -10.0, 5.0, 0.0, 20.0, -1.0, 84.0],
    "bar_start": [0.0, 100.0, 70.0, 60.0, 65.0, 65.0, 85.0, 0.0],
    "bar_end": [100.0, 70.0, 60.0, 65.0, 65.0, 85.0, 84.0, 84.0],
})  # fmt: skip


def test_each_bar_begins_where_the_one_before_ends():
    ax = rfm.plot.revenue_bridge(TABLE)
    ends = [bar.get_y() + bar.get_height() for bar in ax.patches]
    assert ends == [100, 70, 60, 65, 85, 84, 84]  # the step of nothing is left out
    assert [bar.get_y() for bar in ax.patches[1:-1]] == ends[:-2]
    assert "−30\n−30%" in {text.get_text() for text in ax.texts}


def test_steps_have_labels_or_words_of_another_language():
    words = {"left": "partis", "refunds": "remboursements", "title": "Ce qui a changé"}
    ax = rfm.plot.revenue_bridge(TABLE, words=words, labels={"before": "2023"})
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown == ["2023", "partis", "down", "up", "new", "remboursements", "after"]
    with pytest.raises(DataError, match="no text has the key"):
        rfm.plot.revenue_bridge(TABLE, words={"gone": "partis"})


def test_without_two_periods_it_says_so():
    report = rfm.base_report(rfm.datasets.cdnow_sample())
    assert "No two periods" in {
        text.get_text() for text in rfm.plot.revenue_bridge(report.revenue_bridge).texts
    }
