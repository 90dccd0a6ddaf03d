"""Fail, and say why, unless a tag is the version of pyproject.toml and CITATION.cff, and the changelog has it.

Run from the project's root: python .ci/tag.py v0.1.0
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def complaints(tag: str, root: Path) -> list[str]:
    """What does not fit the tag."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    found = []
    if tag != f"v{version}":
        found.append(
            f"The tag is {tag!r}, and pyproject.toml has version {version!r}. Hint: git tag v{version}."
        )
    cited = re.search(r'^version: "?([^"\n]+)"?$', (root / "CITATION.cff").read_text(encoding="utf-8"), re.M)
    if cited is None or cited[1] != version:
        found.append(f"CITATION.cff has version {cited and cited[1]!r}, and pyproject.toml {version!r}.")
    if f"## [{version}]" not in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        found.append(
            f"CHANGELOG.md has no section ## [{version}]. Hint: give Unreleased that name and a date."
        )
    return found


if __name__ == "__main__":
    if found := complaints(sys.argv[1], Path()):
        raise SystemExit("\n".join(found))
    print(f"{sys.argv[1]} is the version everywhere.")
