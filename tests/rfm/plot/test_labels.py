"""Labels are drawable, whatever they hold."""

from __future__ import annotations

import pytest

import rfm
from rfm import DataError
from rfm.plot._labels import drawable, labeller


def test_characters_that_do_not_print_are_replaced_and_lines_kept():
    assert drawable("a\ud800\x00\u202eb\nc\td") == "a���b\nc d"
    assert drawable("重要客戶 café $5") == "重要客戶 café $5"


def test_long_texts_lose_their_middle():
    assert drawable("a" * 400 + "end") == "a" * 199 + "…" + "a" * 97 + "end"
    assert drawable("\n" * 900).count("\n") == 3


def test_labels_are_on_one_line_and_go_by_name():
    label = labeller({1: "one", "lost": "a\nb"})
    assert [label(name) for name in (1, "lost", "other", None, " ")] == [
        "one",
        "a b",
        "other",
        "None",
        "(blank)",
    ]


@pytest.mark.parametrize("labels", [{"VIP": 3}, [("VIP", "best")], "VIP"])
def test_labels_must_map_names_to_texts(labels):
    profile = rfm.profile(rfm.segment(rfm.datasets.cdnow_sample()))
    with pytest.raises(DataError, match=r"labels must map names to texts; got .* Hint: labels="):
        rfm.plot.shares(profile, labels=labels)
