"""The laws: how a log may change, and what then becomes of the answers.

- engines: the same log on another dataframe engine gives the same answer.
- shuffled: the order of rows is nothing.
- written otherwise: other types of ids, dates and amounts, other names and another order of columns, columns that
  nobody asked for: the same answer.
- renamed: each id becomes another, in the old order or not; so do the ids of the answer, and nothing else changes.
- shifted: all dates by whole weeks of whole days (by 400 years where calendar months count, which is a whole number of
  weeks; rows before 1900, which are refused, stay): dates of the answer with them, and nothing else changes.
- doubled: each customer has a twin. Answers hold both of them, alike; sums over customers double; scores, shares,
  rates, medians and means stay. Cut points too: the k-th cut is the ⌈kn/bins⌉-th value, and the ⌈2kn/bins⌉-th of
  values that stand twice is the same one. How sure an estimate is does change: bounds and tests are not compared.
- scaled: all amounts times a number; money of the answer times the same, and nothing else changes: neither R, F nor
  M. A power of two is exact, an odd number exact to a few roundings of doubles.
- cleaned: rows that cannot be read, left out beforehand, change nothing but the audit.
- later: rows after `as_of` change nothing.
- amounts as text: they are refused, and the code of the hint makes numbers of them that give the answer.
- pieces: a base that takes a log in pieces, late rows among them, saved and loaded on any engine in between, knows the
  same of its customers as the summary of the whole.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import rfm
from benchmarks.fuzzing.answers import Answer, Table, mapped, plain
from benchmarks.fuzzing.faces import FACES, MONEY, Face
from benchmarks.fuzzing.forms import IDS, IN_MEMORY, Form, build, forms_of_amounts, forms_of_dates
from benchmarks.fuzzing.logs import Options, Row, is_missing_id

__all__ = ["LAWS", "Question", "Variant", "transactions"]

CYCLE = 146_097  # days in 400 years of the Gregorian calendar, a whole number of weeks
LAST, FIRST = date(9990, 1, 1), date(1900, 1, 1)  # rows before the year 1900 are refused
NAMES = (
    ("customer_id", "date", "amount", "order_id"),
    ("CustomerID", "InvoiceDate", "Revenue", "InvoiceNo"),
    ("date", "amount", "order_id", "customer_id"),
    ("a b", 'd"ay', "m'oney", "select"),
)
AS_OF = """
    rfm.summarize rfm.score rfm.segment Scorer rfm.profile rfm.pareto clv.summarize CustomerModel.predict
    clv.customer_table clv.fit CustomerModel.total
"""  # functions that are asked as of a day
STYLES = (
    "{:.4f}",
    " {:.4f} ",
    "EUR {:,.4f}",
    "${:,.4f}",
    "{:,.4f} kr.",
    "({:,.4f})",
    "{:,.4f}-",
    "1.000,0 €",
)
FITS = ("clv.fit", "clv.backtest", "clv.check")
Expected = Callable[[Face, Answer], Answer]
Ask = Callable[[Any, Options], Answer]


@dataclass(frozen=True)
class Question:
    """A log, how it is written down, and what it is asked with."""

    rows: tuple[Row, ...]
    options: Options
    form: Form = field(default_factory=Form)


@dataclass(frozen=True)
class Variant:
    """Another question, and what its answer is if the first one's is known.

    `rtol`: how far floats may lie from it. `ordered`: whether the rows must be in the same order.
    `ask`: what is asked in place of the public function.
    """

    question: Question
    expected: Expected = lambda face, answer: answer
    rtol: float = 0.0
    atol: float = 0.0
    ordered: bool = True
    ask: Callable[[Question], Answer] | None = None


Law = Callable[[Face, Question, np.random.Generator, str], Iterator[Variant]]
LAWS: dict[str, Law] = {}


def law(name: str) -> Callable[[Law], Law]:
    """Add a law to `LAWS`. It makes variants of a question to a public function; those that stand on an engine of their
    own choice stand on the one given. None are made where the law says nothing."""

    def add(made: Law) -> Law:
        LAWS[name] = made
        return made

    return add


def transactions(question: Question) -> Any:
    """The log, read."""
    native, columns = build(question.rows, question.form, with_orders=question.options.orders)
    return read(native, columns, question.options)


def read(native: Any, columns: dict[str, Any], options: Options) -> Any:
    """A dataframe, read with the options."""
    return rfm.Transactions(
        native,
        **columns,
        bad_rows="drop",
        returns=options.returns,
        duplicates=options.duplicates,
        far_dates=options.far_dates,
    )


def _changed(question: Question, **changes: Any) -> Question:
    return dataclasses.replace(question, **changes)


@law("engines")
def engines(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    for name in sorted({*IN_MEMORY, engine} - {"pandas"}):
        yield Variant(_changed(question, form=Form(engine=name)), rtol=1e-12)


@law("shuffled")
def shuffled(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    rows = tuple(question.rows[at] for at in rng.permutation(len(question.rows)))
    yield Variant(_changed(question, rows=rows, form=Form(engine=engine)), rtol=_on(engine))


def _on(engine: str) -> float:
    """How far floats may differ on an engine from those of pandas on the same numbers."""
    return 0.0 if engine == "pandas" else 1e-12


@law("written otherwise")
def written_otherwise(
    face: Face, question: Question, rng: np.random.Generator, engine: str
) -> Iterator[Variant]:
    def one(values: Any) -> str:
        return str(values[int(rng.integers(len(values)))])

    names = NAMES[int(rng.integers(len(NAMES)))]
    form = Form(
        engine=engine,
        ids=one([form for form in IDS if form != "category" or engine in IN_MEMORY]),
        dates=one(forms_of_dates(question.rows)),
        amounts=one(forms_of_amounts(question.rows)),
        names=names,
        seed=int(rng.integers(2**31)),
        shuffle_columns=bool(rng.random() < 0.5),
        extra_columns=bool(rng.random() < 0.5),
    )
    if question.options.duplicates != "keep" or face.name == "Transactions.audit":
        form = _with_equal_copies(form)
    yield Variant(_changed(question, form=form), rtol=_on(engine))


def _with_equal_copies(form: Form) -> Form:
    """The form without what would make copies of a row differ: for answers that tell of copies."""
    plain_dates = form.dates not in ("text with time", "time of day", "zoned")
    plain_amounts = form.amounts not in ("currency", "quantity")
    return replace(
        form,
        dates=form.dates if plain_dates else "date",
        amounts=form.amounts if plain_amounts else "float64",
        extra_columns=False,
    )


@law("renamed")
def renamed(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    ids = sorted({row[0] for row in question.rows if not is_missing_id(row[0])})
    kind, in_order = str(rng.choice(["int", "text", "uuid"])), bool(rng.random() < 0.5)
    made: list[Any] = {
        "int": [7 * number - 5 for number in range(len(ids))],
        "text": [f"k{number:04d}" for number in range(len(ids))],
        "uuid": sorted(str(uuid.UUID(bytes=rng.bytes(16))) for _ in ids),
    }[kind]
    if not in_order:
        made = [made[at] for at in rng.permutation(len(made))]
    new = dict(zip(ids, made, strict=True))
    rows = tuple((new.get(row[0]), *row[1:]) for row in question.rows)

    def expected(face: Face, answer: Answer) -> Answer:
        return {key: mapped(table, lambda name, value: new[value] if name == "customer_id" else value)
                for key, table in answer.items()}  # fmt: skip

    rtol = _on(engine) if in_order else 1e-12  # sums of doubles over customers, in their order
    changed = _changed(question, rows=rows, form=Form(engine=engine))
    yield Variant(changed, expected, rtol, ordered=in_order)


@law("shifted")
def shifted(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    options = question.options
    monthly = ("rfm.snapshots", "rfm.migration", "rfm.trend", "rfm.cohorts", "clv.check")
    calendar = face.name in monthly or (face.name == "clv.summarize" and options.discrete not in (None, "W"))
    whole = face.name in ("clv.summarize", "CustomerModel.forecast", "clv.fit", "clv.backtest")
    step = CYCLE if calendar else 7 if whole else 1
    days = [
        day for row in question.rows if row[1] is not None and (day := date.fromisoformat(row[1])) >= FIRST
    ]
    limit = (LAST - max(days, default=FIRST)).days // step
    floor = -((min(days, default=FIRST) - FIRST).days // step)
    if limit < 1 and floor > -1:
        return
    most = 1 if calendar else 20_000
    steps = int(rng.integers(max(floor, -most), min(limit, most) + 1)) or (1 if limit >= 1 else -1)
    by = timedelta(steps * step)

    def moved(day: str | None) -> str | None:
        return None if day is None else (date.fromisoformat(day) + by).isoformat()

    def expected(face: Face, answer: Answer) -> Answer:
        return {key: mapped(table, lambda _, value: value + by if isinstance(value, date) else value)
                for key, table in answer.items()}  # fmt: skip

    # A row that is refused for its year stays so.
    rows = tuple((row[0], day if day is None or day < FIRST.isoformat() else moved(day), *rest)
                 for row in question.rows for day, *rest in [row[1:]])  # fmt: skip
    changed = _changed(
        question, rows=rows, form=Form(engine=engine), options=replace(options, as_of=moved(options.as_of))
    )
    yield Variant(changed, expected, _on(engine))


@law("doubled")
def doubled(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    if question.options.far_dates == "raise":  # one row of a few is far, two rows are not
        question = _changed(question, options=replace(question.options, far_dates="keep"))
    ids = {row[0] for row in question.rows if not is_missing_id(row[0])}
    if any(isinstance(one, int) for one in ids):
        twin = {one: one // 2 + (2**62 if at % 2 else -(2**62)) for at, one in enumerate(sorted(ids))}
        if len({*twin.values(), *ids}) < 2 * len(ids):
            return
    else:
        twin = {one: f"{one}~" if rng.random() < 0.5 else f"0~{one}" for one in ids}
    rows = [*question.rows, *((twin.get(row[0]), *row[1:]) for row in question.rows)]
    rows = [rows[at] for at in rng.permutation(len(rows))]

    def expected(face: Face, answer: Answer) -> Answer:
        return {key: _twice(face, table, twin) for key, table in answer.items()}

    rtol = 1e-12
    atol = 1e-6 if face.name in FITS else 0.0
    changed = _changed(
        question, rows=tuple(rows), form=Form(engine=engine), options=replace(question.options, twins=2)
    )
    yield Variant(changed, expected, rtol, atol, ordered=False)


def _twice(face: Face, table: Table, twin: dict[Any, Any]) -> Table:
    """A table of customers with their twins; or of groups with their sums doubled."""
    if "customer_id" in table:
        return {
            name: [*values, *(twin[value] for value in values)]
            if name == "customer_id"
            else [*values, *values]
            for name, values in table.items()
        }
    return mapped(
        table,
        lambda name, value: 2 * value if name in face.sums and not isinstance(value, date | bool) else value,
    )


@law("scaled")
def scaled(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    exact = [
        None if row[2] is None or not np.isfinite(row[2]) else Decimal(repr(row[2])) for row in question.rows
    ]
    factor = Decimal(str(rng.choice(["0.25", "0.5", "2", "4", "64", "3", "7", "101"])))
    times = [None if amount is None else amount * factor for amount in exact]
    if any(amount is not None and round(amount, 4) != amount for amount in (*exact, *times)):
        return  # finer than what counts
    if any(amount is not None and abs(amount) > 10**10 for amount in times):
        return
    rows = tuple(
        row if amount is None else (*row[:2], float(amount), row[3])
        for row, amount in zip(question.rows, times, strict=True)
    )
    power_of_two = Fraction(factor).numerator & (Fraction(factor).numerator - 1) == 0
    number = float(factor)

    def expected(face: Face, answer: Answer) -> Answer:
        return {key: mapped(table, lambda name, value: value * number if name in MONEY else value)
                for key, table in answer.items()}  # fmt: skip

    options = replace(question.options, money=number)
    changed = _changed(question, rows=rows, options=options, form=Form(engine=engine))
    by_law = face.name.startswith("Customer") or face.name == "clv.customer_table"
    rtol = 1e-9 if by_law else 0.0 if power_of_two and engine == "pandas" else 1e-12
    if face.name == "clv.fit":
        yield Variant(changed, lambda face, answer: _scaled_fit(answer, number), 1e-9, 1e-6)
    else:
        yield Variant(changed, expected, rtol)


def _scaled_fit(answer: Answer, number: float) -> Answer:
    """The spend law's likelihood is a density of money: of each mean order, times 1/number."""
    spend = answer.get("spend")
    if spend is None or spend["spend_log_likelihood"] == [None]:
        return answer
    less = spend["spend_n"][0] * float(np.log(number))
    return {
        **answer,
        "spend": {**spend, "spend_log_likelihood": [spend["spend_log_likelihood"][0] - less]},
    }


@law("cleaned")
def cleaned(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    rows = tuple(
        row
        for row in question.rows
        if not is_missing_id(row[0]) and row[1] is not None and row[2] is not None and np.isfinite(row[2])
    )
    if rows:  # a log of no rows is refused in other words than one of bad rows alone
        yield Variant(_changed(question, rows=rows, form=Form(engine=engine)), rtol=_on(engine))


@law("later")
def later(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    if face.name not in AS_OF.split():
        return
    days = sorted(row[1] for row in question.rows if row[1] is not None)
    ids = sorted({row[0] for row in question.rows if not is_missing_id(row[0])})
    if not days or not ids:
        return
    last = date.fromisoformat(days[-1])
    options = replace(question.options, as_of=last.isoformat(), far_dates="keep", duplicates="keep",
                      returns="keep" if question.options.returns == "keep" else "net")  # fmt: skip
    rows = list(question.rows)
    for _ in range(int(rng.integers(1, 6))):
        day = last + timedelta(int(rng.integers(1, 100)))
        rows.append(
            (ids[int(rng.integers(len(ids)))], day.isoformat(), float(rng.choice([-5.0, 0.0, 10.0])), "later")
        )
    asked = _changed(question, options=options)
    yield Variant(_changed(asked, rows=tuple(rows), form=Form(engine=engine)), rtol=_on(engine))


@law("amounts as text")
def amounts_as_text(
    face: Face, question: Question, rng: np.random.Generator, engine: str
) -> Iterator[Variant]:
    exact = [None if row[2] is None else row[2] for row in question.rows]
    if face.name != "rfm.summarize" or engine not in ("pandas", "polars", "pyarrow"):
        return
    if all(one is None for one in exact) or any(
        one is not None and not (np.isfinite(one) and round(one, 4) == one) for one in exact
    ):
        return
    style = str(rng.choice(STYLES))
    changed = _changed(question, form=Form(engine=engine))
    yield Variant(changed, rtol=_on(engine), ask=lambda asked: _by_the_hint(face, asked, style))


def _text(amount: float | None, style: str) -> str | None:
    """An amount as shops write it, with four digits after the point."""
    if amount is None:
        return None
    if style.startswith("1.000,0"):
        return f"{amount:,.4f}".translate(str.maketrans(",.", ".,")) + style[7:]
    if amount >= 0 and style.startswith("("):
        return f"{amount:,.4f}"
    if style.endswith("-"):
        return f"{abs(amount):,.4f}" + "-" * (amount < 0)
    return style.format(abs(amount) if style.startswith("(") else amount)


def _by_the_hint(face: Face, question: Question, style: str) -> Answer:
    """Amounts that are text are refused; the code of the hint reads them, and is run as a user would run it."""
    import pandas
    import polars as pl
    import pyarrow.compute as pc

    named = {"pandas": pandas, "pl": pl, "pc": pc}
    texts = [_text(row[2], style) for row in question.rows]
    rows = tuple((*row[:2], text, row[3]) for row, text in zip(question.rows, texts, strict=True))
    written = replace(question.form, amounts="text")
    df, columns = build(rows, written, with_orders=question.options.orders)
    try:
        rfm.Transactions(df, **columns)
    except rfm.DataError as error:
        found = re.search(r"Hint: (.*) converts them to numbers", str(error))
    assert found, f"no recipe for {texts}"
    numbers = eval(found[1], {**named, "df": df, "table": df})
    if question.form.engine == "polars":
        df = df.with_columns(numbers)
    elif question.form.engine == "pyarrow":
        df = df.set_column(df.column_names.index("amount"), "amount", numbers)
    else:
        df = df.assign(amount=numbers)
    return face.ask(read(df, columns, question.options), question.options)


@law("pieces")
def pieces(face: Face, question: Question, rng: np.random.Generator, engine: str) -> Iterator[Variant]:
    if face.name != "rfm.summarize" or engine in ("dask", "spark"):
        return
    options = replace(question.options, duplicates="keep", far_dates="keep", as_of=None, orders=False,
                      returns="keep" if question.options.returns == "keep" else "net")  # fmt: skip
    readable = [
        row
        for row in question.rows
        if not is_missing_id(row[0]) and row[1] is not None and row[2] is not None and np.isfinite(row[2])
    ]
    if not readable:
        return
    in_time = bool(rng.random() < 0.5)
    order = (
        sorted(range(len(readable)), key=lambda at: readable[at][1])
        if in_time
        else rng.permutation(len(readable))
    )
    rows = [readable[at] for at in order]
    cuts = sorted({int(cut) for cut in rng.integers(1, len(rows) + 1, int(rng.integers(1, 5)))} | {len(rows)})
    batches = [tuple(rows[low:high]) for low, high in zip([0, *cuts], cuts, strict=False) if low < high]
    seed = int(rng.integers(2**31))
    changed = _changed(question, rows=tuple(rows), options=options, form=Form(engine=engine))
    yield Variant(changed, rtol=_on(engine), ask=lambda asked: _in_pieces(asked, batches, seed))


def _in_pieces(question: Question, batches: list[tuple[Row, ...]], seed: int) -> Answer:
    """The summary of a base that took the batches one after another, now and then saved and loaded."""
    rng = np.random.default_rng(seed)
    form, base, before = question.form, None, ()
    for batch in batches:
        tx = transactions(_changed(question, rows=batch, form=form))
        if base is None:
            base = rfm.CustomerBase.of(tx)
        else:
            history = transactions(_changed(question, rows=before, form=form))
            base = base.add(tx, late="recompute", history=history, twice="keep")
        before = (*before, *batch)
        if rng.random() < 0.4:
            base, form = _saved_and_loaded(base, form, rng)
    assert base is not None
    return {"summary": plain(base.summary())}


def _saved_and_loaded(base: Any, form: Form, rng: np.random.Generator) -> tuple[Any, Form]:
    """The base again, from files, perhaps on another engine in memory."""
    import pandas as pd
    import polars as pl

    if form.engine not in ("pandas", "polars"):
        return base, form
    readers = {"pandas": pd.read_parquet, "polars": pl.read_parquet}
    engine = str(rng.choice(sorted(readers)))
    with tempfile.TemporaryDirectory() as folder:
        base.save(Path(folder, "base"))
        return rfm.CustomerBase.load(Path(folder, "base"), readers[engine]), replace(form, engine=engine)


assert all(name in LAWS for known in FACES.values() for name in (*known.unstated_laws, *known.unstated))
