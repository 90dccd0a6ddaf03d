"""The report's section on who moved between segments, and why."""

from __future__ import annotations

from typing import Any, Final

from clv._report.findings import Findings
from clv._report.moves import Moves
from clv._report.notes import notes_on
from clv._report.page import Column, Section, Table
from clv._report.wording import Wording
from rfm._frames.mapping import to_pandas

__all__ = ["moved_section", "reason"]

MOST: Final = 12  # moves that are listed


def moved_section(found: Findings, words: Wording, facts: dict[str, str]) -> Section:
    """The largest moves with their causes, and all moves of the last quarter as a matrix."""
    title = words("moved.title")
    tables = (*_by_cause(found.moves, words), *_matrix(found, words, facts))
    said = () if found.moves is None else (_since(found.moves, words),)
    if found.moved is None:
        return Section(title, (*said, words("moved.none")), tables=tables)
    return Section(title, (*said, words("moved.text", **facts)), (), tables)


def _since(moves: Moves, words: Wording) -> str:
    """How many moved, came and went, and since when."""
    rows = moves.by_cause
    new = rows["previous_segment"].isna()
    gone = rows["segment"].isna()
    counts = {
        "moved": rows.loc[~new & ~gone, "customers"].sum(),
        "new": rows.loc[new, "customers"].sum(),
    }
    shown = {name: f"{int(count):,}" for name, count in counts.items()}
    if moves.since is None:
        return words("moved.since_previous", **shown)
    return words("moved.since", day=moves.since.isoformat(), **shown)


def _by_cause(moves: Moves | None, words: Wording) -> tuple[Table, ...]:
    """The largest moves between segments and their causes."""
    if moves is None or moves.by_cause.empty:
        return ()
    columns = (
        Column(words("moved.from"), "word"),
        Column(words("moved.to"), "word"),
        Column(words("columns.customers"), "number"),
        Column(words("moved.why"), "text"),
    )
    rows = tuple(_row(row, words) for row in moves.by_cause.head(MOST).to_dict("records"))
    return (Table(words("moved.caption_causes"), columns, rows, ()),)


def _row(row: dict[str, Any], words: Wording) -> tuple[str, ...]:
    before, after = row["previous_segment"], row["segment"]
    return (
        words.label(before) if isinstance(before, str) else "–",
        words.label(after) if isinstance(after, str) else "–",
        f"{int(row['customers']):,}",
        reason(row["cause"], row["metric"], words),
    )


def reason(cause: str, metric: Any, words: Wording) -> str:
    """Why customers moved: the causes, and the scores that decided."""
    causes = words("moved.and").join(
        words(f"moved.causes.{each.replace(' ', '_')}") for each in cause.split("+")
    )
    if not isinstance(metric, str) or metric == "attributes":
        return causes
    return words("moved.reason", causes=causes, scores=metric)


def _matrix(found: Findings, words: Wording, facts: dict[str, str]) -> tuple[Table, ...]:
    """All moves of the last quarter; rows: from, columns: to."""
    if found.moved is None:
        return ()
    matrix = to_pandas(found.moved.matrix("customers")).set_index("segment_from")
    names = [words.label(str(name)) for name in matrix.columns]
    shown = (Column(words("moved.from"), "word"), *(Column(name, "number") for name in names))
    rows = tuple(
        (
            words.language.value("migration", words.label(str(name))),
            *(f"{int(value):,}" if value else "·" for value in row),
        )
        for name, row in zip(matrix.index, matrix.to_numpy(), strict=True)
    )
    return (Table(words("moved.caption", **facts), shown, rows, notes_on(found, words, "moved")),)
