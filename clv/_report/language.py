"""A language of the report: one TOML file with the texts under the keys of the English ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final

from clv._contacts import reasons  # noqa: F401  # whose words a language file has too
from clv._report.page_words import FOLDER, flatten
from rfm._issuing import warn
from rfm._loaded_files import parse_toml, read_toml
from rfm._options import file_path
from rfm._words import check_fields, declared, translate
from rfm.errors import DataError

__all__ = ["Language", "built_in_languages", "english_file"]

CODE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)  # keys that TOML takes without quotes
SHOWN: Final = 3  # largest number of keys in a message


@dataclass(frozen=True)
class Language:
    """Texts by key, and the language's code as in HTML and segment schemes.

    Parameters
    ----------
    code : str
        "en", "zh-Hant", "fr", …
    texts : mapping of str to str
        By full key, such as "page.title"; what is missing is in English.
    """

    code: str
    texts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def load(cls, language: str | PathLike[str]) -> Language:
        """A built-in language by its name, or one from a file by its path.

        Parameters
        ----------
        language : str or path
            A name among `built_in_languages`, or the path of a TOML file that is named after its language, such as
            "fr.toml".

        Raises
        ------
        DataError
            If there is no such language or file, the file is not TOML, or a text has a field that its sentence does not
            have.

        Warns
        -----
        DataWarning
            Once, if a user's file lacks texts, which are then English, or has unknown keys.
        """
        if isinstance(language, str) and not _is_path(language):
            return _built_in(language)
        return _of_file(file_path(language, _choices_hint(), name="language"))

    def __call__(self, text: str) -> str:
        """A text in this language; see `rfm._words.translate`."""
        return translate(text, self.texts)

    def value(self, kind: str, name: str) -> str:
        """A name from a closed list in a table's column, such as a rule of the audit."""
        return self.texts.get(f"{kind}.{name}", name)

    def of(self, name: str) -> dict[str, str]:
        """The texts of one part of the code by their short keys, as plots take them."""
        start = f"{name}."
        return {key.removeprefix(start): text for key, text in self.texts.items() if key.startswith(start)}

    @property
    def is_simplified(self) -> bool:
        """Whether Chinese characters are written as in mainland China."""
        return self.code.startswith(("zh-Hans", "zh-CN", "zh-SG"))


def built_in_languages() -> list[str]:
    """The names of the languages whose files lie in the folder, English first."""
    names = sorted(
        file.name.removesuffix(".toml") for file in FOLDER.iterdir() if file.name.endswith(".toml")
    )
    return sorted(names, key=lambda name: name != "en")


def english_file() -> str:
    """All English texts as a language file: the template for a translation."""
    tables: dict[str, list[str]] = {}
    for key, text in declared().items():
        table, _, name = key.rpartition(".")
        tables.setdefault(table, []).append(
            f"{name if BARE.fullmatch(name) else _quoted(name)} = {_quoted(text)}"
        )
    parts = ["# The words of a report: translate the right-hand sides; braces are filled in."]
    parts += ["\n".join([f"[{table}]", *lines]) for table, lines in tables.items()]
    return "\n\n".join(parts) + "\n"


def _is_path(language: str) -> bool:
    return language.endswith(".toml") or "/" in language or "\\" in language


def _choices() -> str:
    return (
        f"Hint: choose one of {', '.join(built_in_languages())}, or give the path of your own language file "
        "(`rfm-clv words` prints one to translate)."
    )


def _choices_hint() -> str:
    return _choices().removeprefix("Hint: ").rstrip(".")


def _built_in(name: str) -> Language:
    if name not in built_in_languages():
        raise DataError(f"No words in language {name!r}. {_choices()}")
    if name == "en":
        return Language(name)
    text = FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Language(name, _texts(name, parse_toml(text, name, _choices_hint())))


def _of_file(path: Path) -> Language:
    table = read_toml(path, "a language file", _choices_hint())
    if not CODE.fullmatch(path.stem):
        raise DataError(
            f"A language file must be named after its language; got {path.name!r}. Hint: fr.toml or pt-BR.toml, "
            "which is also the key of a scheme's labels."
        )
    texts, english = _texts(path.name, table), declared()
    notes = []
    if missing := [key for key in english if key not in texts]:
        notes.append(f"lacks {len(missing)} of {len(english)} texts, which stay English ({_some(missing)})")
    if strange := [key for key in texts if key not in english]:
        near = difflib.get_close_matches(strange[0], english, n=1)
        meant = f"; {strange[0]} is near {near[0]}" if near else ""
        notes.append(f"has unknown keys ({_some(strange)}{meant})")
    if notes:
        warn(
            f"{path.name} {' and '.join(notes)}. Hint: `rfm-clv words` prints all keys with their English.",
        )
    return Language(path.stem, texts)


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:SHOWN]) + (", …" if len(keys) > SHOWN else "")


def _texts(name: str, table: dict[str, Any]) -> dict[str, str]:
    """The texts of a language file, each with no other fields than its English one."""
    try:
        texts = flatten(table)
    except RecursionError:
        raise DataError(f"{name} is no language file: it is nested too deeply. {_choices()}") from None
    english: dict[str, Any] = declared()
    for key in texts.keys() & english.keys():
        check_fields(f"{name}: {key}", texts[key], english[key])
    return texts


def _quoted(text: str) -> str:
    """A text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
