"""Engine-specific code is in `rfm._frames`: no other file asks which engine it is on, or joins by itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import clv
import rfm

ROOT = Path(rfm.__file__).parent
ROOM = ROOT / "_frames"
FILES = sorted(
    path
    for package in (ROOT, Path(clv.__file__).parent)
    for path in package.rglob("*.py")
    if ROOM not in path.parents
)
ENGINES = {"polars", "duckdb", "ibis", "dask", "pyspark", "pyarrow", "modin", "cudf"}
QUESTIONS = {"implementation", "Implementation", "pyarrow_dtype"}
PANDAS = {"DataFrame", "ArrowDtype", "DatetimeTZDtype", "PeriodDtype"}
# Arguments that may be a pandas Series whatever the engine: the groups of totals, a row to explain, a season's factors.
SERIES = {"clv/_season/given_factors.py", "clv/_values/groups.py", "rfm/_schemes/explaining.py"}
LARGE = {
    f"clv/_large_files/{each}.py" for each in ("large_log", "size", "text_rows")
}  # files that DuckDB reads
RULE_OF_NARWHALS = "narwhals.stable.v2"


def name(path: Path) -> str:
    return path.relative_to(ROOT.parent).as_posix()


def questions(tree: ast.AST, where: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in QUESTIONS:
            yield node.lineno, node.attr
        if isinstance(node, ast.Attribute) and node.attr.startswith("is_") and node.attr[3:] in ENGINES | {
            "pandas", "pandas_like", "spark_like", "pyspark_connect", "sqlframe"
        }:  # fmt: skip
            yield node.lineno, node.attr
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.split(".")[0] in ENGINES)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ENGINES:
            yield node.lineno, node.module
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rfm._frames.engines"):
            yield node.lineno, node.module or ""
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            found = set(re.findall(r"\bpd\.(\w+)", ast.unparse(node.args[1])))
            if found & PANDAS or ("Series" in found and where not in SERIES):
                yield node.lineno, ast.unparse(node)


def joins(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        method = node.func.attr
        if method in ("merge", "join_asof", "merge_asof", "merge_ordered", "combine_first", "align"):
            yield node.lineno, ast.unparse(node.func)
        if method == "join" and (
            node.keywords or len(node.args) > 1
        ):  # texts are joined by one argument alone
            yield node.lineno, ast.unparse(node.func)


def test_no_other_file_knows_engines():
    found = {}
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found[name(path)] = [] if name(path) in LARGE else [*questions(tree, name(path)), *joins(tree)]
    assert len(found) > 150
    assert {where: lines for where, lines in found.items() if lines} == {}


def test_the_checks_can_fail():
    """Each way of asking is found, and each of joining."""
    asked = """
import polars as pl
from dask import dataframe
from rfm._frames.engines import engine_of
frame.implementation.is_polars()
nw.Implementation.DASK
isinstance(native, pd.DataFrame)
isinstance(series.dtype, pd.ArrowDtype)
isinstance(native, pd.Series)
"""
    assert len({line for line, _ in questions(ast.parse(asked), "rfm/a.py")}) == 8
    joined = "left.join(right, on='a')\nleft.merge(right)\npd.merge(left, right)\n', '.join(texts)\n"
    assert [line for line, _ in joins(ast.parse(joined))] == [1, 2, 3]


def test_narwhals_is_read_by_its_stable_name():
    for path in [*FILES, *ROOM.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                of_narwhals = [a.name for a in node.names if a.name.split(".")[0] == "narwhals"]
                assert set(of_narwhals) <= {RULE_OF_NARWHALS}, name(path)
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] != "narwhals", name(path)


def test_an_engine_module_is_listed_once_and_known_to_nobody_else():
    """Adding an engine is a module and a line: no file but the list and its kin reads another engine's module."""
    kin = {"engine", "arrow_batches"}  # what engines share
    modules = {path.stem for path in (ROOM / "engines").glob("*.py")} - {"__init__"} - kin
    listed = ast.unparse(ast.parse((ROOM / "engines" / "__init__.py").read_text(encoding="utf-8")))
    for module in modules:
        assert listed.count(f"from rfm._frames.engines.{module} import") == 1
    for path in ROOM.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not any(f"engines.{module}" in source for module in modules), path.name
