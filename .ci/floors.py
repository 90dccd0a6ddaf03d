"""Print pip constraints that pin every declared dependency to its lowest allowed version.

Run from the project's root: python .ci/floors.py > constraints.txt
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TOOLS = {"docs", "dev"}  # extras that only build or check the project: their floors are not the users'


def floors(project: dict[str, object]) -> dict[str, str]:
    """Lowest version by distribution, over the runtime dependencies and the users' extras."""
    extras = {k: v for k, v in project["optional-dependencies"].items() if k not in TOOLS}  # type: ignore[attr-defined]
    lines = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]  # type: ignore[misc]
    found = {}
    for line in lines:
        if match := re.match(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?>=([0-9.]+)", line):
            found[match[1]] = match[2]
    return found


if __name__ == "__main__":
    declared = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, version in sorted(floors(declared).items()):
        print(f"{name}=={version}")
