"""The checks of a release."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def complaints():
    specification = importlib.util.spec_from_file_location("tag", ROOT / ".ci" / "tag.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.complaints


@pytest.fixture
def project(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path / name)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    (tmp_path / "CHANGELOG.md").write_text(f"## [{version}] - 2030-01-01\n", encoding="utf-8")
    return tmp_path, version


def test_the_tag_of_the_version_is_taken_and_no_other(complaints, project):
    folder, version = project
    assert complaints(f"v{version}", folder) == []
    [result] = complaints("v99.0.0", folder)
    assert result.startswith(f"The tag is 'v99.0.0', and pyproject.toml has version '{version}'.")


def test_the_citation_and_the_changelog_are_of_the_version(complaints, project):
    folder, version = project
    citation = folder / "CITATION.cff"
    citation.write_text(
        re.sub(r"(?m)^version: .*$", "version: 0.0.1", citation.read_text(encoding="utf-8")), encoding="utf-8"
    )
    (folder / "CHANGELOG.md").write_text("## [Unreleased]\n", encoding="utf-8")
    cited, changed = complaints(f"v{version}", folder)
    assert cited == f"CITATION.cff has version '0.0.1', and pyproject.toml {version!r}."
    assert changed.startswith(f"CHANGELOG.md has no section ## [{version}].")
