"""Files that this library wrote, or a person wrote for it, read with limits: a damaged or hostile one is refused."""

from __future__ import annotations

import json
import os
import re
import reprlib
import stat
import tomllib
from collections import Counter
from typing import Any, Final, NoReturn

from rfm._options import file_path
from rfm.errors import DataError

__all__ = ["LARGEST_TEXT", "LARGEST_TOML", "parse_toml", "read_json", "read_text", "read_toml"]

LARGEST_TEXT: Final = 16 * 2**20
"""Largest file of a model, scorer or customer base's description that is read, in bytes."""

LARGEST_TOML: Final = 2**19
"""Largest scheme or language file that is read, in bytes."""

KEY_PARTS: Final = 100
"""Most parts of a dotted TOML key: the time to read one grows with the square of their number."""

_PART: Final = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY: Final = re.compile(rf"(?<![\w-]){_PART}(?:\.[ \t]*+{_PART}){{{KEY_PARTS}}}")

_NOT_WAITING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


def read_text(
    path: str | os.PathLike[str],
    what: str,
    hint: str,
    error: type[DataError] = DataError,
    largest: int = LARGEST_TEXT,
) -> str:
    """The text of a file.

    Parameters
    ----------
    path : str or PathLike
        The file; a folder, a pipe or a device is refused at once.
    what : str
        What it holds, for messages: "a saved scorer".
    hint : str
        The next step, without its full stop.
    error : type
        Error class of the step.
    largest : int
        Bytes that are read at most.

    Returns
    -------
    str
        Without a byte order mark.

    Raises
    ------
    DataError
        Or the given `error`: if there is no such file, it cannot be read, is too large, or is no UTF-8 text.

    Examples
    --------
    >>> read_text("/no/such/file.json", "a saved scorer", "write one with scorer.save(path)")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: No file '/no/such/file.json'. Hint: write one with scorer.save(path).
    """
    source = file_path(path, hint, error)
    try:
        content = _content(source, largest)
    except (FileNotFoundError, NotADirectoryError):
        raise error(f"No file {str(source)!r}. Hint: {hint}.") from None
    except OSError as reason:
        raise error(f"{source} cannot be read: {reason.strerror or reason}. Hint: {hint}.") from reason
    if len(content) > largest:
        raise error(f"{source} is not {what}: it has more than {_size(largest)}. Hint: {hint}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise error(f"{source} is not {what}: it is not text in UTF-8. Hint: {hint}.") from reason


def _content(path: os.PathLike[str], largest: int) -> bytes:
    """The bytes of an ordinary file, one more than the largest if it has more; what is none is never waited for."""
    with os.fdopen(os.open(path, os.O_RDONLY | _NOT_WAITING), "rb") as opened:
        kind = os.fstat(opened.fileno()).st_mode
        if not stat.S_ISREG(kind):
            raise OSError(f"it is {'a folder' if stat.S_ISDIR(kind) else 'no ordinary file'}")
        return opened.read(largest + 1)


def _size(count: int) -> str:
    return f"{count // 2**20} MB" if count >= 2**20 else f"{count // 2**10} KB"


def read_json(path: str | os.PathLike[str], what: str, hint: str, error: type[DataError] = DataError) -> Any:
    """The content of a JSON file, read strictly: no key twice, no NaN or infinity.

    Raises
    ------
    DataError
        Or the given `error`: see `read_text`; or if it is not JSON, or nested too deeply.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "a.json")
    >>> _ = file.write_text('{"a": 1, "a": 2}')
    >>> read_json(file, "a saved scorer", "write one with scorer.save(path)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: ...a.json is not a saved scorer: the key 'a' is there twice. Hint: write one with ...
    """
    text = read_text(path, what, hint, error)
    try:
        return json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_refuse_constant)
    except RecursionError:
        raise error(f"{path} is not {what}: it is nested too deeply. Hint: {hint}.") from None
    except ValueError as reason:
        raise error(f"{path} is not {what}: {reason}. Hint: {hint}.") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"the key {reprlib.repr(twice)} is there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def read_toml(
    path: str | os.PathLike[str], what: str, hint: str, error: type[DataError] = DataError
) -> dict[str, Any]:
    """The content of a TOML file of at most 512 KB.

    Raises
    ------
    DataError
        Or the given `error`: see `read_text`; or if it is not TOML, or nested too deeply.
    """
    return parse_toml(read_text(path, what, hint, error, LARGEST_TOML), str(path), hint, error)


def parse_toml(text: str, name: str, hint: str, error: type[DataError] = DataError) -> dict[str, Any]:
    """The content of a TOML text.

    Examples
    --------
    >>> parse_toml("bins = 5", "a.toml", "see the docs")
    {'bins': 5}
    >>> parse_toml("bins 5", "a.toml", "see the docs")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: a.toml is not a TOML file: Expected '=' after a key in a key/value pair (at line 1, column 6).
    Hint: see the docs.
    """
    if _LONG_KEY.search(text):
        raise error(f"{name} is not a TOML file: a key has more than {KEY_PARTS} parts. Hint: {hint}.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise error(f"{name} is not a TOML file: it is nested too deeply. Hint: {hint}.") from None
    except ValueError as reason:  # TOMLDecodeError, or an integer of thousands of digits
        raise error(f"{name} is not a TOML file: {reason}. Hint: {hint}.") from None
