"""Phrases with places: what stands on the left is found as a whole, and filled in on the right."""

import pytest

from clv._report.translation import Terms

TERMS = Terms(
    {
        "law": "模型",
        "{n} customers": "{0} 位顧客",
        "{n} of {n} (T = {n})": "{1} 之中 {0} 個（T = {2}）",
        "Use {}: {n}.": "用{0}：{1}。",
        "a.b": "點",
    }
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("law", "模型"),
        ("23.6k customers", "23.6k 位顧客"),
        ("−2.2% customers", "−2.2% 位顧客"),
        ("good customers", "good customers"),
        ("3 of 1,000 (T = 38.9)", "1,000 之中 3 個（T = 38.9）"),
        ("Use law: 1.5.", "用模型：1.5。"),
        ("Use law: 1.5. Or not.", "Use law: 1.5. Or not."),
        ("axb", "axb"),
        ("", ""),
    ],
)
def test_a_text_is_said_or_left(text, said):
    assert TERMS(text) == said


def test_braces_in_the_data_are_no_places():
    assert TERMS("Use {0}{x}: 1.") == "用{0}{x}：1。"
