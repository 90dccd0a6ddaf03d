"""Tables of oracle rows as JSON, a row a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def write(path: Path, tables: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """Write the tables by name."""
    parts = [f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in tables.items()]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
