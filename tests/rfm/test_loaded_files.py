"""Reading with limits: strict JSON, TOML with short keys; whole files of each kind are in `test_hostile_files`."""

from __future__ import annotations

import json

import pytest

from rfm._loaded_files import LARGEST_TEXT, LARGEST_TOML, parse_toml, read_json, read_text, read_toml
from rfm.errors import DataError, SchemeError


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "the key 'a' is there twice"),
        ('{"b": {"a": 1, "a": 2}}', "the key 'a' is there twice"),
        ("[NaN]", "NaN is not a number of JSON"),
        ("[1, -Infinity]", "-Infinity is not a number of JSON"),
        ("[" * 100_000, "it is nested too deeply"),
        ("9" * 5_000, "Exceeds the limit"),
        ("{", "Expecting"),
    ],
)
def test_json_is_read_strictly(tmp_path, text, fact):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(SchemeError, match=rf"a\.json is not a file: {fact}.* Hint: another\."):
        read_json(tmp_path / "a.json", "a file", "another", SchemeError)


def test_json_is_otherwise_what_it_is(tmp_path):
    content = {"a": [1, 2.5, None, True, {"b": "é\u2028"}], "c": {}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert read_json(tmp_path / "a.json", "a file", "another") == content


@pytest.mark.parametrize("largest", [LARGEST_TEXT, LARGEST_TOML])
def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path, largest):
    path = tmp_path / "a"
    path.write_bytes(b" " * largest)
    assert len(read_text(path, "a file", "another", largest=largest)) == largest
    path.write_bytes(b" " * (largest + 1))
    with pytest.raises(DataError, match=r"is not a file: it has more than (16 MB|512 KB)\. Hint: another"):
        read_text(path, "a file", "another", largest=largest)


@pytest.mark.parametrize(("dots", "is_read"), [(99, True), (100, False), (100_000, False)])
@pytest.mark.parametrize("key", ["a", '"a b"', "'a.b'"])
def test_dotted_keys_have_at_most_a_hundred_parts(dots, is_read, key):
    text = f"{key}" + f" . {key}" * dots + " = 1"
    if is_read:
        assert parse_toml(text, "a.toml", "another")
        return
    with pytest.raises(DataError, match=r"a\.toml is not a TOML file: a key has more than 100 parts"):
        parse_toml(text, "a.toml", "another")


def test_sentences_are_no_long_keys(tmp_path):
    text = "One. Two. Three. " * 20 + "... and so on, e.g. 1.2.3.4.5.6"
    (tmp_path / "a.toml").write_text(f"a = {json.dumps(text)}\n")
    assert read_toml(tmp_path / "a.toml", "a file", "another") == {"a": text}
