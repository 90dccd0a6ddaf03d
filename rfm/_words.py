"""Messages with keys: English in the code, translations under the same keys."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

from rfm._options import received, text_by_text
from rfm.errors import DataError

__all__ = [
    "JOINS",
    "Joined",
    "Message",
    "Words",
    "check_fields",
    "declare",
    "declared",
    "fields_of",
    "is_translated",
    "joined",
    "translate",
]


class Message(str):
    """An English text with its key and the values filled in, so that it can be translated.

    Otherwise it is a `str`: it compares, prints and is written as its English text. `Words` make them.
    """

    key: str
    values: Mapping[str, str]

    def __new__(cls, text: str, key: str, values: Mapping[str, str]) -> Self:
        message = super().__new__(cls, text)
        message.key, message.values = key, values
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.key, dict(self.values))


class Joined(str):
    """Concatenated texts, with the separator under a key of `JOINS`; `joined` makes them."""

    parts: tuple[str, ...]
    key: str

    def __new__(cls, parts: Iterable[str], key: str) -> Self:
        parts = tuple(parts)
        text = super().__new__(cls, JOINS.english[key].join(parts))
        text.parts, text.key = parts, f"{JOINS.name}.{key}"
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.parts, self.key.removeprefix(f"{JOINS.name}."))


@dataclass(frozen=True)
class Words:
    """Templates under keys, used by one part of the code.

    Parameters
    ----------
    name : str
        Prefix of the keys in a language file: "pictures.treemap".
    english : mapping of str to str
        Templates by key; "{names}" in braces are replaced by texts.

    Examples
    --------
    >>> words = Words("example", {"found": "{count} of {all} customers"})
    >>> found = words("found", count="3", all="1,200")
    >>> found, found.key
    ('3 of 1,200 customers', 'example.found')
    >>> translate(found, {"example.found": "{all} 位顧客之中的 {count} 位"})
    '1,200 位顧客之中的 3 位'
    """

    name: str
    english: Mapping[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "english", MappingProxyType(dict(self.english)))

    def __call__(self, key: str, /, **values: str) -> Message:
        """The text under a key, filled in."""
        return Message(self.english[key].format(**values), f"{self.name}.{key}", values)

    def counted(self, number: float, shown: str, key: str = "customers", **values: str) -> Message:
        """The text under `key` with "{n}" filled in; for exactly one, that under `key` and "_one"."""
        return self(f"{key}_one" if number == 1 else key, n=shown, **values)

    @property
    def templates(self) -> dict[str, str]:
        """The templates by full key, as in a language file."""
        return {f"{self.name}.{key}": text for key, text in self.english.items()}

    def over(self, words: Mapping[str, str] | None) -> Words:
        """The same words with those given in place of the English ones.

        Raises
        ------
        DataError
            If they do not map text to text, there is no such key, or a text has an unknown field.
        """
        given = {} if words is None else text_by_text("words", words, 'words={"nobody": "personne"}')
        if strange := sorted(map(str, given.keys() - self.english.keys())):
            raise DataError(
                f"words: no text has the key {strange[0]!r}. Hint: the keys are {', '.join(self.english)}."
            )
        for key, text in given.items():
            check_fields(f"words[{key!r}]", text, self.english[key])
        return Words(self.name, {**self.english, **given})


def fields_of(template: str) -> set[str]:
    """The fields of a template.

    Raises
    ------
    ValueError
        If it is not a template, or its fields are not plain names.

    Examples
    --------
    >>> sorted(fields_of("{count} of {all}"))
    ['all', 'count']
    """
    found = set()
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"{{{name}}} is not a plain name")
        found.add(name)
    return found


def check_fields(where: str, text: Any, english: str) -> None:
    """Raise DataError unless a text has only the fields of the English one."""
    known = fields_of(english)
    listed = ", ".join(f"{{{name}}}" for name in sorted(known)) or "nothing"
    if not isinstance(text, str):
        raise DataError(f"{where} must be text; got {received(text)}. Hint: in English it is {english!r}.")
    try:
        strange = fields_of(text) - known
    except ValueError as error:
        raise DataError(
            f"{where} cannot be filled in: {error}; got {text!r}. Hint: the fields are {listed}; "
            "literal braces are written twice."
        ) from None
    if strange:
        raise DataError(
            f"{where} has an unknown field {{{sorted(strange)[0]}}}; got {text!r}. Hint: the fields are {listed}."
        )


def translate(text: str, templates: Mapping[str, str]) -> str:
    """A text in another language; English if the templates do not have its key; unchanged if it has no key."""
    if isinstance(text, Joined):
        between = templates.get(text.key, JOINS.templates[text.key])
        return between.join(translate(part, templates) for part in text.parts)
    if isinstance(text, Message) and text.key in templates:
        values = {name: translate(value, templates) for name, value in text.values.items()}
        return templates[text.key].format(**values)
    return str(text)


def is_translated(text: str, templates: Mapping[str, str]) -> bool:
    """Whether the templates have the key of a text, or of all its parts."""
    if isinstance(text, Joined):
        return all(is_translated(part, templates) for part in text.parts)
    return isinstance(text, Message) and text.key in templates


def joined(key: str, parts: Sequence[str]) -> str:
    """Texts concatenated; a single one unchanged.

    Examples
    --------
    >>> joined("and", ["the first", "the second"])
    'the first and the second'
    """
    return parts[0] if len(parts) == 1 else Joined(parts, key)


_DECLARED: dict[str, Words] = {}


def declare(name: str, english: Mapping[str, str]) -> Words:
    """Declare words that a language file must have; each name is declared once, by the module that uses it."""
    known = _DECLARED.setdefault(name, Words(name, english))
    if known.english != english:
        raise ValueError(f"Words of the name {name!r} are declared already.")
    return known


def declared() -> dict[str, str]:
    """The English templates of all declared words, by full key."""
    return {key: text for words in _DECLARED.values() for key, text in words.templates.items()}


# Separators of sentences and of the members of a list.
JOINS: Final = declare(
    "joins", {"sentences": " ", "list": ", ", "and": " and ", "examples": "; ", "product": " × "}
)
