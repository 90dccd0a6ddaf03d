"""`clv.fit_retention`: a law of retention from contracts, or from a table of cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from clv._fits.design import Design, columns_of
from clv._retention.contracts import MADE, Contracts, read_contracts
from clv._retention.renewal_period import RenewalPeriod
from clv._retention.renewals import (
    COHORTS_MADE,
    EVERYBODY,
    Renewals,
    counted,
    later_ends,
    of_cohorts,
    of_contracts,
)
from clv._retention.retention_fit import LAWS, RetentionFit, best_fit, fit_renewals
from clv._retention.retention_model import RetentionModel
from clv._stages import LOG, refuse_other_stage
from clv.errors import FitError, FitWarning
from rfm._days import as_day, day_date, day_text
from rfm._frames.native import Frame, from_native
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._options import check_choice, texts
from rfm._orders.transactions import Transactions
from rfm._requirements import check_columns, check_groups
from rfm.errors import DataError, DataWarning

__all__ = ["fit_retention"]

Model = Literal["sbg", "bdw", "auto"]
COHORTS: Final = ("cohort", "period", "at_risk", "lost")
CONTRACTS: Final = ("customer_id", "start", "end")
CHURN_HINT: Final = 'churn="channel", or churn=["channel", "age"]'


def fit_retention(
    contracts: Table,
    model: Model = "sbg",
    *,
    period: str = "1M",
    as_of: str | date | None = None,
    since: str | date | None = None,
    by: str | None = None,
    churn: str | Sequence[str] = (),
) -> RetentionModel:
    """Fit a law of how long contracts last, from contracts or from counts of renewals.

    For subscriptions, memberships and policies: who leaves says so, at a renewal. Where customers just stop to buy,
    use `clv.fit`.

    Parameters
    ----------
    contracts : dataframe
        Either contracts, `customer_id, start, end`, with dates; the end is missing while a contract runs. Or cohorts,
        `cohort, period, at_risk, lost`: how many contracts of the cohort reached its first, second, … renewal
        (`period` 1, 2, …), and how many of these were not renewed.
    model : {"sbg", "bdw", "auto"}
        The law: `SBG`, `BdW`, or BdW where its AIC is smaller by more than 2, and sBG else.
    period : str
        From one renewal to the next: "1M", "3M", "1Y" (calendar months), "1W", "4W" or "30D". A contract in months
        from the 31st is renewed on the last day of shorter months.
    as_of : date, optional
        The last day of observation, such as that of the export; what happened later is not read, so that an earlier day
        can be tested. By default the latest day of the contracts: give it where ends, or starts, lie ahead.
    since : date, optional
        The day from which ended contracts are known, where the table holds only those that still ran then: their
        earlier renewals are left out.
    by : str, optional
        A column of groups, such as a plan: each has a law of its own.
    churn : str or sequence of str, optional
        Columns that churn depends on: numbers or categories, known when a contract begins.

    Returns
    -------
    RetentionModel

    Raises
    ------
    DataError
        If a column is missing, a contract ends before it starts, two contracts of a customer overlap, a row is there
        twice, no contract had begun by `as_of`, or counts contradict each other.
    FitError
        If fewer renewals were seen than the law has parameters.

    Warns
    -----
    FitWarning
        If an estimate is at a boundary: all customers alike, or nobody lost. The text is in `RetentionModel.notes`.
    DataWarning
        If `as_of` is left out and the latest day of the contracts has not come yet.

    See Also
    --------
    RetentionModel.value : The value of each contract.
    fit : Where nobody says that they leave.

    Notes
    -----
    A contract that ends after the renewal before and by the day of its n-th renewal was lost at the n-th. It counts
    once that day has passed; until then nobody else could be lost at theirs. A contract that begins by the day after
    another of the customer ended continues it. A customer who comes back later has a new contract.

    The likelihood is the product, over renewals, of the chances given that they were reached: right-censored and
    left-truncated contracts count where they were seen. The coefficients of `churn` act on ln a and ln b, as in the
    beta-logistic model (Heckman and Willis 1977, "A beta-logistic model for the analysis of sequential labor force
    participation by married women", Journal of Political Economy 85(1)), which Fader and Hardie (2007), "How to project
    customer retention", name for covariates.

    Intervals come from draws of the posterior under a weak prior: the mean chance uniform, a + b log-normal around 4
    (0.08 to 200 with 95%), c around 1 (0.4 to 2.7).

    Examples
    --------
    >>> import clv, pandas as pd
    >>> left = [1000, 631, 468, 382, 326, 289, 262, 241]  # "Regular" customers of Fader and Hardie (2007)
    >>> cohorts = pd.DataFrame({"cohort": "regular", "period": range(1, 8), "at_risk": left[:-1]})
    >>> cohorts["lost"] = cohorts["at_risk"] - left[1:]
    >>> model = clv.fit_retention(cohorts, period="1Y")
    >>> model.law()
    SBG(a=0.704..., b=1.182...)
    >>> model.survival(12).loc[[8, 12], ["period", "survival"]].round(3)
        period  survival
    8        8      0.22
    12      12      0.17
    """
    check_choice("model", model, (*LAWS, "auto"), hint='model="sbg"')
    length, names = RenewalPeriod.of(period), _names(churn)
    if by is not None and (not isinstance(by, str) or not by):
        check_choice("by", by, (), hint='by="plan", a column of groups')
    days = {
        name: None if day is None else as_day(day, name) for name, day in (("as_of", as_of), ("since", since))
    }
    frame = _entered(contracts)
    if by is not None and by in names:
        raise DataError(
            f"Column {by!r} is named by both by= and churn=. Hint: groups have laws of their own."
        )
    if set(COHORTS) <= set(frame.collect_schema().names()):
        _refuse_days(days)
        counts = of_cohorts(frame, by, names)
        held: dict[str, float] = {}
        notes: tuple[str, ...] = ()
        last = None
    else:
        found = _contracts(frame, by, names)
        last = _known_until(found, days["as_of"])
        counts, notes = _counts(found, length, last, days["since"], by, names)
        held = counted(found, length, last, days["since"])
    fits = _fits(model, counts)
    warned = tuple(text for fit in fits for text in fit.warnings)
    if warned:
        warn(" ".join(warned), FitWarning)
    return RetentionModel(
        fits=fits,
        period=length,
        by=by,
        as_of=None if last is None else day_date(last),
        since=None if days["since"] is None else day_date(days["since"]),
        counted=held,
        notes=(*notes, *warned),
    )


def _names(churn: Any) -> tuple[str, ...]:
    listed = [churn] if isinstance(churn, str) else texts("churn", churn, CHURN_HINT)
    if any(not name for name in listed):
        raise DataError(f"churn must name columns; got an empty text. Hint: {CHURN_HINT}.")
    return tuple(dict.fromkeys(listed))


def _entered(table: Any) -> Frame:
    """The table as a frame, if it holds contracts or cohorts."""
    both = f"{MADE}; {COHORTS_MADE}"
    if isinstance(table, Transactions):
        raise DataError(f"fit_retention takes contracts or cohorts, got {LOG} (Transactions). Hint: {both}.")
    frame = from_native(table, both)
    held = set(frame.collect_schema().names())
    if len(held & set(COHORTS)) > len(held & set(CONTRACTS)):
        check_columns(frame, COHORTS, COHORTS_MADE)
    elif not set(COHORTS) <= held:
        refuse_other_stage(
            table,
            CONTRACTS,
            "contracts",
            "a table of contracts",
            "An export of subscriptions with customer_id, start and end (missing while a contract runs)",
        )
        check_columns(frame, CONTRACTS, both)
    return frame


def _refuse_days(days: dict[str, int | None]) -> None:
    for name, day in days.items():
        if day is not None:
            raise DataError(
                f"{name}= is for contracts with dates, and the table holds counts of cohorts. Hint: leave it out; the "
                "renewals that have not come, and those that were not seen, have no row."
            )


def _contracts(frame: Frame, by: str | None, names: Sequence[str]) -> Contracts:
    others = (*(() if by is None else (by,)), *names)
    check_columns(frame, (*CONTRACTS, *others), MADE)
    check_groups(frame, others)
    return read_contracts(frame, others)


def _known_until(found: Contracts, as_of: int | None) -> int:
    """The last day of observation; DataWarning if it is the latest of the contracts, and still to come."""
    if as_of is not None:
        return as_of
    today = as_day(date.today(), "as_of")
    if found.latest > today:
        warn(
            f"The latest day of the contracts, {day_text(found.latest)}, has not come yet; contracts that run count as "
            f'renewed until then, so that retention comes out too high. Hint: as_of="{day_text(today)}", or the day '
            "of the export.",
            DataWarning,
        )
    return found.latest


def _counts(
    found: Contracts,
    period: RenewalPeriod,
    as_of: int,
    since: int | None,
    by: str | None,
    names: Sequence[str],
) -> tuple[Renewals, tuple[str, ...]]:
    first = int(found.start.min())
    if as_of < first:
        raise DataError(
            f"as_of={day_text(as_of)} lies before the first contract began, on {day_text(first)}. Hint: a later day."
        )
    if since is not None and since > as_of:
        raise DataError(f"since={day_text(since)} lies after as_of, {day_text(as_of)}. Hint: an earlier day.")
    columns, design = _covariates(found, names)
    counts = of_contracts(found, period, as_of, since, by, design, columns)
    if not len(counts.t):
        raise FitError(
            f"By {day_text(as_of)} no contract has come to its first renewal after {period.words}. Hint: period= is "
            "the time from one renewal to the next."
        )
    notes = []
    if later := later_ends(found, as_of):
        ends = "contract ends" if later == 1 else "contracts end"
        notes.append(f"{later:,.0f} {ends} after {day_text(as_of)}, and count as running.")
    if found.joined:
        rows = "row continues" if found.joined == 1 else "rows continue"
        notes.append(f"{found.joined:,} {rows} the contract before of the same customer, as a part of it.")
    return counts, tuple(notes)


def _covariates(found: Contracts, names: Sequence[str]) -> tuple[dict[str, np.ndarray[Any, Any]], Design]:
    if not names:
        return {}, Design(())

    table = from_native(pd.DataFrame({name: found.groups[name] for name in names}))
    columns = columns_of(table, names, argument="contracts")
    return columns, Design.of(columns)


def _fits(model: Model, counts: Renewals) -> tuple[RetentionFit, ...]:
    fits = []
    for number, name in enumerate(counts.groups):
        rows = counts.of_group(number)
        if not len(rows.t):
            raise FitError(
                "No contract has come to a renewal. Hint: at_risk counts those that did."
                if name == EVERYBODY
                else f"No contract of the group {name!r} has come to a renewal. Hint: leave the group out, or join it "
                "with another."
            )
        if rows.design.factors:
            rows.design.check_rank(rows.coded, rows.design.columns)
        fits.append(best_fit(rows, name) if model == "auto" else fit_renewals(LAWS[model], rows, name))
    return tuple(fits)
