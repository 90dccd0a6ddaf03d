"""The encoding of a text file: what its bytes can be, as a whole, and what they most likely are."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Final

from charset_normalizer import from_bytes

from clv._files.characters import likelihood
from clv._files.column_words import PART_WORDS, plain_names
from rfm._options import received
from rfm.errors import DataError

__all__ = ["Encoding", "detect_encoding", "encoding_title", "given_encoding"]

CHUNK: Final = 1 << 20
SAMPLE: Final = 1 << 16  # bytes of lines outside ASCII by which encodings are compared
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES: Final = ("cp950", "gb18030", "cp932", "cp949", "cp1252", "cp1250")
WIDER: Final = {"cp950": "big5hkscs", "cp1252": "latin-1", "cp932": "shift_jisx0213"}
# As browsers do, a name stands for what Windows writes under it.
MEANT: Final = {
    "big5": "cp950",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
}
TITLES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp950": "Big5 (CP950)",
    "big5hkscs": "Big5-HKSCS",
    "gb18030": "GB18030",
    "cp932": "Shift-JIS (CP932)",
    "cp949": "Korean (CP949)",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "latin-1": "Latin-1",
}
CLEAR: Final = 0.3  # the likelihood of what is no accident
CLOSE: Final = 0.15
NAMED: Final = 0.5  # what a column name that is known, and not in ASCII, adds
SEPARATORS: Final = str.maketrans(dict.fromkeys(",;\t|", "\n"))
NUL_SHARE: Final = 0.2
FEWEST: Final = 4  # NUL bytes of a header in UTF-16: two separators and a line end
TOLERATED: Final = 20  # characters of UTF-8 for each bad byte, from which on the file is UTF-8 with bad bytes

Opened = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class Encoding:
    """What was found.

    Parameters
    ----------
    name : str
        As Python calls it; every byte of the file decodes by it.
    rival : str, optional
        Another by which the file decodes and reads about as well.
    example, rival_example : str
        A text of the file as each reads it.
    """

    name: str
    rival: str | None = None
    example: str = ""
    rival_example: str = ""


@dataclass
class _Pass:
    """One decoding of the whole file: where it failed, and lines that are not in ASCII."""

    bad_line: int | None = None
    bad_byte: int = 0
    nul_line: int | None = None


def encoding_title(name: str) -> str:
    """The encoding as people call it.

    Examples
    --------
    >>> encoding_title("cp950"), encoding_title("koi8-r")
    ('Big5 (CP950)', 'koi8-r')
    """
    return TITLES.get(name, name)


def given_encoding(opened: Opened, name: str, file: str) -> Encoding:
    """The encoding that was asked for, checked over the whole file.

    Parameters
    ----------
    opened : callable
        Opens the file's bytes.
    name : str
        A name that Python knows.
    file : str
        The file's name, for messages.

    Returns
    -------
    Encoding
        "big5", "gb2312", "shift_jis", "euc-kr" and "latin-1" mean what Windows writes under these names.

    Raises
    ------
    DataError
        If a byte cannot be decoded: its line is named.
    """
    with opened() as stream:
        start = stream.read(4)
    plain = codecs.lookup(name).name
    meant = MEANT.get(plain, plain)
    if meant == "utf-8" and start.startswith(codecs.BOM_UTF8):
        meant = "utf-8-sig"
    elif meant == "utf-16" and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        meant = "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    for each in (meant, *([WIDER[meant]] if meant in WIDER and meant != plain else [])):
        done = _decode(opened, each)
        if done.bad_line is None:
            return Encoding(each)
    first = _decode(opened, meant)
    raise DataError(
        f"{file} is not text in {received(name)}: byte {first.bad_byte:#04x} in line {first.bad_line:,} cannot be "
        "decoded. Hint: leave out --encoding, or correct that line."
    )


def detect_encoding(opened: Opened, file: str) -> Encoding:
    """The encoding of a text file, under which all its bytes decode.

    UTF-8 is tried first, as almost no other text is valid UTF-8. Otherwise the encodings of East Asia and Western and
    Central Europe are compared by how common their characters are, and by column names that are known.

    Parameters
    ----------
    opened : callable
        Opens the file's bytes.
    file : str
        The file's name, for messages.

    Returns
    -------
    Encoding

    Raises
    ------
    DataError
        If the file holds NUL bytes, or a byte that its likely encoding does not have: the line is named.
    """
    with opened() as stream:
        start = stream.read(SAMPLE)
    for mark, name in MARKS:
        if start.startswith(mark):
            return _checked(opened, name, file)
    if (wide := _wide(start)) is not None:
        return _checked(opened, wide, file)
    sample = _Sample()
    done = _decode(opened, "utf-8", sample)
    if done.nul_line is not None:
        raise _no_text(file, f"line {done.nul_line:,} holds a NUL byte, so it is no text")
    if done.bad_line is None:
        return Encoding("utf-8")
    return _legacy(opened, file, sample, done)


def _checked(opened: Opened, name: str, file: str) -> Encoding:
    """An encoding that the beginning of the file shows.

    Raises
    ------
    DataError
    """
    done = _decode(opened, name)
    if done.bad_line is not None:
        raise _bad_byte(file, name, done)
    if done.nul_line is not None:
        raise _no_text(file, f"line {done.nul_line:,} holds a NUL character, so it is no text")
    return Encoding(name)


def _legacy(opened: Opened, file: str, sample: _Sample, utf8: _Pass) -> Encoding:
    """The most likely of the encodings that are not Unicode's.

    Raises
    ------
    DataError
    """
    if sample.valid >= TOLERATED * max(sample.invalid, 1):
        raise _bad_byte(file, "utf-8", utf8)
    scores = _scores(bytes(sample.lines))
    if sample.valid and max(scores.values(), default=0.0) < CLEAR:
        raise _bad_byte(file, "utf-8", utf8)
    ranked = sorted(scores, key=lambda name: (-scores[name], CANDIDATES.index(name)))
    failed: tuple[str, _Pass] | None = None
    for place, name in enumerate(ranked):
        if failed is not None and scores[name] < min(CLEAR, scores[failed[0]] - CLOSE):
            break
        for each in (name, *([WIDER[name]] if name in WIDER else [])):
            done = _decode(opened, each)
            if done.bad_line is None and done.nul_line is None:
                return _with_rival(each, ranked[place + 1 :], scores, scores[name], bytes(sample.lines))
            failed = failed or (name, done)
    if failed is None:
        raise _bad_byte(file, "utf-8", utf8)
    raise _bad_byte(file, *failed)


def _scores(sample: bytes) -> dict[str, float]:
    """How likely each encoding is for these lines; without those that cannot decode most of them."""
    scores = {}
    for name in CANDIDATES:
        text = min((sample.decode(each, "replace") for each in (name, WIDER.get(name, name))), key=_wrong)
        if _wrong(text) * TOLERATED > sum(char >= "\x80" for char in text):
            continue
        scores[name] = likelihood(text.replace("\ufffd", ""), name) + NAMED * min(_known(text), 3)
    if "cp1250" in scores and scores["cp1250"] <= scores.get("cp1252", -9.0) + CLOSE:
        del scores["cp1250"]  # the two share most letters
    ranked = sorted(scores.values(), reverse=True)
    if len(ranked) > 1 and ranked[0] - ranked[1] < CLOSE:
        _settle(scores, sample)
    return scores


def _wrong(text: str) -> int:
    """How many bytes could not be decoded."""
    return text.count("\ufffd")


def _settle(scores: dict[str, float], sample: bytes) -> None:
    """Let charset-normalizer decide between encodings that are about equally likely."""
    close = [name for name, score in scores.items() if score > max(scores.values()) - CLOSE]
    best = from_bytes(sample, cp_isolation=close).best()
    if best is not None and best.encoding in scores:
        scores[best.encoding] += CLOSE / 2


def _known(text: str) -> int:
    """How many cells outside ASCII are the name of a part of a log."""
    cells = {cell.strip().strip('"') for cell in text.translate(SEPARATORS).split("\n")[:400]}
    return sum(
        any(
            form in names
            for form in plain_names(cell)
            for words in PART_WORDS.values()
            for names in words.tiers
        )
        for cell in cells
        if cell and len(cell) < 40 and not cell.isascii()
    )


def _with_rival(
    name: str, others: list[str], scores: dict[str, float], score: float, sample: bytes
) -> Encoding:
    """The encoding, and the next likely if it is close and reads something else."""
    for other in others:
        if score - scores[other] < 2 * CLOSE or score < 0:
            here, there = _first_difference(sample.decode(name, "replace"), sample.decode(other, "replace"))
            if here:
                return Encoding(name, other, here, there)
    return Encoding(name)


def _first_difference(here: str, there: str) -> tuple[str, str]:
    """The first cell that two readings of the same bytes do not share."""
    left, right = (reading.translate(SEPARATORS).replace("\r", "\n").split("\n") for reading in (here, there))
    pairs = zip(left, right, strict=False)
    return next(((a.strip('"\r\n')[:40], b.strip('"\r\n')[:40]) for a, b in pairs if a != b), ("", ""))


class _Sample:
    """Lines outside ASCII, of the beginning and around the first bad byte, and how much of them is valid UTF-8."""

    def __init__(self) -> None:
        self.lines = bytearray()
        self._seen: set[bytes] = set()
        self.valid = self.invalid = 0

    def add(self, piece: bytes) -> None:
        """Take the lines of a piece of the file that are not in ASCII."""
        for line in piece.splitlines(keepends=True):
            if line.isascii():
                continue
            text = line.decode("utf-8", "replace")
            self.invalid += _wrong(text)
            self.valid += sum(char >= "\x80" for char in text) - _wrong(text)
            if line not in self._seen:
                self._seen.add(line)
                self.lines += line


def _decode(opened: Opened, name: str, sample: _Sample | None = None) -> _Pass:
    """Decode the whole file in chunks, up to where it fails; where it has a NUL."""
    done, lines = _Pass(), 1
    decoder = codecs.getincrementaldecoder(name)("strict")
    for chunk, last in _chunks(opened):
        if sample is not None and not sample.lines and not chunk.isascii():
            sample.add(_around(chunk, next(at for at, byte in enumerate(chunk) if byte >= 0x80)))
        try:
            text = decoder.decode(chunk, last)
        except UnicodeDecodeError as error:
            if sample is not None:
                sample.add(_around(error.object, error.start))
            before = error.object[: error.start].decode(name, "ignore")
            done.bad_line, done.bad_byte = lines + before.count("\n"), error.object[error.start]
            return done
        if done.nul_line is None and "\0" in text:
            done.nul_line = lines + text[: text.index("\0")].count("\n")
        lines += text.count("\n")
    return done


def _around(chunk: bytes, place: int) -> bytes:
    """Whole lines of a chunk, from some before a place to many behind it."""
    start = chunk.rfind(b"\n", 0, max(place - SAMPLE // 4, 0)) + 1
    end = chunk.rfind(b"\n", place, start + SAMPLE) + 1
    return chunk[start : end or start + SAMPLE]


def _chunks(opened: Opened) -> Iterator[tuple[bytes, bool]]:
    """Pieces of the file, and whether each is the last."""
    with opened() as stream:
        chunk = stream.read(CHUNK)
        while chunk:
            following = stream.read(CHUNK)
            yield chunk, not following
            chunk = following


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its digits, separators and line ends is NUL."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = max(len(start) // 2, 1)
    if max(even, odd) < FEWEST:
        return None
    if odd > NUL_SHARE * half and even < odd / 10:
        return "utf-16-le"
    if even > NUL_SHARE * half and odd < even / 10:
        return "utf-16-be"
    return None


def _bad_byte(file: str, name: str, done: _Pass) -> DataError:
    return DataError(
        f"{file} cannot be read: it is {encoding_title(name)} but for byte {done.bad_byte:#04x} in line "
        f"{done.bad_line:,}. Hint: correct that line, or name the encoding with --encoding, such as cp950, gb18030 or "
        "cp1252."
    )


def _no_text(file: str, fact: str) -> DataError:
    ending = "".join(f".{part}" for part in file.split(".")[1:][-2:])
    return DataError(f"{file} cannot be read: {fact}. Hint: is it really a {ending} file, and is it whole?")
