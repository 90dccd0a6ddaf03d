"""One case: a log, a law and a public function; whether the law holds."""

from __future__ import annotations

import traceback
import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import rfm
from benchmarks.fuzzing.answers import Answer, Refusal, difference, without_order
from benchmarks.fuzzing.faces import FACES, Face
from benchmarks.fuzzing.laws import LAWS, Question, Variant, transactions
from benchmarks.fuzzing.logs import Options, Row

__all__ = ["BrokenLawError", "Case", "Outcome", "check"]

LONGEST_MESSAGE = 1_000


class BrokenLawError(AssertionError):
    """A law that does not hold, or an error that is not the library's own."""


@dataclass(frozen=True)
class Case:
    """What is needed to ask again: `seed` is of the law's own choices, such as the new order of the rows."""

    law: str
    face: str
    rows: tuple[Row, ...]
    options: Options = field(default_factory=Options)
    engine: str = "pandas"
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """How many variants were compared, and how many of these were refusals on both sides."""

    compared: int
    refused: int


def check(case: Case) -> Outcome:
    """Compare the answers.

    Raises
    ------
    BrokenLawError
        Where the law does not hold.
    """
    face = FACES[case.face]
    question = Question(case.rows, case.options)
    compared = refused = 0
    if case.law in face.unstated_laws:
        return Outcome(0, 0)
    answers: dict[Question, Answer | Refusal] = {}
    for variant in LAWS[case.law](face, question, np.random.default_rng(case.seed), case.engine):
        first = Question(case.rows, _first_options(case, variant))
        if first not in answers:
            answers[first] = _asked(face, first)
        known, found = answers[first], _asked(face, variant.question, variant)
        compared += 1
        if isinstance(known, Refusal) or isinstance(found, Refusal):
            refused += 1
            _compare_refusals(known, found, variant)
        else:
            _compare(face, case.law, variant, known, found)
    return Outcome(compared, refused)


def _first_options(case: Case, variant: Variant) -> Options:
    """The options of the question itself: those of the variant, but for what the law changed."""
    if case.law in ("doubled", "later", "pieces"):
        return replace(variant.question.options, twins=1)
    return case.options


def _asked(face: Face, question: Question, variant: Variant | None = None) -> Answer | Refusal:
    """The answer, or the library's refusal; any other error is a violation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if question.form.engine in ("pandas", "polars", "pyarrow"):
            warnings.simplefilter("error", RuntimeWarning)
        try:
            if variant is not None and variant.ask is not None:
                return variant.ask(question)
            return face.ask(transactions(question), question.options)
        except rfm.DataError as error:
            text = str(error)
            if not text.isprintable() or len(text) > LONGEST_MESSAGE:
                raise BrokenLawError(
                    f"{face.name} on {question.form}: a message of several lines: {text!r}"
                ) from error
            return Refusal(type(error).__name__, text)
        except Exception as error:
            raise BrokenLawError(f"{face.name} on {question.form}: {_told(error)}") from error


def _told(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/site-packages/" not in frame.filename]
    where = [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in ours]
    return f"{type(error).__name__}: {str(error)[:300]} at {' > '.join(where[-3:])}"


def _compare_refusals(known: Any, found: Any, variant: Variant) -> None:
    kinds = [one.kind if isinstance(one, Refusal) else None for one in (known, found)]
    if kinds[0] != kinds[1]:
        told = [
            f"{one.kind}: {one.text}" if isinstance(one, Refusal) else "an answer" for one in (known, found)
        ]
        raise BrokenLawError(f"{variant.question.form}: {told[1]} instead of {told[0]}")


def _compare(face: Face, law: str, variant: Variant, known: Answer, found: Answer) -> None:
    expected = variant.expected(face, known)
    if list(found) != list(expected):
        raise BrokenLawError(f"{variant.question.form}: tables {list(found)} instead of {list(expected)}")
    hidden = face.unstated.get(law, frozenset())
    lazy = variant.question.form.engine not in ("pandas", "pandas-arrow", "polars", "pyarrow")
    for name, table in expected.items():
        if name in hidden:
            continue
        tables = [
            {column: values for column, values in one.items() if column not in hidden}
            for one in (found[name], table)
        ]
        # PyArrow's segments are texts: few of them may be those of several schemes, in the order of the first.
        named = variant.question.form.engine == "pyarrow" and any("segment" in column for column in table)
        if lazy or named or not variant.ordered:
            tables = [without_order(one) for one in tables]
        if told := difference(*tables, variant.rtol, variant.atol):
            raise BrokenLawError(f"{name} of {face.name}, {law}, on {variant.question.form}: {told}")
