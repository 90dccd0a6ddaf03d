"""What it cost to acquire each cohort, read from a mapping or a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from clv._payback.cohorts import as_cohort
from rfm._days import day_text
from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import number, received
from rfm._requirements import check_columns
from rfm.errors import DataError

__all__ = ["Costs", "Per", "name_of", "read_costs"]

Costs: TypeAlias = Mapping[Any, float] | Table
Per: TypeAlias = Literal["cohort", "customer"]
HINT: Final = 'costs={"2024-01": 5000, "2024-02": 4200}, or a table with the columns cohort and cost'
MOST: Final = 2_000  # cohorts
LARGEST: Final = 1e15


def read_costs(costs: Costs, by: str) -> dict[int | str, float]:
    """The cost of each cohort.

    Parameters
    ----------
    costs : mapping or dataframe
        By cohort; of a dataframe the columns `cohort` and `cost` are read.
    by : str
        What the cohorts are.

    Raises
    ------
    DataError
        If there are none, a cohort is named twice or not readable, or a cost is no number of 0 or more.
    """
    if isinstance(costs, Mapping):
        pairs = list(costs.items())
    else:
        table = from_native(costs, f"costs are given by cohort: {HINT}")
        check_columns(table, ("cohort", "cost"), HINT, argument="costs")
        rows = fetch(table.select("cohort", "cost").head(MOST + 1))
        pairs = list(zip(rows["cohort"].to_list(), rows["cost"].to_list(), strict=True))
    if not pairs:
        raise DataError(f"costs is empty. Hint: {HINT}.")
    if len(pairs) > MOST:
        raise DataError(
            f'costs has more than {MOST:,} cohorts. Hint: by="quarter" or "year", or fewer channels.'
        )
    found: dict[int | str, float] = {}
    for key, cost in pairs:
        cohort = as_cohort(key, by)
        if cohort in found:
            raise DataError(
                f"costs: {name_of(cohort)} has two costs, the second under {received(key)}. Hint: add up the costs "
                f"of each cohort (by={by!r}) first."
            )
        found[cohort] = number(f"The cost of {name_of(cohort)}", cost, HINT, least=0, most=LARGEST)
    return found


def name_of(cohort: int | str | None) -> str:
    """A cohort in messages."""
    return day_text(cohort) if isinstance(cohort, int) else repr(cohort)
