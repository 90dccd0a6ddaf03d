"""A failing case made small: fewer rows, then plainer values, as long as it still fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from benchmarks.fuzzing.cases import BrokenLawError, Case, check
from benchmarks.fuzzing.logs import Options

__all__ = ["shrunk"]


def shrunk(case: Case, seconds: float) -> Case:
    """The smallest case found within a time; every change that keeps the failure is kept."""
    deadline = time.monotonic() + seconds

    def still_fails(other: Case) -> bool:
        try:
            check(other)
        except BrokenLawError:
            return True
        return False

    smaller = True
    while smaller and time.monotonic() < deadline:
        smaller = False
        for candidates in (_fewer_rows, _plainer_options, _plainer_values):
            case, found = _descend(case, candidates, still_fails, deadline)
            smaller |= found
    return case


def _descend(
    case: Case, candidates: Callable[[Case], Iterator[Case]], fails: Callable[[Case], bool], deadline: float
) -> tuple[Case, bool]:
    found = True
    ever = False
    while found:
        found = False
        for other in candidates(case):
            if time.monotonic() > deadline:
                return case, ever
            if fails(other):
                case, found, ever = other, True, True
                break
    return case, ever


def _fewer_rows(case: Case) -> Iterator[Case]:
    size = len(case.rows) // 2
    while size:
        for start in range(0, len(case.rows), size):
            yield replace(case, rows=case.rows[:start] + case.rows[start + size :])
        size //= 2


def _plainer_options(case: Case) -> Iterator[Case]:
    for one in fields(Options):
        if getattr(case.options, one.name) != one.default:
            yield replace(case, options=replace(case.options, **{one.name: one.default}))
    if case.engine != "pandas":
        yield replace(case, engine="pandas")


def _plainer_values(case: Case) -> Iterator[Case]:
    plain: tuple[tuple[Any, ...], ...] = (("ann", "bob"), ("2024-01-01",), (1.0,), (None,))
    for at, row in enumerate(case.rows):
        for place, values in enumerate(plain):
            for value in values:
                if row[place] == value:
                    break
                if row[place] is not None and not (place == 0 and not isinstance(row[0], str)):
                    other = (*row[:place], value, *row[place + 1 :])
                    yield replace(case, rows=(*case.rows[:at], other, *case.rows[at + 1 :]))
