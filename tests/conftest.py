"""Every engine that is installed, behind one fixture: a test that takes ``constructor`` runs on all of them."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

# The same few examples on every machine, so that a change is judged by what it changes: many new ones are what
# nightly.yml is for, by `--hypothesis-profile=nightly`.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, max_examples=15, deadline=None, print_blob=True
)
hypothesis.settings.register_profile("nightly", max_examples=100, deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")

PARTITIONS = 4
MADE_FONT = "Noto Sans CJK TC"
Build = Callable[[pd.DataFrame], Any]
_NUMBERS = itertools.count()

# Said by the engines' own code on every use; nothing that this library could act upon.
FOREIGN_WARNINGS = (
    "ignore:Dask support is moving out of Narwhals:FutureWarning",
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
    "ignore:fetch_arrow_table:DeprecationWarning",
    "ignore:fetch_record_batch:DeprecationWarning",
    "ignore:The inplace keyword in DataFrame.set_index:DeprecationWarning:dask",
)


# Engines whose code is mostly another's (pandas', Polars', DuckDB's): tested with the marker `engines`, as are Dask and
# Spark, which are slow to start.
REPEATING = ("pandas-arrow", "polars-lazy", "ibis")

# Spark compiles each query to bytecode, and that to machine code; here it interprets them. The nightly run compiles.
INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}

# A package of the extra `test` that is missing: said by a skip on a user's machine, a failure where all are installed.
NO_PACKAGE = re.compile(r"could not import|\w is not installed")


def _needs_all_packages(report: Any) -> Any:
    if report.skipped and "RFM_ALL_PACKAGES" in os.environ and NO_PACKAGE.search(str(report.longrepr)):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    return _needs_all_packages((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    return _needs_all_packages((yield))


def pytest_configure(config: pytest.Config) -> None:
    for line in FOREIGN_WARNINGS:
        config.addinivalue_line("filterwarnings", line)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are slow on their engine, those on engines with a run of their own, and the nightly ones.

    What is slow on Dask or Spark, which take longer than all other engines together, is left to the nightly run.
    """
    for item in items:
        if hasattr(item, "callspec") and (
            set(item.callspec.id.split("-")) & {"dask", "spark"}
            or item.callspec.params.get("constructor") in REPEATING
        ):
            item.add_marker(pytest.mark.engines)
        for marker in item.iter_markers("slow_on"):
            if set(item.callspec.id.split("-")) & set(marker.args):  # type: ignore[attr-defined]
                item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("nightly"):
            item.add_marker(pytest.mark.slow)
        slow = item.get_closest_marker("slow") is not None
        if slow and hasattr(item, "callspec") and set(item.callspec.id.split("-")) & {"dask", "spark"}:
            item.add_marker(pytest.mark.nightly)


@dataclass(frozen=True)
class Constructor:
    """From a pandas frame to the same table on one engine, in several partitions where the engine has them."""

    engine: str
    build: Build

    def __call__(self, table: pd.DataFrame) -> Any:
        return self.build(table)

    @property
    def is_lazy(self) -> bool:
        return self.engine in ("polars-lazy", "duckdb", "ibis", "dask", "spark")


def _pandas(table: pd.DataFrame) -> Any:
    return table


def _pandas_arrow(table: pd.DataFrame) -> Any:
    with np.errstate(invalid="ignore"):  # pandas 2.2 casts infinities to find out whether floats are whole
        return table.convert_dtypes(dtype_backend="pyarrow")


def _polars(table: pd.DataFrame) -> Any:
    import polars as pl

    return pl.from_pandas(table)


def _polars_lazy(table: pd.DataFrame) -> Any:
    return _polars(table).lazy()


def _pyarrow(table: pd.DataFrame) -> Any:
    import pyarrow as pa

    whole = pa.Table.from_pandas(table, preserve_index=False)
    cuts = range(0, max(len(table), 1), max(len(table) // PARTITIONS, 1))
    return pa.concat_tables([whole.slice(cut, max(len(table) // PARTITIONS, 1)) for cut in cuts])


def _dask(table: pd.DataFrame) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(table, npartitions=PARTITIONS)


_DIRECT = {"pandas": _pandas, "pandas-arrow": _pandas_arrow, "polars": _polars, "polars-lazy": _polars_lazy,
           "pyarrow": _pyarrow, "dask": _dask}  # fmt: skip
_NEEDS = {"pandas-arrow": "pyarrow", "polars-lazy": "polars", "spark": "pyspark"}


@pytest.fixture(scope="session", params=[*_DIRECT, "duckdb", "ibis", "spark"])
def constructor(request: pytest.FixtureRequest) -> Constructor:
    """Builds tables on one engine; skipped, with the reason, where the engine is not installed."""
    engine = request.param
    package = _NEEDS.get(engine, engine)
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    return Constructor(engine, _DIRECT.get(engine) or request.getfixturevalue(f"_{engine}"))


@pytest.fixture(scope="session")
def _duckdb() -> Iterator[Build]:
    import duckdb

    with duckdb.connect() as connection:
        yield lambda table: connection.table(_stored(connection, table))


@pytest.fixture(scope="session")
def _ibis() -> Build:
    import ibis

    connection = ibis.duckdb.connect()
    return lambda table: connection.table(_stored(connection.con, table))


def _stored(connection: Any, table: pd.DataFrame) -> str:
    """The name of a new DuckDB table that holds these rows."""
    name = f"log_{next(_NUMBERS)}"
    connection.register("rows", table)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
    connection.unregister("rows")
    return name


@pytest.fixture(scope="session")
def _spark() -> Iterator[Build]:
    home = os.environ.get("JAVA_HOME")  # which PySpark tries before the path
    if shutil.which("java", path=os.path.join(home, "bin") if home else None) is None:
        pytest.skip("Spark needs Java, and none is found by JAVA_HOME or PATH")
    import pyarrow as pa

    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]")
        if "RFM_SPARK_COMPILES" not in os.environ:
            for option, value in INTERPRETED.items():
                builder = builder.config(option, value)
        session = (
            builder.config("spark.driver.memory", "3g")  # at 1g, large logs let the context die unheard
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", str(PARTITIONS))
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
    session.sparkContext.setLogLevel("OFF")

    def build(table: pd.DataFrame) -> Any:
        arrow = pa.Table.from_pandas(table, preserve_index=False)
        return session.createDataFrame(arrow).repartition(PARTITIONS)

    yield build
    session.stop()


@pytest.fixture(scope="session")
def cjk_font_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A font file of one box for every Chinese character, named as one that pictures look for."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 800), (900, 800), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "box"])
    font.setupCharacterMap(
        dict.fromkeys([*range(0x3000, 0x3040), *range(0x4E00, 0xA000), *range(0xFF00, 0xFFF0)], "box")
    )
    font.setupGlyf(dict.fromkeys((".notdef", "box"), pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys((".notdef", "box"), (1000, 100)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": MADE_FONT, "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    path = tmp_path_factory.mktemp("fonts") / "made.ttf"
    font.save(path)
    return str(path)


@pytest.fixture
def no_cjk_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For one test, Matplotlib's list has no CJK font, and the system no font files."""
    from matplotlib import font_manager

    from rfm.plot import _fonts as fonts

    manager = font_manager.fontManager
    kept = [entry for entry in manager.ttflist if entry.name not in fonts.CJK_FONTS]
    monkeypatch.setattr(manager, "ttflist", kept)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_, **__: [])
    monkeypatch.delenv(
        "MPL_IGNORE_SYSTEM_FONTS", raising=False
    )  # where it is set, no added font is used either
    fonts.look_again.cache_clear()
    yield
    monkeypatch.undo()
    fonts.look_again.cache_clear()


@pytest.fixture
def cjk_font(no_cjk_font: None, cjk_font_file: str) -> str:
    """For one test, a made font is the only one with Chinese characters; its name."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(cjk_font_file)
    return MADE_FONT


@pytest.fixture(scope="session")
def to_pandas() -> Callable[[Any], pd.DataFrame]:
    """From any engine's table to pandas, dates and whole numbers of one dtype.

    Rows keep their order, which is part of the answer in memory; behind an engine they have none, and stand by
    ``customer_id``.
    """

    def convert(native: Any) -> pd.DataFrame:
        frame: Any = nw.from_native(native)
        has_order = not isinstance(frame, nw.LazyFrame)
        frame = frame if has_order else frame.collect()
        table = frame.to_pandas().copy()
        for name, dtype in frame.schema.items():
            if dtype == nw.Date or dtype == nw.Datetime:
                table[name] = table[name].astype("datetime64[us]")
            elif dtype.is_integer():
                table[name] = table[name].astype("Int64")
            elif dtype.is_float():
                table[name] = table[name].astype("float64")
        if "customer_id" in table and not has_order:
            table = table.sort_values(
                "customer_id", key=lambda ids: ids.astype(str) if ids.dtype == object else ids
            )
        return table.reset_index(drop=True)

    return convert
