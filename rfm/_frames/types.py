"""Frame in, frame out, for type checkers: `rfm.segment` of a pandas frame is a pandas frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

__all__ = ["FrameT", "OtherT", "Table"]


class Table(Protocol):
    """What dataframes of all engines have and `Transactions` does not."""

    @property
    def columns(self) -> Any:
        """The columns, or their names."""


if TYPE_CHECKING:
    from typing_extensions import TypeVar  # of Python 3.13, with defaults

    FrameT = TypeVar("FrameT", bound=Table, default=Any)
    OtherT = TypeVar("OtherT", bound=Table)  # of a second table, beside the one that an object holds
else:
    from typing import TypeVar

    FrameT, OtherT = TypeVar("FrameT"), TypeVar("OtherT")
