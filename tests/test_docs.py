"""The docs: every public name is in the reference, every link has a target, and the link check finds broken links."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import clv
import rfm

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCES = sorted(path for path in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")] if "_build" not in path.parts)
FENCED = re.compile(r"^(```|:::).*?^\1", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?<![\w./-])(?:rfm|clv)(?:\.[A-Za-z_]\w*)+(?![\w-])")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:rfm|clv|tests|docs|benchmarks|examples|\.ci)/[\w./-]+)`")
PRIVATE = re.compile(r"`((?:rfm|clv)(?:\.\w+)*\._\w+(?:\.\w+)*)`")


def in_reference() -> set[str]:
    """Names that the reference lists, with their module: "rfm.plot.treemap"."""
    names, module = set(), ""
    for page in sorted((DOCS / "reference").glob("*.md")):
        for line in page.read_text(encoding="utf-8").splitlines():
            if "currentmodule::" in line:
                module = line.split("::")[1].strip()
            elif re.fullmatch(r" {3}[\w.]+", line):
                names.add(f"{module}.{line.strip()}")
    return names


@pytest.mark.parametrize(
    "module",
    [rfm, clv, rfm.plot, clv.plot, rfm.datasets, rfm.campaigns, rfm.privacy, rfm.sql],
    ids=lambda m: m.__name__,
)
def test_every_public_name_is_in_the_reference(module):
    public = {name for name in module.__all__ if not isinstance(getattr(module, name), ModuleType)}
    assert {f"{module.__name__}.{name}" for name in public} <= in_reference()


def test_the_gallery_shows_every_picture_and_says_what_it_shows():
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for room in (rfm.plot, clv.plot):
        for name in room.__all__:
            if "ax" in inspect.signature(getattr(room, name)).parameters:
                assert re.search(rf"^(rfm|clv)\.plot\.{name}\(", text, re.MULTILINE), name
    assert text.count("    alt: ") == len(re.findall(r"^(rfm|clv)\.plot\.", text, re.MULTILINE))


def test_the_reference_lists_nothing_else():
    for name in in_reference():
        module, _, last = name.rpartition(".")
        assert last in importlib.import_module(module).__all__, name


@pytest.mark.parametrize("page", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_of_a_source_exist(page):
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    links = [
        link for link in LINK.findall(text) if "://" not in link and not link.startswith(("#", "mailto:"))
    ]
    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_that_a_page_speaks_of_exist(page):
    for name in set(NAME.findall(page.read_text(encoding="utf-8"))):
        thing = {"rfm": rfm, "clv": clv}[name.partition(".")[0]]
        for part in name.split(".")[1:]:
            if not hasattr(thing, part):  # a private module
                importlib.import_module(f"{thing.__name__}.{part}")
            thing = getattr(thing, part)


@pytest.mark.parametrize("page", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_that_a_page_mentions_exist(page):
    if page.name == "CHANGELOG.md":
        return  # it also names what has gone since
    assert [path for path in PATH.findall(page.read_text("utf-8")) if not (ROOT / path).exists()] == []


def test_private_names_that_a_docstring_mentions_exist():
    for module in sorted([*(ROOT / "rfm").rglob("*.py"), *(ROOT / "clv").rglob("*.py")]):
        for name in PRIVATE.findall(module.read_text("utf-8")):
            path = ROOT / name.replace(".", "/")
            if not (path.is_dir() or path.with_suffix(".py").exists()):
                parent, _, last = name.rpartition(".")
                assert hasattr(importlib.import_module(parent), last), f"{module}: {name}"


def test_every_page_is_in_a_toctree():
    """Pages are listed by name, or by a glob that takes the rest of the folder."""
    for page in SOURCES:
        if DOCS in page.parents and page != DOCS / "index.md":
            index = page.parent / "index.md"
            listed = (DOCS / "index.md" if page in (index, DOCS / page.name) else index).read_text("utf-8")
            name = page.relative_to(DOCS if index == page else page.parent).with_suffix("").as_posix()
            assert re.search(rf"^(\*|{re.escape(name)})$", listed, re.MULTILINE), page


def test_the_customers_in_the_readme_are_those_that_come_out():
    lines = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = next(row for row in rows if row[0] == "customer_id")
    printed = rows[rows.index(head) + 2 : rows.index(head) + 6]
    table = clv.customer_table(rfm.datasets.cdnow(), model="pareto-nbd", horizon="52W")
    table = table[table["customer_id"].isin([int(row[0]) for row in printed])].set_index("customer_id")
    for customer, *cells in printed:
        values = table.loc[int(customer), head[1:]]
        assert [f"{v:.2f}" if isinstance(v, float) else str(v) for v in values] == cells


@pytest.fixture(scope="module")
def check_links():
    spec = importlib.util.spec_from_file_location("check_links", DOCS / "check_links.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_link_check_finds_what_leads_nowhere(tmp_path, check_links):
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">x</h1><a href="sub/page.html#here">1</a> <a href="#top">2</a> <a href="#nowhere">3</a>'
        '<a href="https://example.org/x">4</a> <img src="none.png"> <a href="sub/">5</a>'
        '<script src="https://example.org/x.js"></script>',
        encoding="utf-8",
    )
    (tmp_path / "sub" / "page.html").write_text(
        '<p id="here"></p><a href="../index.html">up</a>', encoding="utf-8"
    )
    assert check_links.broken_links(tmp_path) == [
        "index.html: #nowhere (no such anchor)",
        "index.html: sub/ (no such file)",
        "index.html: none.png (no such file)",
        "index.html: https://example.org/x.js (of another site)",
    ]
