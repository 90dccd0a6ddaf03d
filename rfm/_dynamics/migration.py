"""Migration between segments: rates with intervals, flows, changes of the rates, dwell times, the long run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._days import Day, as_day, day_text
from rfm._dynamics.dwell_time import dwell_columns
from rfm._dynamics.markov_chain import long_run, path
from rfm._dynamics.migration_notes import notes
from rfm._dynamics.periods import MOST_PERIODS
from rfm._dynamics.rate_changes import Changes, changes
from rfm._dynamics.spells import NOT_YET, Spells, tally
from rfm._frames.native import Frame
from rfm._frames.small_tables import empty_like, table_like
from rfm._options import check_choice, confidence_level, whole
from rfm._printed import name_in_text
from rfm._statistics.shares import wilson
from rfm.errors import DataError, plain

__all__ = ["Migration", "migration"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Values = Literal["rate", "customers", "low", "high"]


def migration(snaps: Any, *, confidence: float = 0.95) -> Migration:
    """Count moves between segments, as rates with confidence intervals.

    Parameters
    ----------
    snaps : dataframe
        From `snapshots`: ``customer_id, date, segment``, one row per customer and date, on any engine.
        Any other table of this form will do. Times with a zone count by their own day;
        behind DuckDB, Ibis and Spark by that of the session.
    confidence : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    Migration
        Its repr shows the matrix of rates over all periods.

    Raises
    ------
    DataError
        If a column or a date is missing, there are fewer than two dates, or a customer lacks a date or
        has one twice.

    See Also
    --------
    snapshots : Makes the table.
    rfm.plot.migration, rfm.plot.migration_flow : Pictures of it.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> snaps = pd.DataFrame({
    ...     "customer_id": [1, 2, 3, 4] * 2,
    ...     "date": pd.to_datetime(["2024-01-31"] * 4 + ["2024-02-29"] * 4),
    ...     "segment": ["good", "good", "lost", "not yet", "good", "lost", "lost", "good"],
    ... })
    >>> moved = rfm.migration(snaps)
    >>> moved.matrix("customers")
      segment_from  good  lost
    0         good     1     1
    1         lost     0     1
    2      not yet     1     0
    >>> moved.flows[["segment", "start", "inflow", "outflow", "net", "end", "new"]]
      segment  start  inflow  outflow  net  end  new
    0    good      2       1        1    0    2    1
    1    lost      1       1        0    1    2    0
    """
    confidence_level(confidence)
    frame, spells = tally(snaps)
    return Migration(spells, confidence, empty_like(frame))


@dataclass(frozen=True, eq=False, repr=False)
class Migration:
    """Moves between segments, from one date to the next.

    Every table is a dataframe of the kind that came in. Rates are shares of those who were in a segment
    at the start of a period; they sum to one over the segments at its end. The row `not yet` counts those
    who made their first purchase during the period, and its rates are where newcomers land: how many are still to
    come is unknown to a log.

    Attributes
    ----------
    spells : Spells
        The counts behind all tables.
    confidence : float

    See Also
    --------
    migration : Makes it.
    rfm.plot.migration, rfm.plot.migration_flow : Pictures of it.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> snaps = pd.DataFrame({
    ...     "customer_id": [1, 2, 3] * 2,
    ...     "date": pd.to_datetime(["2024-01-31"] * 3 + ["2024-02-29"] * 3),
    ...     "segment": ["good", "good", "lost", "good", "lost", "lost"],
    ... })
    >>> rfm.migration(snaps).rates[["segment_from", "segment_to", "customers", "rate"]]
      segment_from segment_to  customers  rate
    0         good       good          1   0.5
    1         good       lost          1   0.5
    2         lost       good          0   0.0
    3         lost       lost          1   1.0
    4      not yet       good          0   NaN
    5      not yet       lost          0   NaN
    """

    spells: Spells
    confidence: float
    _like: Frame

    # ------------------------------------------------------------ arrays

    @property
    def segments(self) -> tuple[str, ...]:
        """Segments that occur, best first, without `not yet`."""
        return tuple(name for name in self.spells.segments if name != NOT_YET)

    @cached_property
    def _counts(self) -> Ints:
        """(p, s + 1, s): customers by period, from (the last row: `not yet`), to."""
        size, counts = len(self.segments), self.spells.counts()
        if size == counts.shape[1]:
            counts = np.concatenate([counts, np.zeros_like(counts[:, :1])], axis=1)
        return counts[:, :, :size]

    @cached_property
    def _rates(self) -> Floats:
        """(s, s): rates over all periods; a segment in which no customer starts a period is taken to be kept."""
        counts = self._counts[:, :-1].sum(axis=0)
        n = counts.sum(axis=1, keepdims=True)
        rates: Floats = np.where(n > 0, counts / np.maximum(n, 1), np.eye(len(counts)))
        return rates

    @property
    def _now(self) -> Floats:
        """(s,): shares of customers at the last date."""
        last = self._counts[-1].sum(axis=0)
        shares: Floats = last / last.sum()
        return shares

    @cached_property
    def _changes(self) -> Changes:
        return changes(self._counts[:, :-1], np.diff(self.spells.dates))

    def _names(self, times: int = 1) -> npt.NDArray[np.object_]:
        return np.tile(np.array(self.segments, dtype=object), times)

    def _periods(self, repeat: int, first: int = 0) -> dict[str, Any]:
        dates = self.spells.dates.astype("datetime64[D]")
        return {"date_from": dates[first:-1].repeat(repeat), "date_to": dates[first + 1 :].repeat(repeat)}

    def _table(self, columns: Mapping[str, Any]) -> Any:
        return table_like(self._like, columns, (*self.segments, NOT_YET))

    def _against(self, repeat: int) -> dict[str, Any]:
        ends, period = self.spells.dates[1:].astype("datetime64[D]"), self._changes.against
        days = np.where(period >= 0, ends[period], np.datetime64("NaT", "D"))
        return {"against": days.repeat(repeat)}

    @cached_property
    def moves(self) -> Any:
        """Every period: ``date_from, date_to, segment_from, segment_to, customers, rate, low, high``."""
        return self._table(self._periods(self._counts[0].size) | self._cells(self._counts))

    @cached_property
    def rates(self) -> Any:
        """All periods together: ``segment_from, segment_to, customers, rate, low, high``."""
        return self._table(self._cells(self._counts.sum(axis=0)[None]))

    def _cells(self, counts: Ints) -> dict[str, Any]:
        names = np.array([*self.segments, NOT_YET], dtype=object)
        periods, origins, goals = counts.shape
        n = counts.sum(axis=2, keepdims=True)
        low, high = wilson(counts, n, self.confidence)
        rate = np.where(n > 0, counts / np.maximum(n, 1), np.nan)
        return {
            "segment_from": np.tile(names.repeat(goals), periods),
            "segment_to": np.tile(names[:-1], periods * origins),
            "customers": counts.ravel(),
            "rate": rate.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }

    @cached_property
    def flows(self) -> Any:
        """Every period: ``date_from, date_to, segment, start, inflow, outflow, net, end, new``.

        ``start`` + ``net`` = ``end``; ``inflow`` includes ``new``, those who were `not yet` before.
        """
        counts = self._counts
        start, end, new = counts[:, :-1].sum(axis=2), counts.sum(axis=1), counts[:, -1]
        stay = np.einsum("pss->ps", counts[:, :-1])
        inflow, outflow = end - stay, start - stay
        numbers = {
            "start": start,
            "inflow": inflow,
            "outflow": outflow,
            "net": end - start,
            "end": end,
            "new": new,
        }
        columns = {name: values.ravel() for name, values in numbers.items()}
        names = {"segment": self._names(len(counts))}
        return self._table(self._periods(len(self.segments)) | names | columns)

    @cached_property
    def changes(self) -> Any:
        """Whether a period's rates differ from those of the latest earlier period of the same length.

        ``date_from, date_to, against, chi2, df, p_value, p_holm, cramers_v, pooled``: ``against`` is the last
        day of the period compared with, missing where none is as long (to 1.5%: March is compared
        with January, not February, since more customers move in 31 days than in 28). The chi-square test of equal
        rows (see `rfm._dynamics.count_tests.homogeneity`), summed over segments; ``p_holm`` is adjusted for all
        periods; ``cramers_v`` (0 to 1) is the size of the change, which a p value is not;
        ``pooled``: moves too rare to be tested alone, 0 where nothing compares. ``df`` 0: nothing could be tested.

        The rates between segments are tested. Segments that count a customer's whole history, as F and M do,
        fill up in a log's first months: rates then change though customers do not.
        """
        return self._table(self._periods(1, first=1) | self._against(1) | self._changes.overall())

    @cached_property
    def changes_by_segment(self) -> Any:
        """The same, segment by segment: the columns of `changes`, by ``segment``.

        ``p_holm`` is adjusted for all segments of the period.
        """
        size, names = len(self.segments), {"segment": self._names(len(self._counts) - 1)}
        periods = self._periods(size, first=1) | self._against(size)
        return self._table(periods | names | self._changes.by_segment())

    @cached_property
    def dwell(self) -> Any:
        """Time spent in a segment: ``segment, spells, ended, unknown_start, median_days, mean_days``.

        A spell runs from the first date at which a customer is seen in the segment to the first at which
        the customer is not. Spells still running at the last date count as at least that long (Kaplan and
        Meier); spells that ran at the first date, ``unknown_start``, are left out. ``median_days`` is
        missing while more than half are still there; ``mean_days`` counts no day beyond the longest spell
        seen, and so is a lower bound while some are still there.
        """
        return self._table({"segment": self._names()} | dwell_columns(self.spells, len(self.segments)))

    @cached_property
    def long_run(self) -> Any:
        """The limit of the shares if the rates stay constant: ``segment, share_now, share_long_run``.

        An assumption, not a forecast: see `notes`.
        """
        shares = {"share_now": self._now, "share_long_run": long_run(self._rates, self._now)}
        return self._table({"segment": self._names()} | shares)

    def expected_path(self, periods: int = 12) -> Any:
        """Shares of today's customers after 0, 1, … periods: ``period, segment, share``.

        Under the same assumption as `long_run`. A customer's chance to move depends on the whole history, and the rates
        of a young log change with it: `clv.segment_forecast` simulates each customer's future instead, with intervals.

        Parameters
        ----------
        periods : int
            Number of periods ahead, 0 or more.

        Returns
        -------
        dataframe of the kind that came in

        Raises
        ------
        DataError
            If ``periods`` is not a whole number, 0 or more.

        See Also
        --------
        Migration.long_run : Where it leads.
        Migration.matrix : The rates behind it.
        clv.segment_forecast : Customers by segment at later dates, from a purchase law.

        Examples
        --------
        >>> import rfm
        >>> moved = rfm.migration(rfm.snapshots(rfm.datasets.cdnow_sample(), every="1Q", scheme="value"))
        >>> moved.expected_path(1).round(2)
           period segment  share
        0       0    high   0.20
        1       0     mid   0.40
        2       0     low   0.40
        3       1    high   0.23
        4       1     mid   0.40
        5       1     low   0.37
        """
        periods = whole("periods", periods, "periods=12", most=MOST_PERIODS)
        shares = path(self._rates, self._now, periods)
        numbers = np.arange(periods + 1).repeat(len(self.segments))
        return self._table({"period": numbers, "segment": self._names(periods + 1), "share": shares.ravel()})

    def matrix(self, values: Values = "rate", period: Day | None = None) -> Any:
        """The matrix from (rows, ``segment_from``) → to (one column per segment).

        Parameters
        ----------
        values : {"rate", "customers", "low", "high"}
            Shares of those in the row, their number, or the bounds of the shares' intervals.
        period : str or date, optional
            The date at which the period ends; default all periods together.

        Returns
        -------
        dataframe of the kind that came in
            The last row, `not yet`, counts those who were not yet customers.

        Raises
        ------
        DataError
            If ``values`` or the period is unknown.

        See Also
        --------
        Migration.rates : The same as a table, with intervals.
        rfm.plot.migration : A picture of it.

        Examples
        --------
        >>> import rfm
        >>> moved = rfm.migration(rfm.snapshots(rfm.datasets.cdnow_sample(), every="1Q", scheme="value"))
        >>> moved.matrix("customers").columns.tolist()
        ['segment_from', 'high', 'mid', 'low']
        """
        check_choice("values", values, get_args(Values))
        if "segment_from" in self.segments:
            raise DataError(
                "A segment is named 'segment_from', as the first column of the matrix is. Hint: rename the segment."
            )
        counts = self._counts.sum(axis=0) if period is None else self._counts[self._period(period)]
        cells = self._cells(counts[None])[values].reshape(counts.shape)
        shown = [*range(len(self.segments)), *([-1] if NOT_YET in self.spells.segments else [])]
        names = np.array([*self.segments, NOT_YET], dtype=object)
        return self._table(
            {"segment_from": names[shown]} | dict(zip(self.segments, cells[shown].T, strict=True))
        )

    def _period(self, end: Day) -> int:
        ends: list[int] = self.spells.dates[1:].tolist()
        day = as_day(end, "period")
        if day not in ends:
            known = ", ".join(map(day_text, ends[:6])) + (", …" if len(ends) > 6 else "")
            raise DataError(f"No period ends on {day_text(day)}. Hint: periods end on {known}.")
        return ends.index(day)

    # ------------------------------------------------------------- words

    @property
    def notes(self) -> tuple[str, ...]:
        """The assumptions behind these numbers, in sentences."""
        return notes(self.spells.dates, self._counts, self._rates, self.segments, self._changes)

    @property
    def _title(self) -> str:
        first, *_, last = map(day_text, self.spells.dates.tolist())
        total = int(self._counts[-1].sum())
        return (f"Moves of {total:,} customers over {len(self._counts)} periods, {first} to {last}: "
                "of 100 in the segment on the left, how many are in which segment at the next date")  # fmt: skip

    def _percent(self) -> pd.DataFrame:
        counts = self._counts.sum(axis=0)
        cells = self._cells(counts[None])["rate"].reshape(counts.shape) * 100
        names = list(map(name_in_text, (*self.segments, NOT_YET)))
        table = pd.DataFrame(cells, pd.Index(names, name="from"), pd.Index(names[:-1], name="to"))
        return table if NOT_YET in self.spells.segments else table.iloc[:-1]

    def __repr__(self) -> str:
        table = self._percent().to_string(float_format="{:.1f}".format, na_rep="–")
        return "\n".join([self._title, table, *(plain(f"- {note}") for note in self.notes)])

    def _repr_html_(self) -> str:
        table = self._percent().to_html(float_format="{:.1f}".format, na_rep="–")
        notes = "".join(f"<li>{escape(plain(note))}</li>" for note in self.notes)
        return f"<p>{escape(self._title)}</p>{table}<ul>{notes}</ul>"
