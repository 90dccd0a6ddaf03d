"""The fuzz of `python -m benchmarks.fuzz` finds faults: one is planted for each law, and each column of each answer."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pytest

import rfm
from benchmarks import fuzz
from benchmarks.fuzzing import BrokenLawError, Case, Options, check
from benchmarks.fuzzing.cases import _compare
from benchmarks.fuzzing.faces import FACES
from benchmarks.fuzzing.laws import LAWS, Question, Variant, transactions
from benchmarks.fuzzing.logs import nasty_options, nasty_rows
from benchmarks.fuzzing.shrinking import shrunk
from rfm._customers import customer_base
from rfm._orders import dates, text_numbers

ROWS = (
    ("ann", "2024-01-05", 20.0, "o1"), ("ann", "2024-02-01", 30.0, "o2"), ("bob", "2024-01-07", 5.0, "o3"),
    ("eve", "2024-01-20", 10.0, None), ("eve", "2024-01-20", -4.0, None), ("eve", "2024-03-02", 10.5, "o4"),
    ("kim", "2024-02-02", 60.0, "o5"), ("kim", "2024-02-09", -60.0, "o5"), ("lea", "2024-03-03", 70.25, "o6"),
    ("max", "2024-01-05", -1.0, None), (None, "2024-01-06", 8.0, None), ("bob", None, 8.0, None),
)  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
def test_the_laws_hold_for_an_ordinary_log(law):
    assert check(Case(law, "rfm.summarize", ROWS, engine="polars", seed=1)).compared


def test_every_law_says_something_of_most_functions():
    for name, face in FACES.items():
        assert len(LAWS) - len(face.unstated_laws) >= 8, name
        assert face.unstated_laws <= set(LAWS)


# ------------------------------------------------------------------------------------------- planted faults
# Each fault is one that a change of the library might bring in, and is found by the law it breaks.


def summary_changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any, Any, Any], Any]) -> None:
    """`rfm.summarize` with its answer changed; `change` gets the transactions, the day and the answer."""
    right = rfm.summarize

    def wrong(tx: Any, as_of: Any = None) -> Any:
        frame = nw.from_native(right(tx, as_of))
        return nw.to_native(change(tx, as_of, frame))

    monkeypatch.setattr(rfm, "summarize", wrong)


def plus(frame: Any, column: str, number: Any) -> Any:
    return frame.with_columns(nw.col(column) + number)


def on_polars_one_more(monkeypatch):
    summary_changed(
        monkeypatch, lambda tx, _, frame: plus(frame, "orders", int("polars" in str(type(frame.to_native()))))
    )


def spend_of_the_first_row(monkeypatch):
    summary_changed(monkeypatch, lambda tx, _, frame: plus(frame, "spend", float(tx.ledger["units"][0])))


def days_rounded_to_zero(monkeypatch):
    """Integer division that rounds to zero: the evening of 1969-12-31 is then 1970-01-01."""
    right = dates._tick_days

    def wrong(values: Any) -> Any:
        days = right(values)
        late = (values.astype("datetime64[D]") != values) & (days < 0) & ~np.isnat(values)
        return np.where(late, days + 1, days)

    monkeypatch.setattr(dates, "_tick_days", wrong)


def recency_before_1970(monkeypatch):
    summary_changed(monkeypatch, lambda tx, _, frame: plus(frame, "recency", int(tx.first_day < 0)))


def spend_of_the_last_id(monkeypatch):
    summary_changed(monkeypatch, lambda tx, _, frame: frame.with_columns(
        spend=nw.when(nw.col("customer_id") == nw.col("customer_id").max()).then(0.0).otherwise(nw.col("spend"))
    ))  # fmt: skip


def divided_by_one_less(monkeypatch):
    right = rfm.profile

    def wrong(segmented: Any, scheme: Any) -> Any:
        n = len(segmented)
        return nw.to_native(
            nw.from_native(right(segmented, scheme)).with_columns(nw.col("share") * n / (n + 1))
        )

    monkeypatch.setattr(rfm, "profile", wrong)


def large_amounts_cut(monkeypatch):
    summary_changed(
        monkeypatch, lambda tx, _, frame: frame.with_columns(nw.col("spend").clip(upper_bound=100.0))
    )


def bad_rows_counted(monkeypatch):
    def change(tx: Any, _: Any, frame: Any) -> Any:
        dropped = sum(line.rows for line in tx._audit_lines if line.effect == "dropped")
        return plus(frame, "orders", dropped)

    summary_changed(monkeypatch, change)


def day_forgotten(monkeypatch):
    right = rfm.summarize
    monkeypatch.setattr(rfm, "summarize", lambda tx, as_of=None: right(tx))


def decimal_commas_are_thousands(monkeypatch):
    monkeypatch.setattr(text_numbers, "_has_decimal_comma", lambda texts: False)


def late_rows_taken(monkeypatch):
    """Late rows are added to a state that has closed their day."""
    monkeypatch.setattr(customer_base, "settled", lambda states, *_: states)


PLANTED = {
    "engines": (on_polars_one_more, "rfm.summarize"),
    "shuffled": (spend_of_the_first_row, "rfm.summarize"),
    "written otherwise": (days_rounded_to_zero, "rfm.summarize"),
    "renamed": (spend_of_the_last_id, "rfm.summarize"),
    "shifted": (recency_before_1970, "rfm.summarize"),
    "doubled": (divided_by_one_less, "rfm.profile"),
    "scaled": (large_amounts_cut, "rfm.summarize"),
    "cleaned": (bad_rows_counted, "rfm.summarize"),
    "later": (day_forgotten, "rfm.summarize"),
    "amounts as text": (decimal_commas_are_thousands, "rfm.summarize"),
    "pieces": (late_rows_taken, "rfm.summarize"),
}


def test_a_fault_is_planted_for_each_law():
    assert set(PLANTED) == set(LAWS)


@pytest.mark.nightly
@pytest.mark.parametrize("law", LAWS)
def test_a_planted_fault_is_found(law, monkeypatch):
    """The fuzz itself draws the logs, and finds the fault within a few hundred cases."""
    plant, face = PLANTED[law]
    plan = fuzz.Plan(seed=20, laws=(law,), faces=(face,), engines=())
    cases = [plan.case(number, None) for number in range(300)]
    plant(monkeypatch)
    found = 0
    for case in cases:
        try:
            check(replace(case, engine="pandas"))
        except BrokenLawError:
            found += 1
            break
    assert found, f"{plant.__name__} was not found"


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")
def test_each_column_of_each_answer_is_compared():
    """A change of any value of any column breaks any law that speaks of it."""
    for name in (
        "rfm.summarize",
        "rfm.segment",
        "Scorer",
        "rfm.profile",
        "rfm.trend",
        "rfm.cohorts",
        "clv.summarize",
    ):
        question = Question(ROWS, Options(scheme="value", lapsed_after=30))
        known = FACES[name].ask(transactions(question), question.options)
        for key, table in known.items():
            for column, values in table.items():
                at = next((at for at, value in enumerate(values) if value is not None), None)
                if at is None:
                    continue
                wrong = {
                    **known,
                    key: {**table, column: [*values[:at], changed(values[at]), *values[at + 1 :]]},
                }
                with pytest.raises(BrokenLawError):
                    _compare(FACES[name], "shuffled", Variant(question, rtol=1e-9), known, wrong)


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return value + datetime.timedelta(1) if isinstance(value, datetime.date) else f"{value}x"


# ------------------------------------------------------------------------------------ errors, shrinking, the run


def test_an_error_from_inside_is_a_violation_and_so_is_another_refusal(monkeypatch):
    def fails(tx: Any, as_of: Any = None) -> Any:
        raise KeyError("day")

    monkeypatch.setattr(rfm, "summarize", fails)
    with pytest.raises(BrokenLawError, match=r"rfm\.summarize on Form\(.*KeyError: 'day' at "):
        check(Case("shuffled", "rfm.summarize", ROWS))

    def refuses(tx: Any, as_of: Any = None) -> Any:
        raise (rfm.DataError if len(tx.ledger) > 10 else rfm.SchemeError)("No. Hint: none.")

    monkeypatch.setattr(rfm, "summarize", refuses)
    with pytest.raises(BrokenLawError, match=r"DataError: No.* instead of SchemeError: No"):
        check(Case("doubled", "rfm.summarize", ROWS))


def test_a_failing_case_is_made_small(monkeypatch):
    large_amounts_cut(monkeypatch)
    rng = np.random.default_rng(5)
    case = Case("scaled", "rfm.summarize", ROWS, options=nasty_options(rng), seed=3)
    small = shrunk(replace(case, options=replace(case.options, returns="net", far_dates="keep")), seconds=10)
    assert len(small.rows) == 1
    assert small.options == Options()
    again: dict[str, Any] = {"Case": Case, "Options": Options}
    assert eval(repr(small), again) == small  # it can be pasted


def test_the_same_seed_draws_the_same_cases():
    plan = fuzz.Plan(seed=7, laws=tuple(LAWS), faces=tuple(FACES), engines=("duckdb", "ibis"))
    assert plan.case(3, "ibis") == plan.case(3, "ibis")
    assert plan.case(3, None) != replace(plan, seed=8).case(3, None)
    assert {plan.lazy_engine(0), plan.lazy_engine(1)} == {"duckdb", "ibis"}


def test_logs_are_small_and_of_every_kind():
    logs = [nasty_rows(np.random.default_rng(seed)) for seed in range(300)]
    assert max(map(len, logs)) <= 81
    rows = [row for log in logs for row in log]
    assert any(row[0] is None for row in rows)
    assert any(row[1] is None for row in rows)
    assert any(row[2] is None for row in rows)
    assert any(isinstance(row[0], int) for row in rows)
    assert any(row[1] is not None and row[1] < "1970" for row in rows)
    assert any(row[1] is not None and row[1] > "2262" for row in rows)
    assert any(row[2] == 0 for row in rows)
    assert any(row[2] is not None and row[2] < 0 for row in rows)
    assert any(len(set(log)) < len(log) for log in logs)


def test_the_command_prints_its_seed_and_stops_in_time():
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        "--minutes",
        "0.01",
        "--laws",
        "shuffled",
        "--faces",
        "rfm.summarize",
    ]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, env=None, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Seed " in done.stdout
    assert " 0 violations (seed " in done.stdout
