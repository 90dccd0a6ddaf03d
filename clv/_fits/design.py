"""Covariates as numbers: the columns of a model, their categories, and the coding of a table.

A column of numbers (or of yes and no) is itself one coded column. A column of texts with levels l₀ < l₁ < … is one
coded column of 0 and 1 for each level but the first, l₀, the reference: the law's parameters are those of customers
at the reference levels, and with numbers equal to 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._numerics import Array
from clv.errors import FitError
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native
from rfm._frames.types import Table
from rfm._options import received
from rfm._requirements import NUMBER, check_columns, check_groups, check_numbers, column_of_floats
from rfm.errors import DataError

__all__ = ["Design", "Factor", "columns_of", "read_covariates"]

MOST_LEVELS = 1_000  # of a category: with more, the column is one of names or ids
NAMED = 5  # values that a message names


@dataclass(frozen=True)
class Factor:
    """A column of covariates.

    Parameters
    ----------
    name : str
        Of the column.
    levels : tuple of str
        Its categories in the order of their text, the first of which is the reference; empty for numbers.
    """

    name: str
    levels: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of its coded columns.

        >>> Factor("Channel", ("online", "store")).terms
        ('Channel=store',)
        """
        return tuple(f"{self.name}={level}" for level in self.levels[1:]) if self.levels else (self.name,)

    def coded(self, values: NDArray[Any], argument: str = "covariates") -> Array:
        """The coded columns (n, terms) of its values."""
        if not self.levels:
            return np.asarray(values, dtype=float)[:, None]
        place = pd.Index(self.levels, dtype=object).get_indexer(pd.Index(values, dtype=object))
        if (place < 0).any():
            unseen = sorted(set(map(str, np.asarray(values, dtype=object)[place < 0])))
            raise DataError(
                f"{argument}: column {self.name!r} has the levels {', '.join(map(repr, unseen[:NAMED]))}, which "
                f"the model has not seen; it knows {', '.join(map(repr, self.levels))}. "
                "Hint: fit again with customers of these levels, or map them to known ones."
            )
        return np.asarray(place[:, None] == np.arange(1, len(self.levels)), dtype=float)


@dataclass(frozen=True)
class Design:
    """The covariates of a model: which columns, with which levels.

    Parameters
    ----------
    factors : tuple of Factor

    Examples
    --------
    >>> design = Design((Factor("age"), Factor("channel", ("shop", "web"))))
    >>> design.terms
    ('age', 'channel=web')
    >>> design.coded({"age": np.array([30.0, 41.0]), "channel": np.array(["web", "shop"], dtype=object)})
    array([[30.,  1.],
           [41.,  0.]])
    """

    factors: tuple[Factor, ...]

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]]) -> Design:
        """The design of the columns that `read_covariates` read.

        Raises
        ------
        DataError
            If a category has more than 1,000 levels.
        """
        factors = []
        for name, values in columns.items():
            levels: tuple[str, ...] = ()
            if values.dtype == object:
                levels = tuple(sorted(set(values.tolist())))
                if len(levels) > MOST_LEVELS:
                    raise DataError(
                        f"covariates: column {name!r} has {len(levels):,} levels; at most {MOST_LEVELS:,} are coded. "
                        "Hint: group them, or convert the column to numbers if it holds numbers."
                    )
            factors.append(Factor(name, levels))
        return cls(tuple(factors))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(factor.name for factor in self.factors)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coded columns."""
        return tuple(term for factor in self.factors for term in factor.terms)

    @property
    def reference(self) -> dict[str, str | float]:
        """The customer whose parameters are those of the law: the reference level, or 0, of each column."""
        return {factor.name: factor.levels[0] if factor.levels else 0.0 for factor in self.factors}

    def only(self, columns: Sequence[str]) -> Design:
        """The design of some of the columns."""
        return Design(tuple(factor for factor in self.factors if factor.name in columns))

    def terms_of(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Names of the coded columns of some columns."""
        return tuple(term for factor in self.factors if factor.name in columns for term in factor.terms)

    def coded(self, columns: Mapping[str, NDArray[Any]], argument: str = "covariates") -> Array:
        """The coded covariates (n, terms) of columns as `read_covariates` gives them."""
        return np.hstack([factor.coded(columns[factor.name], argument) for factor in self.factors])

    def of_rows(self, *columns: NDArray[Any]) -> Array:
        """The coded covariates of a checked table's columns, as arrays of any engine.

        An engine that asks for the types of a result sends a row of ones, also for texts; it is coded as the reference.
        """
        coded = []
        for factor, values in zip(self.factors, columns, strict=True):
            texts = _texts(values) if factor.levels else values
            if factor.levels and values.dtype.kind == "f" and set(texts) - set(factor.levels):
                texts = np.full(len(values), factor.levels[0], dtype=object)
            coded.append(factor.coded(texts))
        return np.hstack(coded)

    def one(self, given: Any) -> Array:
        """The coded covariates (terms,) of one customer: a mapping of columns to values, or a table of one row.

        Raises
        ------
        DataError
            If a column is missing or unknown, a value is missing or unseen, or the table has not one row.
        """
        example = ", ".join(f"{name!r}: {value!r}" for name, value in self.reference.items())
        hint = f"covariates={{{example}}}"
        if given is None:
            raise DataError(
                f"This model depends on the covariates {', '.join(self.columns)}, and none are given. Hint: {hint}."
            )
        if isinstance(given, Mapping):
            unknown = [str(name) for name in given if name not in self.columns]
            if unknown:
                raise DataError(
                    f"covariates has {', '.join(map(repr, unknown))}, which the model does not know. Hint: {hint}."
                )
            given = pd.DataFrame({name: [value] for name, value in given.items()})
        elif not hasattr(given, "columns"):
            raise DataError(
                f"covariates must be a mapping or a table of one row; got {received(given)}. Hint: {hint}."
            )
        columns = read_covariates(given, self.columns, self)
        rows = len(next(iter(columns.values())))
        if rows != 1:
            raise DataError(f"covariates must have one row for one customer; got {rows}. Hint: {hint}.")
        return np.asarray(self.coded(columns)[0])

    def check_rank(self, z: Array, columns: Sequence[str], weights: Array | None = None) -> None:
        """Raise FitError, naming the columns, if one of them is constant or follows from the others."""
        if weights is not None:
            z = z[weights > 0]
        kept = np.ones((len(z), 1))
        for factor in self.factors:
            if factor.name not in columns:
                continue
            places = [self.terms.index(term) for term in factor.terms]
            mine = z[:, places]
            if not places or not np.ptp(mine, axis=0).all():
                raise FitError(
                    f"The covariate {factor.name!r} is constant, so that its effect cannot be estimated. "
                    "Hint: leave it out."
                )
            mine = (mine - mine.mean(axis=0)) / mine.std(axis=0)
            with_mine = np.hstack([kept, mine])
            if _rank(with_mine) < with_mine.shape[1]:
                before = [each.name for each in self.factors if each.name in columns]
                others = before[: before.index(factor.name)]
                raise FitError(
                    f"The covariates {', '.join((*others, factor.name))} are constant or collinear: {factor.name!r} "
                    "follows from the others, so that their effects cannot be separated. Hint: leave one of them out."
                )
            kept = with_mine


def read_covariates(
    table: Table, names: Sequence[str], design: Design | None = None, argument: str = "covariates"
) -> dict[str, NDArray[Any]]:
    """Columns of covariates of any engine's table: floats, or texts as an array of objects.

    Parameters
    ----------
    table : dataframe
        With these columns.
    names : sequence of str
    design : Design, optional
        Of a model, which says what is a category; by default whatever is no column of numbers or of yes and no.
    argument : str
        The table's name, for messages.

    Raises
    ------
    DataError
        If a column is missing, has missing or infinite values, or holds lists or dates.
    """
    return columns_of(from_native(table), names, design, argument)


def columns_of(
    frame: Frame, names: Sequence[str], design: Design | None = None, argument: str = "covariates"
) -> dict[str, NDArray[Any]]:
    """`read_covariates` of a frame."""
    hint = f"{argument} has a column for each covariate"
    schema = check_columns(frame, names, hint, argument=argument)
    known = {} if design is None else {factor.name: bool(factor.levels) for factor in design.factors}
    category = {name: known.get(name, not _counts(schema[name])) for name in names}
    check_groups(frame, [name for name in names if category[name]], argument=argument)
    for name in names:
        if schema[name] in (nw.Date, nw.Datetime, nw.Duration, nw.Time):
            raise DataError(
                f"{argument}: column {name!r} holds {schema[name]}, and covariates are numbers or categories. "
                "Hint: convert it, for instance to days."
            )
    rows = fetch(frame.select(*dict.fromkeys(names)))
    for name in names:
        missing = int(rows.get_column(name).is_null().sum())
        if missing:
            raise DataError(
                f"{argument}: column {name!r} has {missing:,} missing values. "
                'Hint: fill them, for instance with "unknown", or leave these customers out.'
            )
    numbers = [name for name in names if not category[name]]
    check_numbers(
        rows, dict.fromkeys(numbers, NUMBER), "covariates are finite numbers or categories", argument=argument
    )
    return {
        name: _texts(rows.get_column(name).to_numpy()) if category[name] else column_of_floats(rows, name)
        for name in names
    }


def _counts(dtype: Any) -> bool:
    """Whether a column holds numbers, or yes and no."""
    return bool(dtype.is_numeric() or dtype == nw.Boolean)


def _texts(values: NDArray[Any]) -> NDArray[Any]:
    """Values as texts, in an array of objects."""
    texts = np.empty(len(values), dtype=object)
    texts[:] = [value if type(value) is str else str(value) for value in values.tolist()]
    return texts


def _rank(design: Array) -> int:
    """The number of independent columns, by their products, so that many rows cost little."""
    scaled = design / np.maximum(np.sqrt((design**2).mean(axis=0)), 1e-300)
    spectrum = np.linalg.eigvalsh(scaled.T @ scaled / len(scaled))
    return int(np.sum(spectrum > 1e-10))
