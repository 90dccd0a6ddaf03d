"""Who moved between segments since an earlier table of the customers: said, and as a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pandas as pd

from clv._command.asked import FOLDER
from clv._command.customers_file import headers
from clv._report.wording import Wording
from rfm._spreadsheets import write_csv

__all__ = ["moves_sentences", "write_moves"]

SHOWN: Final = 5


def moves_sentences(moved: pd.DataFrame, customers: int) -> list[str]:
    """How many moved, and the commonest moves.

    Parameters
    ----------
    moved : DataFrame
        From `clv._report.moves.moved_customers`.
    customers : int
        How many there are now.
    """
    new, gone = moved["previous_segment"].isna(), moved["segment"].isna()
    between = moved[~new & ~gone]
    head = (
        f"Since the earlier table {len(between):,} of {customers:,} customers changed their segment, {new.sum():,} are "
        f"new" + (f" and {gone.sum():,} are not there now." if gone.any() else ".")
    )
    pairs = zip(between["previous_segment"], between["segment"], strict=True)
    counts = sorted(Counter(pairs).items(), key=lambda each: (-each[1], each[0]))
    moves = [f"{count:,} from {one} to {other}" for (one, other), count in counts[:SHOWN]]
    return [head, *([f"Most often: {', '.join(moves)}."] if moves else [])]


def write_moves(moved: pd.DataFrame, path: Path, words: Wording, keep_ids: bool = False) -> None:
    """Write who moved as CSV, with the columns' names in the report's language."""
    names = headers([str(name) for name in moved], words)
    keep = (names["customer_id"],) if keep_ids else ()
    write_csv(moved.rename(columns=names), path, FOLDER, keep, for_excel=True)
