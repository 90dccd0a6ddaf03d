"""The audit of a log as a waterfall: from the rows that came in to the rows that were kept."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._options import check_choice

from ._colors import ACCENT, INK, MUTED, PALETTE
from ._labels import labeller
from ._numbers import number, percent
from ._style import nothing, picture, titles, units, write_text
from ._tables import fetched, require

__all__ = ["audit", "audit_data"]

By = Literal["rows", "amount"]


def audit(audited: Any, by: By = "rows", *, ax: Axes | None = None) -> Axes:
    """Draw the audit of a log: rows that came in, rows dropped by each rule, rows kept.

    Parameters
    ----------
    audited : any dataframe
        ``tx.audit`` of `rfm.Transactions`: ``rule, effect, rows, amount``.
    by : {"rows", "amount"}
        Whether the bars count rows or sum amounts (rows without a readable amount then count as 0).
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Bars from top to bottom: all rows, each dropping rule, the rows kept. What was netted or merged, but
        kept, is in the note.

    Raises
    ------
    DataError
        A column is missing, or `by` is unknown.

    See Also
    --------
    audit_data : Its numbers.
    rfm.Transactions.audit : The table that it draws.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> lines = pd.DataFrame({"rule": ["kept", "missing customer"], "effect": ["kept", "dropped"],
    ...                       "rows": [75, 25], "amount": [900.0, 100.0]})
    >>> [t.get_text() for t in rfm.plot.audit(lines).get_yticklabels()]
    ['came in', 'missing customer', 'kept']
    """
    data = audit_data(audited, by)
    informs = data[data["effect"] == "informs"]
    steps = data[data["effect"] != "informs"]
    with picture(ax, height=max(3.0, 1.6 + 0.42 * len(steps))) as ax:
        named = informs[["rule", "value"]].dropna().itertuples(index=False)
        note = " · ".join(f"{labeller(None)(rule)}: {number(value)}" for rule, value in named)
        what = "Rows" if by == "rows" else "Amount"
        titles(ax, "What was kept of the log", x=what, note=f"Of these, {note}" if note else "")
        total = float(steps["value"].iloc[0]) if len(steps) else 0.0
        if not total:
            return nothing(ax, "No rows" if by == "rows" else "No amount")
        places = np.arange(len(steps))
        value, left, right = (steps[name].to_numpy(float) for name in ("value", "left", "right"))
        drops = (steps["effect"] == "dropped").tolist()
        ax.barh(
            places, right - left, left=left, height=0.62, color=[ACCENT if d else PALETTE[0] for d in drops]
        )
        for place, drop in enumerate(drops):
            ink, end = ACCENT if drop else INK, max(left[place], right[place])
            write_text(
                ax, _label(value[place], total, drop), (end, place), offset=(5, 0), color=ink, bold=not drop
            )
        ax.vlines(left[1:-1], places[1:-1] + 0.31, places[2:] - 0.31, color=MUTED, lw=0.8, ls=":")
        ax.set_yticks(places, list(map(labeller(None), steps["rule"])), fontsize=9, parse_math=False)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(steps) - 0.45, -0.55)
        units(ax.xaxis, number, integer=by == "rows")
        ax.set_xlim(min(0.0, left.min(), right.min()), 1.18 * max(left.max(), right.max(), 0.0) or 1.0)
        ax.axvline(0, color=MUTED, lw=0.8)
    return ax


def _label(value: float, total: float, drop: bool) -> str:
    """The label of a bar; dropping returns adds to the amount."""
    if np.isnan(value):
        return "unknown"
    sign = "+" if drop and value < 0 else ""
    return f"{sign}{number(-value if drop else value)} ({percent(abs(value / total))})"


def audit_data(audited: Any, by: By = "rows") -> pd.DataFrame:
    """Return the numbers of `audit`.

    Parameters
    ----------
    audited : any dataframe
        ``tx.audit`` of `rfm.Transactions`: ``rule, effect, rows, amount``.
    by : {"rows", "amount"}
        Whether the bars count rows or sum amounts (rows without a readable amount then count as 0).

    Returns
    -------
    pandas.DataFrame
        ``rule, effect, value, left, right``: first all that came in (effect "all"), then what each rule
        dropped, the largest first, each bar beginning where the previous one ends, then what was kept, and last
        the informative lines (effect "informs", without a bar). Lines of several sources are summed. The
        amount of rows without a readable one is missing, and its bar has no width.

    See Also
    --------
    audit : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> lines = pd.DataFrame({"rule": ["kept", "missing customer"], "effect": ["kept", "dropped"],
    ...                       "rows": [75, 25], "amount": [900.0, 100.0]})
    >>> rfm.plot.audit_data(lines)[["rule", "value", "left", "right"]]
                   rule  value  left  right
    0           came in  100.0   0.0  100.0
    1  missing customer   25.0  75.0  100.0
    2              kept   75.0   0.0   75.0
    """
    check_choice("by", by, ("rows", "amount"))
    columns = ("rule", "effect", "rows", "amount")
    table = fetched(require(audited, columns, "tx.audit is such a table").select(*columns))
    table["value"] = pd.to_numeric(table[by]).astype(float)
    lines = table.groupby(["rule", "effect"], sort=False)["value"].sum(min_count=1).reset_index()
    kept, informs = lines[lines["effect"] == "kept"], lines[lines["effect"] == "informs"]
    dropped = lines[lines["effect"] == "dropped"].sort_values("value", ascending=False, kind="stable")
    remains, lost = kept["value"].sum(), dropped["value"].fillna(0.0).to_numpy()
    right = remains + lost.sum() - np.concatenate([[0.0], np.cumsum(lost)[:-1]])[: len(lost)]
    whole = pd.DataFrame({"rule": ["came in"], "effect": "all", "value": remains + lost.sum()})
    bars = pd.concat(
        [
            whole.assign(left=0.0, right=whole["value"]),
            dropped.assign(left=right - lost, right=right),
            kept.assign(left=0.0, right=kept["value"]),
        ]
    )
    return pd.concat([bars, informs.assign(left=np.nan, right=np.nan)], ignore_index=True)
