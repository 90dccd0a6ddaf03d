"""Who moved between segments since an earlier table of the customers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pandas as pd

from clv._command.asked import FOLDER
from rfm._spreadsheets import write_csv

__all__ = ["moves_sentences", "moves_since", "write_moves"]

NEW: Final = "(new)"
GONE: Final = "(not there now)"
SHOWN: Final = 5


def moves_since(previous: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The customers whose segment changed.

    Parameters
    ----------
    previous : DataFrame
        ``customer_id`` as text, ``segment``.
    table : DataFrame
        The customers of today, with ``customer_id`` and ``segment``.

    Returns
    -------
    DataFrame
        A row for every customer who moved, is new, or is not there now: ``customer_id, segment_from, segment_to``, and
        ``clv`` where the table has it; the most valuable first.

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": ["1", "2", "3"], "segment": ["VIP", "lost", "VIP"]})
    >>> now = pd.DataFrame({"customer_id": [1, 2, 4], "segment": ["at risk", "lost", "new"], "clv": [9.0, 1.0, 2.0]})
    >>> moves_since(before, now)
      customer_id segment_from       segment_to  clv
    0           1          VIP          at risk  9.0
    1           4        (new)              new  2.0
    2           3          VIP  (not there now)  NaN
    """
    kept = [name for name in ("customer_id", "segment", "clv") if name in table]
    now = table[kept].assign(
        customer_id=table["customer_id"].astype(str), segment_to=table["segment"].astype(str).astype(object)
    )
    before = previous[["customer_id", "segment"]].rename(columns={"segment": "segment_from"}).astype(object)
    ids = pd.Index(sorted({*before["customer_id"], *now["customer_id"]}), name="customer_id")
    both = now.drop(columns="segment").set_index("customer_id").reindex(ids)
    both["segment_from"] = before.set_index("customer_id")["segment_from"].reindex(ids).fillna(NEW)
    both["segment_to"] = both["segment_to"].fillna(GONE)
    both = both.reset_index()
    moved = both[both["segment_from"] != both["segment_to"]]
    by = ["clv"] if "clv" in moved else []
    moved = moved.sort_values([*by, "customer_id"], ascending=[*(False for _ in by), True], kind="stable")
    return moved[["customer_id", "segment_from", "segment_to", *by]].reset_index(drop=True)


def moves_sentences(moved: pd.DataFrame, customers: int) -> list[str]:
    """How many moved, and the commonest moves."""
    new, gone = (moved["segment_from"] == NEW), (moved["segment_to"] == GONE)
    between = moved[~new & ~gone]
    head = (
        f"Since the earlier table {len(between):,} of {customers:,} customers changed their segment, {new.sum():,} are "
        f"new" + (f" and {gone.sum():,} are not there now." if gone.any() else ".")
    )
    pairs = zip(between["segment_from"], between["segment_to"], strict=True)
    counts = sorted(Counter(pairs).items(), key=lambda each: (-each[1], each[0]))
    moves = [f"{count:,} from {one} to {other}" for (one, other), count in counts[:SHOWN]]
    return [head, *([f"Most often: {', '.join(moves)}."] if moves else [])]


def write_moves(moved: pd.DataFrame, path: Path) -> None:
    """Write who moved as CSV."""
    write_csv(moved, path, FOLDER, for_excel=True)
