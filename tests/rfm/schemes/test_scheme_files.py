"""Schemes in TOML: they survive a round trip, and other files are refused with a message."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import Scheme, SchemeError, Segment
from rfm._schemes.scheme_files import BUILT_IN, to_toml


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_saved_scheme_comes_back_whole(tmp_path, name):
    scheme = Scheme.load(name)
    scheme.save(tmp_path / "mine.toml")
    assert Scheme.load(tmp_path / "mine.toml") == scheme
    assert Scheme.load(str(tmp_path / "mine.toml")) == scheme
    assert Scheme.from_dict(scheme.to_dict()) == scheme


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
names = text.filter(str.strip)


@given(names, text, st.dictionaries(names, text, max_size=3), names)
def test_any_text_survives(tmp_path_factory, name, action, labels, source):
    path = tmp_path_factory.mktemp("schemes") / "mine.toml"
    scheme = Scheme(name, [Segment(name, "R >= 1", action, labels, labels)], source=source)
    scheme.save(path)
    assert Scheme.load(path) == scheme


def test_the_file_reads_like_the_built_in_ones():
    scheme = Scheme(
        "mine", [Segment("VIP", "R >= 4", "Call", {"zh-Hant": "貴賓"}), Segment("rest")], default="rest"
    )
    assert to_toml(scheme.to_dict()) == (
        'name = "mine"\nbins = 5\ndefault = "rest"\n\n'
        '[[segment]]\nname = "VIP"\nrule = "R >= 4"\naction = "Call"\nlabels = { "zh-Hant" = "貴賓" }\n\n'
        '[[segment]]\nname = "rest"\n'
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("name = ", "is not a TOML file: "),
        ("bins = 5", "Scheme 'unnamed' has no segments"),
        ("bins = '5'", "A scheme: bins must be a whole number, or a table of them by metric; got '5'"),
        ("colour = 'red'", "A scheme has no 'colour'. It may have: name, bins, default, source"),
        ("segment = 'x'", "A scheme's segments are a list of tables"),
        ("segment = ['x']", "A scheme's segments are a list of tables"),
        ("[[segment]]\nrule = 'R > 1'", "A segment has no name: "),
        (
            "[[segment]]\nname = 'a'\nrules = 'R > 1'",
            "Segment 'a' has no 'rules'. It may have: name, rule, action",
        ),
        ("[[segment]]\nname = 'a'\nrule = 4", "Segment 'a': rule must be text; got 4"),
        ("[[segment]]\nname = 'a'\nrule = 'R > 1'\nlabels = { en = 1 }", "labels are texts by language"),
    ],
)
def test_what_is_not_a_scheme_is_refused(tmp_path, content, text):
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(SchemeError) as caught:
        Scheme.load(path)
    assert text in str(caught.value)


@pytest.mark.parametrize("content", [[1], None, "classic"])
def test_what_is_no_mapping_is_no_scheme(content):
    found = (
        f"A scheme must be a mapping of its name, bins and segments; got {content!r}. Hint: scheme.to_dict"
    )
    with pytest.raises(SchemeError, match=re.escape(found)):
        Scheme.from_dict(content)


def test_an_unknown_name_is_answered_with_those_that_are_built_in():
    with pytest.raises(
        SchemeError, match=r"No scheme 'clasic'. Built in: classic, classic-ahead, codes, .* Hint: or a TOML"
    ):
        Scheme.load("clasic")


def test_a_file_of_bytes_is_refused(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SchemeError, match="is not a TOML file"):
        Scheme.load(tmp_path / "x.toml")
