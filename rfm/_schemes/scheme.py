"""Segments: an ordered, immutable table of rules, checked over the whole score cube."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from rfm._customers.window import IN_WINDOW
from rfm._frames.native import Frame, from_native, to_native
from rfm._frames.types import FrameT
from rfm._options import check_text, items, received, text_by_text, texts
from rfm._printed import Printed, name_in_text
from rfm._requirements import refuse_taken
from rfm._rules import Rule
from rfm._saved_files import write_text
from rfm._schemes import scheme_files
from rfm._schemes.assigning import (
    SCORED,
    SCORES,
    assigned,
    check_money,
    check_scores,
    knows_no_scores_of_money,
    other_bins,
    tagged,
    warn_if_low,
)
from rfm._schemes.explaining import Explanation, explain, row_cells
from rfm._schemes.prospects import check_prospects
from rfm._schemes.scheme_files import BUILT_IN
from rfm._schemes.score_cube import Check, cell_list, check, grid
from rfm._schemes.segment import Segment
from rfm._scores.bins import Bins, by_metric, in_words, plain_bins, same_bins
from rfm.errors import SchemeError, plain

__all__ = ["Scheme", "as_scheme", "segmented"]


MOST_SEGMENTS = 200
EXAMPLE = 'segments=[rfm.Segment("whale", "M == 5")]'


@dataclass(frozen=True)
class Scheme:
    """Segments in order: a customer belongs to the first whose rule holds.

    Parameters
    ----------
    name : str
        Its name in messages.
    segments : sequence of Segment
        Best first: the order of the rules, and of the ``segment`` category; at most 200.
    bins : int or mapping of str to int
        The scores that the rules are written for: 3 to 10, for all three or by metric,
        ``{"R": 5, "F": 3, "M": 4}``; one left out has 5. It is kept as one number where all three agree.
    default : str, optional
        The segment of customers for whom no rule holds.
    source : str
        Source of the table.
    prospects : str, optional
        The segment, without a rule, of those who have bought nothing: `segment` then has a row for each of them
        that the attributes or the log know. By default these are left out.

    Raises
    ------
    SchemeError
        If two segments share a name, there are more than 200, one has no rule, or the default is not one of them.

    See Also
    --------
    segment : Scores and segments of a log.
    Segment, Rule : What it is made of.

    Examples
    --------
    >>> scheme = Scheme.load("classic").with_segment("whale", "M == 5 and nps >= 9", before="VIP")
    >>> scheme.names[:3]
    ('whale', 'VIP', "can't lose")
    >>> scheme.check().conditional
    ('whale',)
    """

    name: str
    segments: tuple[Segment, ...]
    bins: Bins = field(default=5, hash=False)
    default: str | None = None
    source: str = ""
    prospects: str | None = None

    def __post_init__(self) -> None:
        check_text("name", self.name, 'name="mine"', SchemeError)
        segments = items("segments", self.segments, EXAMPLE, SchemeError)
        for each in segments:
            if not isinstance(each, Segment):
                raise SchemeError(f"segments must hold segments; got {received(each)}. Hint: {EXAMPLE}.")
        object.__setattr__(self, "segments", tuple(segments))
        object.__setattr__(self, "bins", plain_bins(by_metric(self.bins, "RFM", SchemeError)))
        if not self.segments:
            raise SchemeError(
                f"Scheme {self.name!r} has no segments. Hint: {EXAMPLE}, or [[segment]] in TOML."
            )
        if len(self.segments) > MOST_SEGMENTS:
            raise _too_many(self.name, len(self.segments))
        twice = {name for name, count in Counter(self.names).items() if count > 1}
        if twice:
            raise SchemeError(f"Scheme {self.name!r} names a segment twice: {', '.join(sorted(twice))}.")
        if self.default is not None and (not isinstance(self.default, str) or self.default not in self.names):
            raise SchemeError(
                f"default={received(self.default)} is not a segment. Segments: {', '.join(self.names)}."
            )
        check_prospects(self)
        for segment in self.segments:
            if segment.rule is None and segment.name not in (self.default, self.prospects):
                raise SchemeError(f"Segment {segment.name!r} has no rule. Hint: default={segment.name!r}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.segments, self._plain_bins, self.default, self.source)

    # ------------------------------------------------------------------ kept

    @classmethod
    def load(cls, name: str | Path) -> Scheme:
        """Load a built-in scheme by name, or your own TOML file.

        Built in: ``classic``, ``codes``, ``grid``, ``value``, ``membership``, ``lifecycle``, ``quartiles``; the tables
        of other tools, ``shopify``, ``klaviyo``, ``optimove``, ``putler``; and ``classic-ahead`` for
        `clv.customer_table`, as its rules read predictions. These are read and checked once per session; a file is
        read again each time.

        Parameters
        ----------
        name : str or Path
            A built-in name, or the path of a file.

        Returns
        -------
        Scheme

        Raises
        ------
        SchemeError
            If there is no such scheme, or the file is not one.

        See Also
        --------
        Scheme.save : Writes a file.
        Scheme.from_dict : From the content of a file.

        Examples
        --------
        >>> Scheme.load("value").names
        ('high', 'mid', 'low')
        """
        if cls is Scheme and isinstance(name, str) and name in BUILT_IN:
            return _built_in(name)
        return cls.from_dict(scheme_files.read(name))

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Scheme:
        """Build a scheme from plain data, as in a TOML file.

        Parameters
        ----------
        content : mapping
            ``name``, ``bins``, ``default``, ``source``, ``prospects``, and ``segment``: a list of mappings, see
            `Segment`.

        Returns
        -------
        Scheme

        Raises
        ------
        SchemeError
            If a key is missing, unknown, or of the wrong kind.

        See Also
        --------
        Scheme.to_dict : The way back.
        Scheme.load : From a file or a built-in name.

        Examples
        --------
        >>> scheme = Scheme.from_dict({
        ...     "name": "two", "bins": 5,
        ...     "segment": [{"name": "good", "rule": "R >= 4"}, {"name": "rest", "rule": "R < 4"}],
        ... })
        >>> scheme.check().complete
        True
        """
        rows = scheme_files.checked(content)
        if len(rows["segments"]) > MOST_SEGMENTS:  # before each rule is parsed
            raise _too_many(rows["name"], len(rows["segments"]))
        return cls(**{**rows, "segments": tuple(Segment(**row) for row in rows["segments"])})

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what `from_dict` reads.

        Returns
        -------
        dict
            Empty fields are left out.

        See Also
        --------
        Scheme.from_dict : The way back.
        Scheme.save : Writes a file.

        Examples
        --------
        >>> [segment["name"] for segment in Scheme.load("value").to_dict()["segment"]]
        ['high', 'mid', 'low']
        """
        head = {key: value for key in scheme_files.SCHEME_KEYS if (value := getattr(self, key))}
        head |= {"bins": self._plain_bins}
        return {**head, "segment": [segment.to_dict() for segment in self.segments]}

    def save(self, path: str | Path) -> None:
        """Write a TOML file that `load` reads.

        Parameters
        ----------
        path : str or Path
            The file; an existing one is overwritten.

        See Also
        --------
        Scheme.load : Reads the file.

        Examples
        --------
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "shop.toml")
        >>> Scheme.load("value").save(path)
        >>> Scheme.load(path) == Scheme.load("value")
        True
        """
        write_text(path, scheme_files.to_toml(self.to_dict()), 'path="mine.toml"', SchemeError)

    # ---------------------------------------------------------------- edited

    @property
    def names(self) -> tuple[str, ...]:
        """The segments' names in order."""
        return tuple(segment.name for segment in self.segments)

    def __repr__(self) -> str:
        segments = f"{len(self.segments)} segment{'s' if len(self.segments) > 1 else ''}"
        return f"Scheme({received(self.name)}, {segments}, bins={self._plain_bins}, default={received(self.default)})"

    def _repr_html_(self) -> str:
        return Printed(self)._repr_html_()

    def __str__(self) -> str:
        names = list(map(name_in_text, self.names))
        width = max(map(len, names))
        bought_nothing = "customers without a purchase"
        rest = {
            s.name: bought_nothing if s.name == self.prospects else "everybody else" for s in self.segments
        }
        rules = [plain(segment.rule or rest[segment.name]) for segment in self.segments]
        rows = [f"  {name:<{width}}  {rule}" for name, rule in zip(names, rules, strict=True)]
        head = f"{name_in_text(self.name)}: {len(rows)} segments for scores {in_words(self.bins)}"
        return str(Printed("\n".join([head, *rows])))

    def __getitem__(self, name: str) -> Segment:
        return self.segments[self._position(name)]

    def with_segment(
        self,
        name: str,
        rule: str,
        before: str | None = None,
        *,
        action: str = "",
        labels: Mapping[str, str] | None = None,
        actions: Mapping[str, str] | None = None,
    ) -> Scheme:
        """A scheme with one more segment, before another or at the end.

        Parameters
        ----------
        name, rule : str
            See `Segment`.
        before : str, optional
            The segment before which the new one is inserted; by default it comes last.
        action : str
            What to do about its customers, in English.
        labels, actions : mapping of language to text, optional
            Name and action in other languages.

        Returns
        -------
        Scheme

        Raises
        ------
        SchemeError
            If there is no such segment to insert before, or one with its name already.
        RuleError
            If the rule cannot be read.

        See Also
        --------
        Scheme.without, Scheme.rename, Scheme.reorder : Other changes.
        Scheme.check : What a change does to the other segments.

        Examples
        --------
        >>> Scheme.load("value").with_segment("whale", "M == 5 and nps >= 9", before="high").names
        ('whale', 'high', 'mid', 'low')
        """
        segment = Segment(
            name, rule, action, {} if labels is None else labels, {} if actions is None else actions
        )
        at = len(self.segments) if before is None else self._position(before)
        return replace(self, segments=(*self.segments[:at], segment, *self.segments[at:]))

    def without(self, name: str) -> Scheme:
        """A scheme without one segment.

        Parameters
        ----------
        name : str
            Of the segment; its customers go to later ones, or to none.

        Returns
        -------
        Scheme

        Raises
        ------
        SchemeError
            If there is no such segment.

        See Also
        --------
        Scheme.with_segment : Adds one.

        Examples
        --------
        >>> Scheme.load("value").without("mid").names
        ('high', 'low')
        """
        self._position(name)
        default = None if self.default == name else self.default
        prospects = None if self.prospects == name else self.prospects
        segments = tuple(s for s in self.segments if s.name != name)
        return replace(self, segments=segments, default=default, prospects=prospects)

    def rename(self, names: Mapping[str, str]) -> Scheme:
        """A scheme with other names: ``{"VIP": "champions"}``. Labels in other languages stay.

        Parameters
        ----------
        names : mapping of str to str
            New names by old ones; the other segments keep theirs.

        Returns
        -------
        Scheme

        Raises
        ------
        SchemeError
            If there is no segment of an old name, or two would have one name.

        See Also
        --------
        Scheme.reorder, Scheme.with_segment, Scheme.without : Other changes.

        Examples
        --------
        >>> Scheme.load("value").rename({"high": "A", "mid": "B"}).names
        ('A', 'B', 'low')
        """
        names = text_by_text("names", names, 'names={"VIP": "champions"}', SchemeError)
        for name in names:
            self._position(name)
        segments = tuple(replace(s, name=names.get(s.name, s.name)) for s in self.segments)
        default = self.default and names.get(self.default, self.default)
        prospects = self.prospects and names.get(self.prospects, self.prospects)
        return replace(self, segments=segments, default=default, prospects=prospects)

    def reorder(self, names: Sequence[str]) -> Scheme:
        """A scheme with the same segments in another order; name all of them.

        Parameters
        ----------
        names : sequence of str
            Best first: the order of the rules, and of the ``segment`` category.

        Returns
        -------
        Scheme

        Raises
        ------
        SchemeError
            If a name is missing, unknown, or given twice.

        See Also
        --------
        Scheme.check : What the order does to each segment.
        Scheme.with_segment : Adds a segment at a place.

        Examples
        --------
        >>> Scheme.load("value").reorder(["mid", "high", "low"]).names
        ('mid', 'high', 'low')
        """
        names = texts("names", names, f"names={list(self.names)!r}", SchemeError)
        if sorted(names) != sorted(self.names):
            own = received(list(self.names))
            raise SchemeError(f"reorder names every segment once; got {received(names)} for {own}.")
        return replace(self, segments=tuple(self[name] for name in names))

    def _position(self, name: str) -> int:
        if not isinstance(name, str) or name not in self.names:
            raise SchemeError(f"No segment {received(name)}. The scheme has: {', '.join(self.names)}.")
        return self.names.index(name)

    # ---------------------------------------------------------------- proven

    @cached_property
    def _ruled(self) -> tuple[tuple[str, Rule], ...]:
        return tuple((s.name, s.parsed) for s in self.segments if s.parsed is not None)

    @cached_property
    def _in_window(self) -> Scheme:
        """The same scheme for scores of a window."""
        segments = tuple(
            s if s.rule_in_window is None else replace(s, rule=s.rule_in_window, rule_in_window=None)
            for s in self.segments
        )
        return self if segments == self.segments else replace(self, segments=segments)

    def _for(self, columns: Iterable[str]) -> Scheme:
        """The scheme with its rules for a table of these columns, which tell whether its scores are of a window."""
        return self._in_window if IN_WINDOW[0] in columns else self

    @cached_property
    def _reads(self) -> frozenset[str]:
        """The columns that the rules read."""
        return frozenset().union(*(rule.columns for _, rule in self._ruled))

    @property
    def _codes(self) -> bool:
        """Whether rules read the code of the three scores, ``rfm``."""
        return any("rfm" in rule.columns for _, rule in self._ruled)

    @cached_property
    def _check(self) -> Check:
        return check(self._ruled, self.bins, self.default)

    def check(self) -> Check:
        """Check the whole score cube: gaps, overlaps, rules that are never reached.

        Returns
        -------
        Check
            Its repr is a short report.

        See Also
        --------
        Scheme.grid : The segment of each cell.

        Examples
        --------
        >>> print(Scheme.load("classic").without("lost").check())
        125 cells: 3 claimed by no rule, 5 by several
        no segment at R F M = 1 1 1, 1 1 2, 1 1 3
        can't lose goes before at risk in 2
        can't lose goes before needs attention in 1
        can't lose goes before loyal in 1
        VIP goes before loyal in 1
        """
        found = self._check
        return replace(found, gaps=found.gaps.copy(), overlaps=found.overlaps.copy())

    def grid(self) -> pd.DataFrame:
        """The cube as a table: R, F, M, rfm and the segment of each cell.

        Rules that read other columns are left out; a cell that no other rule claims belongs to the default.

        Returns
        -------
        pandas.DataFrame
            ``R, F, M, rfm, segment``: a row for each combination of scores.

        See Also
        --------
        Scheme.check : Gaps, overlaps and rules that nobody reaches.

        Examples
        --------
        >>> Scheme.load("value").grid().tail(1)
             R  F  M  rfm segment
        124  5  5  5  555    high
        """
        return grid(self._ruled, self.bins, self.default, self.names)

    @property
    def _plain_bins(self) -> int | dict[str, int]:
        """As plain data."""
        return dict(self.bins) if isinstance(self.bins, Mapping) else self.bins

    # ------------------------------------------------------------------ used

    def check_reads(self, columns: Iterable[str]) -> None:
        """Refuse scores without M where a rule reads it.

        Parameters
        ----------
        columns : iterable of str
            Of the table to be segmented; missing R or F is reported elsewhere.

        Raises
        ------
        SchemeError

        See Also
        --------
        Scheme.assign : Checks this first.

        Examples
        --------
        >>> Scheme.load("value").check_reads(["R", "F", "M"])
        """
        check_money(self._ruled, self.name, texts("columns", columns, 'columns=["R", "F", "M"]', SchemeError))

    def assign(self, scored: FrameT, *, bins: Bins | None = None) -> FrameT:
        """Give every customer a segment: the first whose rule holds.

        Parameters
        ----------
        scored : dataframe
            With R, F, M and any other columns that the rules read.
        bins : int or mapping, optional
            Of the scores, if known (``scorer.bins``): the warning below is then not needed.

        Returns
        -------
        dataframe of the kind that came in
            With ``segment`` added: an ordered categorical, best first, on pandas and Polars; text elsewhere.
            Rows keep their order, and on pandas their index.

        Raises
        ------
        SchemeError
            If no rule claims some cells and there is no default; if the scores were made with
            other bins; if a score is missing, not a whole number, below 1 or above the scheme's bins (behind
            an engine one query looks for them); if the table has a column ``segment``;
            when a rule reads M and the table has none, as its log has no amounts.
        RuleError
            If a rule reads a column that the table lacks, or that holds another kind.

        Warns
        -----
        DataWarning
            If no customer has the scheme's best score: the scores may have been made with fewer bins, or there are
            few customers, which a table alone does not show.

        See Also
        --------
        segment : Scores and segments of a log in one call.
        Scheme.tags : All segments whose rule a customer meets.
        Scheme.explain : Why a customer has the segment.

        Examples
        --------
        >>> scored = pd.DataFrame({"customer_id": [1, 2], "R": [5, 1], "F": [5, 1], "M": [5, 2]})
        >>> Scheme.load("value").assign(scored)
           customer_id  R  F  M segment
        0            1  5  5  5    high
        1            2  1  1  2     low
        """
        if bins is not None:
            self._refuse_other(bins)
        frame = from_native(scored, SCORED)
        refuse_taken(frame, ("segment",), error=SchemeError)
        names = frame.collect_schema().names()
        self.check_reads(names)
        read = SCORES[:2] if knows_no_scores_of_money(names) else SCORES
        highest = check_scores(frame, self.name, self.bins, self._codes, read)
        if bins is None:
            warn_if_low(highest, self.name, self.bins)
        answer: FrameT = to_native(segmented(self, frame))
        return answer

    def _refuse_other(self, bins: Any) -> None:
        """Refuse other bins than the scheme's; those of extra metrics do not matter to it."""
        extra = [name for name in bins if name not in SCORES] if isinstance(bins, Mapping) else []
        found = by_metric(bins, [*SCORES, *extra], SchemeError)
        if not same_bins(plain_bins({name: found[name] for name in SCORES}), self.bins):
            raise SchemeError(other_bins(self.name, self.bins, bins))

    def tags(self, scored: FrameT) -> FrameT:
        """Evaluate every rule for every customer: one boolean column per segment, of which several may be true.

        Parameters
        ----------
        scored : dataframe
            With the columns that the rules read.

        Returns
        -------
        dataframe of the kind that came in
            With one column per segment that has a rule, named like it.

        Raises
        ------
        SchemeError
            If a score that the rules read is not one of the scheme's (see `assign`), or a name is taken.

        See Also
        --------
        Scheme.assign : The first of them.

        Examples
        --------
        >>> Scheme.load("value").tags(pd.DataFrame({"R": [5, 1], "F": [5, 1], "M": [5, 2]}))
           R  F  M   high    mid    low
        0  5  5  5   True  False  False
        1  1  1  2  False  False   True
        """
        frame = from_native(scored, SCORED)
        read = [name for name in SCORES if any(name in rule.columns for _, rule in self._ruled)]
        check_scores(frame, self.name, self.bins, read=read)
        answer: FrameT = to_native(tagged(frame, self._for(frame.collect_schema())._ruled))
        return answer

    def explain(self, row: Any) -> Explanation:
        """Which rule applies to a customer, and why the earlier ones do not.

        Parameters
        ----------
        row : mapping, Series or dataframe of one row
            With the columns that the rules read.

        Returns
        -------
        Explanation
            Its repr has one line for each rule that was evaluated.

        Raises
        ------
        SchemeError
            If a score is missing, not a whole number, below 1 or above the scheme's bins.

        See Also
        --------
        Scheme.assign : The segments of all customers.

        Examples
        --------
        >>> print(Scheme.load("classic").explain({"R": 4, "F": 5, "M": 5}))
        VIP: no, R == 5 is false (R = 4)
        can't lose: yes, R <= 4 and F == 5 and M == 5
        """
        ruled = self._for(row_cells(row))._ruled
        return explain(ruled, self.default, row, self.name, self.bins)


def _too_many(scheme: str, count: int) -> SchemeError:
    return SchemeError(
        f"Scheme {scheme!r} has {count:,} segments; a scheme has at most {MOST_SEGMENTS}. "
        "Hint: one segment for those that are treated alike, or a table of segments joined by customer_id."
    )


@cache
def _built_in(name: str) -> Scheme:
    """A built-in scheme, cached with its check, since schemes are immutable."""
    return Scheme.from_dict(scheme_files.read(name))


def as_scheme(scheme: Any) -> Scheme:
    """A scheme unchanged; a built-in one by its name, or one from a TOML file.

    Raises
    ------
    SchemeError
        If there is no such scheme, or this is not a scheme.
    """
    if isinstance(scheme, str | Path):
        return Scheme.load(scheme)
    if isinstance(scheme, Scheme):
        return scheme
    raise SchemeError(
        f"scheme must be a Scheme, or the name or path of one; got {received(scheme)}. "
        'Hint: scheme="classic", or rfm.Scheme.from_dict(…).'
    )


def segmented(scheme: Scheme, frame: Frame) -> Frame:
    """Scores that are known to be valid for the scheme, with the segment of each customer; see `Scheme.assign`."""
    scheme = scheme._for(frame.collect_schema())
    if not scheme._check.complete:
        raise SchemeError(
            f"Scheme {scheme.name!r} leaves customers without a segment, at R F M = "
            f"{cell_list(scheme._check.gaps)}. Hint: add a rule for them, or a segment for the rest with default=…."
        )
    return assigned(frame, scheme._ruled, scheme.default, scheme.names)
