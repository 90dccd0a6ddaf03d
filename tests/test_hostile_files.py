"""Files of every kind that the library reads, damaged and forged: refused in its own words.

A new kind of file must be added to `KINDS`, or the first test fails. Each field of a valid file is replaced by
values of every wrong kind: the load is refused by the kind's own error, or gives an object that can be used, and
that is saved and loaded as it is.
"""

from __future__ import annotations

import contextlib
import copy
import json
import math
import os
import tomllib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._report.language import Language, english_file
from rfm._customers.customer_base_files import ABOUT, STATES
from rfm._loaded_files import LARGEST_TEXT, LARGEST_TOML
from rfm._saved_files import checksum
from rfm._scores.bins import by_metric

LONGEST = 1_100  # characters of a message


@pytest.fixture(scope="module")
def log():
    log = rfm.datasets.cdnow_sample()
    return log[log["customer_id"].isin(log["customer_id"].unique()[:60])].reset_index(drop=True)


@dataclass(frozen=True)
class Kind:
    """A kind of file: how to write a valid one, load it, use it and save it again; the file that is forged."""

    write: Callable[[pd.DataFrame, Path], Any]
    load: Callable[[Path], Any]
    use: Callable[[Any, pd.DataFrame], Any]
    save: Callable[[Any, Path], Any] | None
    ending: str
    error: type[Exception]
    inner: str = ""

    def file(self, path: Path) -> Path:
        return path / self.inner if self.inner else path


def write_model(log, path):
    """A model with three of its draws, which is read faster, a season of each sort, and an older shop."""
    season = clv.Season(
        yearly=(1.0,) * 365 + (2.0,),
        dated=((10_000, 1.5), (10_200, 2.0)),
        shape="month",
        coefficients=(0.1,) * 12,
        covariance=tuple(tuple(0.01 * (i == j) for j in range(12)) for i in range(12)),
        freedom=3.0,
    )
    clv.fit(rfm.datasets.cdnow_sample(), end="1998-01-01", season=season).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    for law in ("purchases", "spend"):
        del content["draws"][law][3:]
    start = {"window": 52.0, "entry": 4.0, "growth": 0.001, "past": 100.0, "days": 365.0, "note": "older"}
    content["log_start"] = {**start, "draws": [[0.001, 100.0]] * 3}
    path.write_text(json.dumps(content), encoding="utf-8")


def with_channel(customers):
    return customers[["customer_id"]].assign(
        channel=np.where(customers["customer_id"] % 2, "web", "shop"), age=40.0
    )


def write_model_by_covariates(log, path):
    """A model whose laws all depend on a category, with three of its draws."""
    everybody = rfm.datasets.cdnow_sample()
    known = with_channel(rfm.summarize(everybody)[["customer_id"]])
    known["age"] += known["customer_id"] % 7
    depends = {"covariates": known, "purchase": ["channel", "age"], "spend": "channel"}
    clv.fit(everybody, end="1998-01-01", **depends).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    for law in ("purchases", "spend"):
        del content["draws"][law][3:]
    path.write_text(json.dumps(content), encoding="utf-8")


def use_model_by_covariates(model, log):
    customers = clv.summarize(log, end="1998-01-01")
    with contextlib.suppress(rfm.DataError):  # it has other columns or levels, or numbers beyond a law's
        model.predict(horizon="4W", customers=customers, covariates=with_channel(customers))
    model.summary()


def use_scheme(scheme, log):
    cube = pd.DataFrame({name: [1, n] for name, n in by_metric(scheme.bins, "RFM", rfm.SchemeError).items()})
    scheme.check()
    str(scheme)
    with contextlib.suppress(rfm.SchemeError, rfm.RuleError):  # its rules leave gaps, or read other columns
        scheme.assign(cube.assign(rfm=["", ""] if scheme._codes else 0))


def use_base(base, log):
    base.summary()
    with contextlib.suppress(rfm.DataError):  # it has other decimals, or keeps returns
        base.add(log.tail(1).assign(date="1998-07-01"), twice="keep")


def use_model(model, log):
    customers = clv.summarize(log, end="1998-01-01")
    with contextlib.suppress(rfm.DataError):  # its unit is another
        model.predict(horizon="4W", customers=customers)
    model.summary()


def write_retention(log, path):
    """A model by groups and a category, with three of its draws."""
    counts = pd.DataFrame(
        {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
    )
    by_kind = [counts.assign(plan="basic", channel=channel) for channel in ("shop", "web")]
    clv.fit_retention(pd.concat(by_kind), by="plan", churn="channel").save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    for fit in content["fits"]:
        fit["draws"] = [row[:3] for row in fit["draws"]]
    path.write_text(json.dumps(content), encoding="utf-8")


def use_retention(model, log):
    model.summary()
    model.table()
    model.survival(4)
    assert repr(model)


KINDS: dict[str, Kind] = {
    "model": Kind(
        write_model,
        clv.load, use_model, lambda model, path: model.save(path), ".json", clv.FitError,
    ),
    "model by covariates": Kind(
        write_model_by_covariates, clv.load, use_model_by_covariates, lambda model, path: model.save(path), ".json",
        clv.FitError,
    ),
    "retention model": Kind(
        write_retention, clv.RetentionModel.load, use_retention, lambda model, path: model.save(path), ".json",
        clv.FitError,
    ),
    "scorer": Kind(
        lambda log, path: rfm.Scorer.fit(rfm.summarize(log), weights={"R": 1, "F": 2}).save(path),
        rfm.Scorer.load,
        lambda scorer, log: (
            scorer.score(rfm.summarize(log, window="365D" if scorer.windowed else None)),
            scorer.shares,
        ),
        lambda scorer, path: scorer.save(path), ".json", rfm.ScoringError,
    ),
    "scheme": Kind(
        lambda log, path: rfm.Scheme.load("value").with_segment("x", "R > 9", labels={"fr": "y"}).save(path),
        rfm.Scheme.load, use_scheme, lambda scheme, path: scheme.save(path), ".toml", rfm.DataError,
    ),
    "base": Kind(
        lambda log, path: rfm.CustomerBase.of(log).save(path),
        rfm.CustomerBase.load,
        use_base,
        lambda base, path: base.save(path), "", rfm.DataError, ABOUT,
    ),
    "language": Kind(
        lambda log, path: path.write_text(english_file(), encoding="utf-8"),
        Language.load, lambda language, log: language("x"), None, ".toml", rfm.DataError,
    ),
}  # fmt: skip
READERS = {
    "clv/_model_files.py": "model",
    "clv/_retention/retention_files.py": "retention model",
    "rfm/_scores/scorer_files.py": "scorer",
    "rfm/_schemes/scheme_files.py": "scheme",
    "rfm/_customers/customer_base_files.py": "base",
    "clv/_report/language.py": "language",
}
"""The modules that read files, and the kind of file."""


@pytest.fixture(scope="module")
def valid(log, tmp_path_factory):
    """A valid file of each kind."""
    folder = tmp_path_factory.mktemp("valid")
    paths = {}
    for name, kind in KINDS.items():
        paths[name] = folder / name / f"fr{kind.ending}"
        paths[name].parent.mkdir()
        kind.write(log, paths[name])
    return paths


def test_every_module_that_reads_files_is_among_the_kinds():
    root = Path(rfm.__file__).parents[1]
    found = {
        path.relative_to(root).as_posix()
        for package in ("rfm", "clv")
        for path in (root / package).rglob("*.py")
        if "_loaded_files import" in path.read_text(encoding="utf-8")
    }
    assert found == set(READERS)
    assert {*READERS.values(), "model by covariates"} == set(KINDS)


def test_everything_that_is_saved_is_among_the_kinds():
    known = {rfm.Scorer, rfm.Scheme, rfm.CustomerBase, clv.CustomerModel, clv.RetentionModel}
    public = {getattr(package, name) for package in (rfm, clv) for name in package.__all__ if name != "plot"}
    assert {one for one in public if isinstance(one, type) and hasattr(one, "save")} <= known


# ------------------------------------------------------------------------------------------- whole files

DEEP = 100_000
CONTENTS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda good: b"",
    "binary": lambda good: bytes(range(256)) * 40,
    "NUL": lambda good: good[:20] + b"\x00" + good[20:],
    "the first half": lambda good: good[: len(good) // 2],
    "the first byte": lambda good: good[:1],
    "UTF-16": lambda good: good.decode().encode("utf-16"),
    "not UTF-8": lambda good: good + b"\n# \xff\xfe\n",
    "deep lists": lambda good: b"a = " * good.startswith((b"#", b"name")) + b"[" * DEEP + b"]" * DEEP,
    "deep tables": lambda good: b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep TOML tables": lambda good: b"a = " + b"{a=" * DEEP + b"1" + b"}" * DEEP,
    "a dotted key": lambda good: b"a" + b".a" * DEEP + b" = 1",
    "a quoted dotted key": lambda good: b'"a"' + b' . "a"' * DEEP + b" = 1",
    "a long header": lambda good: b"[a" + b".a" * DEEP + b"]",
    "a long word": lambda good: b"a" * (LARGEST_TOML - 1),
    "quotes": lambda good: b'"' * (LARGEST_TOML - 1),
    "a long number": lambda good: b"a = " * good.startswith((b"#", b"name")) + b"9" * DEEP,
    "a long list": lambda good: b"[" + b"1," * 200_000 + b"1]",
    "too large": lambda good: good + b" " * LARGEST_TEXT,
    "another kind": lambda good: b'{"format": "other"}',
    "a list": lambda good: b"[]",
    "null": lambda good: b"null",
    "the file twice": lambda good: good + good,
}


def refused(kind: Kind, path: Path) -> str:
    """The message of the kind's own error, within seconds (a second, and the machine's other work)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rfm.DataWarning)  # of language files with few texts
        with pytest.raises(kind.error) as caught:
            kind.load(path)
    message = str(caught.value)
    assert len(message) < LONGEST
    assert "Hint: " in message
    return message


def prepared(name: str, valid: dict[str, Path], folder: Path) -> Path:
    """The path of a new file of this kind, with what belongs beside it."""
    path = folder / valid[name].name
    if KINDS[name].inner:
        path.mkdir()
        (path / STATES).write_bytes((valid[name] / STATES).read_bytes())
    return path


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_is_none_is_refused(name, content, valid, tmp_path):
    kind, path = KINDS[name], prepared(name, valid, tmp_path)
    good = kind.file(valid[name]).read_bytes()
    kind.file(path).write_bytes(CONTENTS[content](good))
    if name == "language" and content in ("nothing", "the first byte"):  # an empty one is all in English
        with pytest.warns(rfm.DataWarning, match="lacks"):
            kind.load(path)
        return
    refused(kind, path)


@pytest.mark.skipif(os.name == "nt", reason="no pipes and devices among files")
@pytest.mark.parametrize(
    "what", ["missing", "a folder", "a pipe", "a device", "a link to itself", "below a file"]
)
@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_ordinary_file_is_refused_and_never_waited_for(name, what, valid, tmp_path):
    kind, path = KINDS[name], tmp_path / valid[name].name
    if kind.inner and what != "below a file":
        path.mkdir()
    file = kind.file(path)
    if what == "a folder":
        file.mkdir()
    elif what == "a pipe":
        os.mkfifo(file)
    elif what == "a device":
        file.symlink_to("/dev/zero")
    elif what == "a link to itself":
        file.symlink_to(file)
    elif what == "below a file":
        path.write_text("a file")
        path = path / valid[name].name
    refused(kind, path)


@pytest.mark.parametrize("name", KINDS)
def test_a_byte_order_mark_is_no_fault(name, valid, tmp_path, log):
    kind, path = KINDS[name], prepared(name, valid, tmp_path)
    kind.file(path).write_bytes(b"\xef\xbb\xbf" + kind.file(valid[name]).read_bytes())
    kind.use(kind.load(path), log)


# ---------------------------------------------------------------------------------------- each field

MISSING = object()
VALUES: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "true": True,
    "-1": -1,
    "0": 0,
    "400": 400,
    "2**63": 2**63,
    "10**400": 10**400,
    "1.5": 1.5,
    "1e308": 1e308,
    "NaN": math.nan,
    "-Infinity": -math.inf,
    "''": "",
    "'5'": "5",
    "controls": "a\x1b[31m\nERROR root: x\u202e",
    "long text": "a" * 100_000,
    "[]": [],
    "[[]]": [[]],
    "{}": {},
    "list": ["a", 1, None],
}


def places(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field of a document; of a list the first and the last item."""
    if at:
        yield at
    if isinstance(content, dict):
        for key in content:
            yield from places(content[key], (*at, key))
    elif isinstance(content, list):
        for key in sorted({0, len(content) - 1}) if content else ():
            yield from places(content[key], (*at, key))


def forged(content: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a place."""
    content = copy.deepcopy(content)
    inner = content
    for key in at[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[at[-1]]
    else:
        inner[at[-1]] = value
    return content


def toml(value: Any) -> str:
    """Any value as TOML in one line; what TOML has not is written as JSON, which is none."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def document(path: Path) -> tuple[Any, Callable[[Any], str]]:
    """What a file holds, and how to write it again."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return tomllib.loads(text), lambda content: "\n".join(
            f"{json.dumps(k)} = {toml(v)}" for k, v in content.items()
        )
    return json.loads(text), json.dumps


@pytest.fixture(scope="module")
def walked(valid, log, tmp_path_factory):
    """The outcomes of the walk by kind, place and value: (outcome, message)."""
    return {name: dict(walk(KINDS[name], valid[name], log, tmp_path_factory.mktemp(name))) for name in KINDS}


def walk(kind: Kind, source: Path, log: pd.DataFrame, folder: Path) -> Iterator[tuple[tuple[Any, str], str]]:
    content, text = document(kind.file(source))
    for number, at in enumerate(places(content)):
        if kind.save is None and number % 40:
            continue  # hundreds of fields of one sort
        for label, value in VALUES.items():
            path = folder / f"{number}-{len(label)}" / source.name
            kind.file(path).parent.mkdir(parents=True, exist_ok=True)
            kind.file(path).write_text(text(forged(content, at, value)), encoding="utf-8")
            if kind.inner and not (path / STATES).exists():
                (path / STATES).symlink_to(source / STATES)
            yield (at, label), outcome(kind, path, log)


def outcome(kind: Kind, path: Path, log: pd.DataFrame) -> str:
    """What comes of loading, using and saving a forged file: "refused", "loaded", or the fault in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loaded = kind.load(path)
        except kind.error as error:
            message = str(error)
            short = len(message) < LONGEST and all(line.isprintable() for line in message.split("\n"))
            return "refused" if short else f"a message of {len(message)} characters: {message[:200]!r}"
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:200]}"
        try:
            kind.use(loaded, log)
            if kind.save is not None:
                first, second = (path.with_name(f"{n}{path.name}") for n in "12")
                kind.save(loaded, first)
                kind.save(kind.load(first), second)
                if kind.file(first).read_bytes() != kind.file(second).read_bytes():
                    return "saved otherwise than loaded"
        except Exception as error:
            return f"in use: {type(error).__name__}: {str(error)[:200]}"
    return "loaded"


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_each_field_of_each_kind_given_each_wrong_value(name, walked):
    faults = {key: found for key, found in walked[name].items() if found not in ("refused", "loaded")}
    assert faults == {}
    refused = [key for key, found in walked[name].items() if found == "refused"]
    assert len(refused) > len(walked[name]) * (0.2 if name == "language" else 0.5)


# ------------------------------------------------------------------------------------ a base's states

STATES_FAULTS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "text": lambda states: states.assign(spend=states["spend"].astype(str)),
    "fractions": lambda states: states.assign(spend=states["spend"] + 0.5),
    "a missing number": lambda states: states.assign(orders=states["orders"].where(states.index > 0)),
    "dates": lambda states: states.assign(first=pd.to_datetime(states["first"], unit="D")),
    "orders below 0": lambda states: states.assign(orders=-5),
    "days after the last": lambda states: states.assign(open_day=states["open_day"] + 10_000),
    "days before the first": lambda states: states.assign(
        orders=states["orders"] + 1, first=-10_000, last=-9_000
    ),
    "last before first": lambda states: states.assign(
        orders=2, first=states["last"], last=states["first"] - 1
    ),
    "much money": lambda states: states.assign(spend=2**62),
    "another open_refund": lambda states: states.assign(open_refund=7),
    "a customer twice": lambda states: pd.concat([states, states.head(1)]),
    "no column": lambda states: states.drop(columns="orders"),
    "one more column": lambda states: states.assign(more=1),
    "another table": lambda states: pd.DataFrame({"a": [1]}),
    "bytes": lambda states: b"no Parquet" * 30,
    "half": lambda states: None,
}


@pytest.mark.parametrize("agrees", [False, True])
@pytest.mark.parametrize("fault", STATES_FAULTS)
def test_states_that_are_none_are_refused_with_and_without_their_checksum(fault, agrees, valid, tmp_path):
    path = tmp_path / "base"
    path.mkdir()
    made = STATES_FAULTS[fault](pd.read_parquet(valid["base"] / STATES))
    if isinstance(made, pd.DataFrame):
        made.to_parquet(path / STATES)
    else:
        whole = (valid["base"] / STATES).read_bytes()
        (path / STATES).write_bytes(made or whole[: len(whole) // 2])
    about = json.loads((valid["base"] / ABOUT).read_text(encoding="utf-8"))
    if agrees:
        about["states"] = checksum(path / STATES)
    (path / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    message = refused(KINDS["base"], path)
    assert agrees or f"is damaged, or of another base than {ABOUT} beside it" in message


def test_the_states_of_another_base_are_refused(valid, log, tmp_path):
    rfm.CustomerBase.of(log.assign(amount=log["amount"] + 1)).save(tmp_path / "other")
    (tmp_path / "other" / STATES).replace(tmp_path / "states")
    (tmp_path / "other" / STATES).write_bytes((valid["base"] / STATES).read_bytes())
    assert "of another base" in refused(KINDS["base"], tmp_path / "other")
    (tmp_path / "other" / STATES).unlink()
    assert "No file" in refused(KINDS["base"], tmp_path / "other")
