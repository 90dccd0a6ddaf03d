"""PyArrow tables: no index, no ordered categories, joins that do not keep the order of rows."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from rfm._frames.arrow_types import odd_kinds, plain_table
from rfm._frames.engines.engine import Engine, Frame

__all__ = ["PyArrow"]


class PyArrow(Engine):
    """PyArrow tables."""

    name = "PyArrow"
    package = "pyarrow"

    def with_plain_types(self, frame: Frame) -> Frame:
        table = nw.to_native(frame)
        odd = odd_kinds(dict(zip(table.column_names, table.schema.types, strict=True)))
        return nw.from_native(plain_table(table, odd)) if odd else frame
