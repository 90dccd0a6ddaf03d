"""A language is one file, built in or given by a path: complete if built in, else English for missing texts."""

from __future__ import annotations

import json
import tomllib
import warnings

import pytest

import rfm
from clv._backtests.baselines import BASELINES
from clv._checks.check import CHECKS
from clv._report.language import Language, built_in_languages, english_file
from clv._report.page_words import FOLDER, flatten
from clv._report.report import compose  # its pictures and sentences have words to be complete
from rfm._words import declared, fields_of

assert compose


@pytest.fixture
def write(tmp_path):
    def written(text, name="fr.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("name", [name for name in built_in_languages() if name != "en"])
def test_a_built_in_language_has_every_text_and_no_other(name):
    texts = flatten(tomllib.loads(FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")))
    english = declared()
    assert sorted(english.keys() - texts.keys()) == []
    assert sorted(texts.keys() - english.keys()) == []
    lost = {key for key, text in texts.items() if fields_of(text) != fields_of(english[key])}
    assert sorted(lost) == []
    assert Language.load(name) == Language(name, texts)


def test_english_is_what_the_code_says():
    english = Language.load("en")
    assert english.texts == {}
    assert (english("Two words."), english.value("audit.rule", "net")) == ("Two words.", "net")


def test_languages_are_those_of_the_folder():
    assert built_in_languages() == ["en", "zh-Hans", "zh-Hant"]
    files = {file.name for file in FOLDER.iterdir()}
    assert {f"{name}.toml" for name in built_in_languages()} == files


def test_the_words_of_other_files_are_among_the_keys():
    english = declared()
    assert len({function.__module__ for function in CHECKS}) == len(
        [key for key in english if key.startswith("checks.") and key.endswith(".check")]
    )
    assert {f"backtest.model.{name}" for name in BASELINES} <= english.keys()
    for picture in ("treemap", "heatmap", "matrices", "decile_calibration"):
        assert any(key.startswith(f"pictures.{picture}.") for key in english)


def test_the_english_file_is_a_whole_language_file(write):
    path = write(english_file())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        language = Language.load(path)
    assert language.code == "fr"
    assert language.texts == declared()
    assert Language.load(str(path)) == language


def test_what_a_file_lacks_is_english_and_said_once(write):
    path = write('[page]\ntitle = "Clients"\n[page.cards]\nspent = "dépensé"\n')
    with pytest.warns(rfm.DataWarning) as caught:
        language = Language.load(path)
    [warning] = caught
    result = str(warning.message)
    assert f"fr.toml lacks {len(declared()) - 1} of {len(declared())} texts, which stay English" in result
    assert "has unknown keys (page.cards.spent; page.cards.spent is near page.cards.spend)" in result
    assert result.endswith("Hint: `rfm-clv words` prints all keys with their English.")
    assert language.texts["page.title"] == "Clients"


@pytest.mark.parametrize(("count", "said"), [(3, "(b1, b2, b3)"), (4, "(b1, b2, b3, …)")])
def test_three_keys_are_named_and_more_are_not(write, count, said):
    english = declared()
    whole = "\n".join(
        f"{json.dumps(key.split('.'))[1:-1].replace(', ', '.')} = {json.dumps(text)}"
        for key, text in english.items()
    )
    strange = "\n".join(f'b{number} = ""' for number in range(1, count + 1))
    with pytest.warns(rfm.DataWarning) as caught:
        Language.load(write(f"{strange}\n{whole}"))
    assert f"has unknown keys {said}" in str(caught[0].message)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (
            '[page]\ntitle = "{who}"',
            r"fr\.toml: page\.title has an unknown field \{who\}.* Hint: the fields are nothing",
        ),
        (
            '[page]\nsubtitle = "{rows.real}"',
            r"page\.subtitle cannot be filled in: \{rows\.real\} is not a plain name",
        ),
        ('[page]\nsubtitle = "{rows:>9}"', "is not a plain name"),
        ('[page]\nsubtitle = "{rows"', "cannot be filled in"),
        ("[page]\ntitle = 3", r"page\.title must be text; got 3. Hint: in English it is 'Customers"),
        ("[page", r"fr\.toml is not a TOML file: "),
    ],
)
def test_what_cannot_be_filled_in_is_refused(write, text, result):
    with pytest.raises(rfm.DataError, match=result):
        Language.load(write(text))


@pytest.mark.parametrize(
    ("language", "result"),
    [
        ("tlh", r"No words in language 'tlh'\. Hint: choose one of en, zh-Hans, zh-Hant, or give the path"),
        ("", "No words in language ''"),
        (None, "language must be the path of a file; got None"),
        ("no/such.toml", "No file 'no/such.toml'"),
    ],
)
def test_no_language_is_refused_with_those_there_are(language, result):
    with pytest.raises(rfm.DataError, match=result):
        Language.load(language)


def test_a_file_is_named_after_its_language(write):
    with pytest.raises(rfm.DataError, match=r"named after its language; got 'my words\.toml'. Hint: fr"):
        Language.load(write(english_file(), "my words.toml"))
