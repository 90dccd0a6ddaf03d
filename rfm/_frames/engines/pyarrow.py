"""PyArrow tables: no index, no ordered categories, joins that do not keep the order of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.arrow_types import is_nested_arrow, odd_kinds, plain_table
from rfm._frames.engines.engine import Engine, Frame

__all__ = ["PyArrow"]


class PyArrow(Engine):
    """PyArrow tables."""

    name = "PyArrow"
    package = "pyarrow"

    def can_name(self, name: str) -> bool:
        """A leading point or bracket begins a path into nested columns."""
        return not name.startswith((".", "["))

    def is_nested(self, frame: Frame, column: str) -> bool:
        return is_nested_arrow(nw.to_native(frame).schema.field(column).type)

    def with_names(self, frame: Frame, names: Sequence[str]) -> Any:
        return nw.from_native(nw.to_native(frame).rename_columns(list(names)))

    def with_plain_types(self, frame: Frame) -> Frame:
        table = nw.to_native(frame)
        odd = odd_kinds(dict(zip(table.column_names, table.schema.types, strict=True)))
        return nw.from_native(plain_table(table, odd)) if odd else frame
