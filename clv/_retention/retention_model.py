"""`RetentionModel`: fitted laws of retention, and what they say of curves, lifetimes and contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clv._fits.design import columns_of
from clv._numerics import Array, central_interval
from clv._retention.contract_values import Terms, renewal_values
from clv._retention.contracts import MADE, RUNNING, contract_places, read_days, rows_of
from clv._retention.curves import backtest_rows, curve_of, retention_rows, survival_rows
from clv._retention.renewal_period import RenewalPeriod
from clv._retention.renewals import EVERYBODY, group_names
from clv._retention.retention_files import PATH, read_retention, write_retention
from clv._retention.retention_fit import LAWS, RetentionFit, fit_renewals
from clv._retention.retention_law import RetentionLaw
from clv._units import Horizon, horizon_days
from clv.errors import FitError
from rfm._days import as_day, day_date
from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._frames.small_tables import table_like
from rfm._frames.types import FrameT
from rfm._options import check_choice, interval_mass, number, received, seed_number, texts, whole
from rfm._requirements import (
    LARGEST_AMOUNT,
    Held,
    check_columns,
    check_numbers,
    column_of_floats,
    refuse_taken,
)
from rfm._saved_files import check_writable
from rfm.errors import DataError

__all__ = ["RetentionModel"]

MOST_PERIODS = 2_000
MOST_MARGIN = 1e6
PRICE = Held(0, LARGEST_AMOUNT)
PRICED = f"{MADE}; price is paid at each renewal, and price=9.99 gives one for all"
ADDED = (
    "renewals",
    "runs",
    "next_renewal",
    "p_renew",
    "discounted_renewals",
    "value",
    "value_low",
    "value_high",
)


@dataclass(frozen=True, repr=False)
class RetentionModel:
    """Laws of how long contracts last, fitted by `clv.fit_retention`, one for each group.

    Attributes
    ----------
    fits : tuple
        One for each group.
    period : object
        The period of the contracts; `str(model.period)` is "1M".
    by : str or None
        The column of groups.
    as_of : date or None
        The last day of observation, None where the model was fitted to cohorts.
    since : date or None
        The day from which renewals were counted, if not all were.
    counted : dict
        How many contracts were counted, left out and joined; see `audit`.
    notes : tuple of str
        What a reader should know of the data and the estimates.

    See Also
    --------
    fit_retention : Makes it.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> counts = {"cohort": "2024", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
    >>> cohorts = pd.DataFrame(counts)
    >>> clv.fit_retention(cohorts, period="1Y")
    RetentionModel(sbg, period '1Y', 500 contracts)
    """

    fits: tuple[RetentionFit, ...]
    period: RenewalPeriod
    by: str | None
    as_of: date | None
    since: date | None
    counted: dict[str, float]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        laws = " and ".join(dict.fromkeys(fit.law_class.name for fit in self.fits))
        groups = "" if self.by is None else f", {len(self.fits)} groups by {self.by!r}"
        n = sum(float(fit.counts.members()[1].sum()) for fit in self.fits)
        return f"RetentionModel({laws}, period {str(self.period)!r}, {_contracts(n)}{groups})"

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups; "all" where there are none."""
        return tuple(fit.group for fit in self.fits)

    @property
    def audit(self) -> pd.DataFrame:
        """How many contracts were counted, joined and left out, and why: `rule, contracts`.

        All lines but the first add up to it. Empty where the model was fitted to cohorts.
        """
        counts = [round(n) for n in self.counted.values()]
        return pd.DataFrame({"rule": list(self.counted), "contracts": np.array(counts, dtype=np.int64)})

    @property
    def cohorts(self) -> pd.DataFrame:
        """The counts that the laws were fitted to: `cohort, period, at_risk, lost`, after the column of groups.

        A cohort of contracts is named by the first day of the month (year, week) of their start.
        """
        tables = [fit.counts.table(None) for fit in self.fits]
        if self.by is None:
            return tables[0]
        named = [table.assign(**{self.by: fit.group}) for table, fit in zip(tables, self.fits, strict=True)]
        joined = pd.concat(named, ignore_index=True)
        return joined[[self.by, "cohort", "period", "at_risk", "lost"]]

    def law(self, group: str | None = None) -> RetentionLaw:
        """The law of a group at the estimates; with covariates that of contracts at their reference levels, or 0.

        Parameters
        ----------
        group : str, optional
            Its name; needed where there are several.

        Returns
        -------
        SBG or BdW

        Raises
        ------
        DataError
            If there is no such group.

        See Also
        --------
        table : With intervals.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> law = clv.fit_retention(cohorts).law()
        >>> law.name
        'sbg'
        """
        return self._fit_of(group).law

    def _fit_of(self, group: str | None) -> RetentionFit:
        if group is None and len(self.fits) == 1:
            return self.fits[0]
        check_choice("group", group, self.groups[:50], hint="one of model.groups")
        return next(fit for fit in self.fits if fit.group == group)

    def table(self, interval: float = 0.95) -> pd.DataFrame:
        """Parameters and coefficients with intervals.

        Parameters
        ----------
        interval : float
            Mass of the interval.

        Returns
        -------
        pandas.DataFrame
            `law, parameter, estimate, low, high`, after the column of groups. Coefficients of covariates are named
            "a[channel=web]": they act on ln a and ln b.

        Raises
        ------
        DataError
            If the mass is not between 0 and 1.

        See Also
        --------
        law : The estimates as a law.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> clv.fit_retention(cohorts).table()[["law", "parameter"]]
           law parameter
        0  sbg         a
        1  sbg         b
        """
        level = interval_mass(interval)
        tables = []
        for fit in self.fits:
            low, high = fit.interval(level)
            tables.append(
                pd.DataFrame(
                    {
                        "law": fit.law_class.name,
                        "parameter": fit.names,
                        "estimate": fit.shown,
                        "low": low,
                        "high": high,
                    }
                )
            )
        return self._by_group(tables)

    def _by_group(self, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        if self.by is None:
            return tables[0]
        named = []
        for table, fit in zip(tables, self.fits, strict=True):
            table.insert(0, self.by, fit.group)
            named.append(table)
        return pd.concat(named, ignore_index=True)

    def retention(self, periods: int = 12, interval: float = 0.9) -> pd.DataFrame:
        """Retention from renewal to renewal: what was seen, the law, and its interval.

        Parameters
        ----------
        periods : int
            Renewals from the first on, also beyond those seen.
        interval : float
            Mass of the interval of the law's retention.

        Returns
        -------
        pandas.DataFrame
            `period, at_risk, lost, observed, retention, low, high`, after the column of groups; what was seen is
            missing where nobody was. With covariates the mean over the contracts fitted.

        Raises
        ------
        DataError
            If an option is invalid.

        See Also
        --------
        survival : The share left.
        clv.plot.retention_projection : The picture.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> clv.fit_retention(cohorts).retention(4)[["period", "at_risk", "observed", "retention"]].round(2)
           period  at_risk  observed  retention
        0       1    500.0      0.80       0.80
        1       2    400.0      0.88       0.88
        2       3    350.0      0.91       0.91
        3       4      NaN       NaN       0.93
        """
        periods, level = _periods(periods), interval_mass(interval)
        return self._by_group([retention_rows(fit, periods, level) for fit in self.fits])

    def survival(self, periods: int = 12, interval: float = 0.9) -> pd.DataFrame:
        """The share of contracts left after each period: what was seen, the law, and its interval.

        Parameters
        ----------
        periods : int
            Periods from 0 on, also beyond those seen.
        interval : float
            Mass of the interval of the law's survival.

        Returns
        -------
        pandas.DataFrame
            `period, observed, survival, low, high`, after the column of groups; observed is Kaplan and Meier's product
            of the shares renewed, which counts contracts that are still young as far as they were seen.

        Raises
        ------
        DataError
            If an option is invalid.

        See Also
        --------
        retention : Renewal by renewal.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> clv.fit_retention(cohorts).survival(4)[["period", "observed", "survival"]].round(2)
           period  observed  survival
        0       0      1.00      1.00
        1       1      0.80      0.80
        2       2      0.70      0.70
        3       3      0.64      0.64
        4       4       NaN      0.60
        """
        periods, level = _periods(periods), interval_mass(interval)
        return self._by_group([survival_rows(fit, periods, level) for fit in self.fits])

    def lifetime(
        self, renewals: int = 12, *, discount_rate: float = 0.10, interval: float = 0.9
    ) -> pd.DataFrame:
        """Expected and discounted periods to come, by how often a contract has been renewed.

        Parameters
        ----------
        renewals : int
            The largest number of renewals.
        discount_rate : float
            Annual, 0.10 for 10%.
        interval : float
            Mass of the interval of the discounted periods.

        Returns
        -------
        pandas.DataFrame
            `renewals, expected, discounted, low, high`, after the column of groups: the periods still to be paid by a
            contract that has been renewed so often, as they are, and discounted to just before its next renewal (the
            DERL of Fader and Hardie 2010). `expected` is missing where the mean is infinite. With covariates for
            contracts at their reference levels, or 0.

        Raises
        ------
        DataError
            If an option is invalid, or the discount rate is 0 and the mean infinite.

        See Also
        --------
        value : Contract by contract, from a day.
        SBG.discounted_expected_residual_lifetime : The number itself.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> clv.fit_retention(cohorts, period="1Y").lifetime(2)[["renewals", "discounted"]].round(1)
           renewals  discounted
        0         0         5.7
        1         1         6.8
        2         2         7.4
        """
        many, level = (
            whole("renewals", renewals, "renewals=12", least=0, most=MOST_PERIODS),
            interval_mass(interval),
        )
        rate = self.period.per_period(_rate(discount_rate))
        tables = []
        for fit in self.fits:
            law, drawn = fit.laws(np.zeros((1, fit.counts.coded.shape[1])))
            expected = _residual(law, many, 0.0).ravel()
            at = _residual(law, many, rate).ravel()
            if not np.isfinite(at).all():
                raise DataError(
                    "Without discount the expected lifetime is infinite under this law. Hint: discount_rate=0.10."
                )
            low, high = central_interval(_residual(drawn, many, rate).T, level)
            tables.append(
                pd.DataFrame(
                    {
                        "renewals": np.arange(many + 1),
                        "expected": np.where(np.isfinite(expected), expected, np.nan),
                        "discounted": at,
                        "low": low.ravel(),
                        "high": high.ravel(),
                    }
                )
            )
        return self._by_group(tables)

    def value(
        self,
        contracts: FrameT,
        *,
        price: float | None = None,
        margin: float = 1.0,
        discount_rate: float = 0.10,
        horizon: Horizon = "inf",
        as_of: str | date | None = None,
        interval: float | None = None,
    ) -> FrameT:
        """The value of each contract's renewals to come.

        Parameters
        ----------
        contracts : dataframe
            `customer_id, start, end` as for `clv.fit_retention`, with the columns of groups and covariates. Rows that
            continue a contract are part of it: its group and covariates are those of its first row, its price that of
            its last.
        price : float, optional
            Paid at each renewal; by default the column `price`.
        margin : float
            Share of the price that is kept.
        discount_rate : float
            Annual, 0.10 for 10%.
        horizon : str, timedelta or date
            How far ahead renewals count: "36M", or "inf" for ever.
        as_of : date, optional
            The day from which values are counted; by default the model's. Contracts with an end up to it have ended.
        interval : float, optional
            Mass of a predictive interval of each contract's value: over what the parameters may be, and over when it
            ends.

        Returns
        -------
        dataframe of the kind that came in
            A row for each contract, sorted by customer and start: `customer_id, start`, the group, `renewals` made,
            whether it `runs`, and, for those that run, the day of its `next_renewal`, the chance that it is renewed
            then, `p_renew`, the expected number of renewals to come discounted to `as_of`, `discounted_renewals`, and
            `value`; with an interval `value_low` and `value_high`. An ended contract has a value of 0.

        Raises
        ------
        DataError
            If a column is missing, a contract ends before it starts, two contracts of a customer overlap, a price is
            missing or negative, or a group is unknown; if a value is infinite.

        See Also
        --------
        lifetime : By number of renewals.

        Notes
        -----
        Renewals are paid on their days: the next discounted by the days until then, those after it by periods, at the
        annual rate. What was paid before `as_of` is no part of the value.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> model = clv.fit_retention(cohorts, period="1M")
        >>> held = pd.DataFrame({"customer_id": ["ann", "bob"], "start": pd.to_datetime(["2024-01-31", "2024-06-05"])})
        >>> valued = model.value(held.assign(end=None), price=10.0, horizon="12M", as_of="2024-07-10")
        >>> valued[["customer_id", "renewals", "next_renewal", "value"]].round({"value": 2})
          customer_id  renewals next_renewal  value
        0         ann         5   2024-07-31  92.42
        1         bob         1   2024-08-05  75.36
        """
        day = self._day(as_of)
        rate, kept = _rate(discount_rate), number("margin", margin, "margin=0.3", least=0, most=MOST_MARGIN)
        paid = None if price is None else number("price", price, "price=9.99", least=0, most=1e15)
        level = None if interval is None else interval_mass(interval)
        terms = Terms(self.period, day, rate, horizon_days(horizon, start=day), level)
        frame = from_native(contracts, MADE)
        covariates = self.fits[0].counts.design
        others = (
            *(() if self.by is None else (self.by,)),
            *covariates.columns,
            *(() if paid is not None else ("price",)),
        )
        check_columns(frame, ("customer_id", "start", "end", *others), MADE if paid is not None else PRICED)
        refuse_taken(frame, [name for name in ADDED if name in (self.by, *covariates.columns)])
        days = fetch(read_days(frame, tuple(dict.fromkeys(others))))
        rows = rows_of(days)
        if paid is None:
            check_numbers(
                days, {"price": PRICE}, "price is paid at each renewal; price=9.99 gives one for all"
            )
        names = np.full(len(days), EVERYBODY, dtype=object)
        if self.by is not None:
            names = group_names(days.get_column(self.by).to_numpy(), self.by)
        columns = columns_of(days, covariates.columns, covariates, "contracts") if covariates.factors else {}
        coded = covariates.coded(columns, "contracts") if columns else np.zeros((len(days), 0))
        prices = np.full(len(days), paid) if paid is not None else column_of_floats(days, "price")
        first, last = contract_places(rows)
        customer, start, names = rows.customer[first], rows.start[first], names[first]
        order = _order(customer, start)
        result = self._valued(names, coded[first], start, rows.end[last], prices[last] * kept, terms)
        answer: dict[str, Any] = {
            "customer_id": _plain(customer[order]),
            "start": start[order].astype("datetime64[D]"),
        }
        if self.by is not None:
            answer[self.by] = names[order]
        return table_like(frame, answer | {name: each[order] for name, each in result.items()})  # type: ignore[no-any-return]

    def _day(self, as_of: Any) -> int:
        if as_of is not None:
            return as_day(as_of, "as_of")
        if self.as_of is None:
            raise DataError(
                'This model was fitted to cohorts, and does not know today. Hint: as_of="2024-12-31", the day from '
                "which values are counted."
            )
        return as_day(self.as_of, "as_of")

    def _valued(
        self, names: Any, coded: Array, start: Any, end: Any, prices: Array, terms: Terms
    ) -> dict[str, Any]:
        """Columns for all rows."""
        n = len(start)
        if (late := start > terms.as_of).any():
            raise DataError(
                f"{_contracts(late.sum())} with a start after as_of, {day_date(terms.as_of)}. Hint: leave them out, or "
                "give a later day."
            )
        runs = end > terms.as_of
        lasted = self.period.lasted(start, np.where(end == RUNNING, start, end)) - 1
        renewals = np.where(runs, self.period.renewals(start, np.full_like(start, terms.as_of)), lasted)
        known = {fit.group: fit for fit in self.fits}
        if unknown := sorted(set(names.tolist()) - known.keys()):
            raise DataError(
                f"The group {unknown[0]!r} of column {self.by!r} is unknown to the model; it knows "
                f"{', '.join(map(repr, self.groups[:5]))}. Hint: fit again with contracts of this group."
            )
        found = {name: np.full(n, np.nan) for name in ("p_renew", "discounted_renewals", "low", "high")}
        following = np.full(n, np.datetime64("NaT", "D"))
        for group, fit in known.items():
            chosen = np.flatnonzero(runs & (names == group))
            if len(chosen):
                made = renewal_values(fit, coded[chosen], start[chosen], terms)
                following[chosen] = made["next_renewal"].astype("datetime64[D]")
                for name in found.keys() & made.keys():
                    found[name][chosen] = made[name]
        result = {
            "renewals": renewals.astype(np.int64),
            "runs": runs,
            "next_renewal": following,
            "p_renew": found["p_renew"],
            "discounted_renewals": np.where(runs, found["discounted_renewals"], 0.0),
            "value": np.where(runs, found["discounted_renewals"] * prices, 0.0),
        }
        if terms.interval is not None:
            result |= {f"value_{name}": np.where(runs, found[name] * prices, 0.0) for name in ("low", "high")}
        return result

    def backtest(
        self,
        periods: int,
        models: str | Sequence[str] = ("sbg", "bdw"),
        *,
        interval: float = 0.9,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Fit to the first renewals only, project the later ones, and compare with what happened.

        Parameters
        ----------
        periods : int
            Renewals that the laws are fitted to; later ones are held out.
        models : str or sequence of str
            Laws to compare: "sbg", "bdw".
        interval : float
            Mass of the predictive interval of what happens: given the share left after the first renewals as it was,
            over the parameters, and over the renewals of the contracts held out.
        seed : int
            Of the predictive draws.

        Returns
        -------
        pandas.DataFrame
            `law, period, holdout, at_risk, happened, predicted, low, high`, after the column of groups: the share of
            contracts left after each period, as it happened and as projected.

        Raises
        ------
        DataError
            If no renewal is held out.
        FitError
            If the first renewals are too few for a law.

        See Also
        --------
        clv.plot.retention_projection : The picture.
        fit_retention : With an earlier `as_of` it fits to what was known then.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> left = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]  # Fader and Hardie (2007)
        >>> counts = {"cohort": "high end", "period": range(1, 13), "at_risk": left[:-1]}
        >>> cohorts = pd.DataFrame(counts)
        >>> model = clv.fit_retention(cohorts.assign(lost=-pd.Series(left).diff().dropna().to_numpy()), period="1Y")
        >>> model.backtest(7, "sbg").query("holdout")[["period", "happened", "predicted"]].round(3)
            period  happened  predicted
        7        8     0.468      0.460
        8        9     0.445      0.436
        9       10     0.427      0.414
        10      11     0.409      0.395
        11      12     0.394      0.378
        """
        level, seed = interval_mass(interval), seed_number(seed)
        last = min(int(fit.counts.t.max()) for fit in self.fits)
        fitted_on = whole(
            "periods", periods, "periods=7, of which the law learns", least=1, most=MOST_PERIODS
        )
        if fitted_on >= last:
            raise DataError(
                f"periods={fitted_on} leaves nothing to compare with: the contracts were seen for {last} renewals. "
                f"Hint: periods={max(last // 2, 1)}."
            )
        named = [models] if isinstance(models, str) else texts("models", models, 'models=["sbg", "bdw"]')
        if not named:
            raise DataError('models is empty. Hint: models=["sbg", "bdw"].')
        for each in named:
            check_choice("models", each, tuple(LAWS), hint='models=["sbg", "bdw"]')
        tables = []
        for fit in self.fits:
            early = fit.counts.rows(fit.counts.t <= fitted_on)
            made = []
            for each in dict.fromkeys(named):
                rows = backtest_rows(fit_renewals(LAWS[each], early, fit.group), fit, fitted_on, level, seed)
                rows.insert(0, "law", each)
                made.append(rows)
            tables.append(pd.concat(made, ignore_index=True))
        return self._by_group(tables)

    def summary(self) -> str:
        """The model in a few lines.

        Returns
        -------
        str

        See Also
        --------
        table : The estimates as a table.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> print(clv.fit_retention(cohorts, period="1Y").summary())
        sBG: 500 contracts, renewed every year, 3 renewals seen
        log-likelihood -503.31   AIC 1010.62
               estimate     95% interval
        a        0.3132 ... to ...
        b         1.248 ... to ...
        The first renewal keeps 80%, the tenth 97%; half of the contracts end within 8 periods.
        """
        lines: list[str] = []
        for fit in self.fits:
            lines += _paragraph(fit, self.period, self.by)
        return "\n".join([*lines, *self.notes])

    def save(self, path: str | Path) -> None:
        """Write the model as JSON: parameters, draws of them, and counts of renewals; no `customer_id` is in it.

        Counts are by cohort, renewal and covariates: with a covariate of many values a count may be one contract's.

        Parameters
        ----------
        path : str or Path
            The file; `RetentionModel.load` reads it.

        Raises
        ------
        FitError
            If the file cannot be written.

        See Also
        --------
        load : Reads it.

        Examples
        --------
        >>> import clv, pandas as pd, tempfile, pathlib
        >>> counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
        >>> cohorts = pd.DataFrame(counts)
        >>> model, path = clv.fit_retention(cohorts), pathlib.Path(tempfile.mkdtemp()) / "retention.json"
        >>> model.save(path)
        >>> clv.RetentionModel.load(path).law() == model.law()
        True
        """
        check_writable(path, PATH, FitError)
        content = {
            "period": str(self.period),
            "by": self.by,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "counted": self.counted,
            "notes": [str(note) for note in self.notes],
        }
        write_retention(path, content, self.fits)

    @classmethod
    def load(cls, path: str | Path) -> RetentionModel:
        """Read a model that `save` wrote.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        RetentionModel

        Raises
        ------
        FitError
            If there is no such file, it is no retention model, or it is damaged. Reading a file never runs code.

        See Also
        --------
        save : Writes it.

        Examples
        --------
        >>> import clv
        >>> clv.RetentionModel.load("no.json")
        Traceback (most recent call last):
        ...
        clv.errors.FitError: No file 'no.json'. Hint: write it with model.save(path), of a model that clv.fit_retention
        made.
        """
        if not isinstance(path, (str, PathLike)):
            raise FitError(
                f"RetentionModel.load takes the path of a file; got {received(path)}. Hint: {PATH}."
            )
        return cls(**read_retention(path))


def _contracts(n: float) -> str:
    """How many contracts, in words."""
    return f"{n:,.0f} contract{'' if n == 1 else 's'}"


def _periods(periods: int) -> int:
    return whole("periods", periods, "periods=12", least=1, most=MOST_PERIODS)


def _rate(discount_rate: float) -> float:
    return number("discount_rate", discount_rate, "discount_rate=0.10, for 10% a year", least=0, most=1e6)


def _residual(law: RetentionLaw, most: int, rate: float) -> Array:
    """Discounted periods to come after 0, 1, … renewals, (most + 1, draws): the last by a sum, the others from it."""
    renewals = np.arange(most + 1.0)
    furthest = np.asarray(law.discounted_expected_residual_lifetime(most, rate), dtype=float).ravel()
    kept = np.asarray(law.retention(renewals[:, None] + 1), dtype=float).reshape(most + 1, -1)
    result = np.empty((most + 1, len(furthest)))
    result[most] = furthest
    for k in range(most - 1, -1, -1):
        result[k] = kept[k] * (1 + result[k + 1] / (1 + rate))
    return result


def _order(customer: Any, start: Any) -> Any:
    """Rows sorted by customer, by type name and text where ids do not compare, then by start."""
    try:
        rank = pd.factorize(pd.Series(customer, dtype=object), sort=True)[0]
    except TypeError:
        rank = pd.factorize(pd.Series([f"{type(each).__name__} {each}" for each in customer]), sort=True)[0]
    return np.lexsort((start, rank))


def _plain(ids: Any) -> Any:
    """Ids of one type as an array of it."""
    return np.array(ids.tolist()) if len({type(each) for each in ids.tolist()}) == 1 else ids


def _paragraph(fit: RetentionFit, period: RenewalPeriod, by: str | None) -> list[str]:
    counts, law = fit.counts, curve_of(fit, 400)
    n, seen = float(counts.members()[1].sum()), int(counts.t.max())
    low, high = fit.interval(0.95)
    half = np.flatnonzero(law.survival < 0.5)
    when = (
        f"within {half[0]} period{'s' if half[0] > 1 else ''}" if len(half) else "after more than 400 periods"
    )
    where = "" if by is None else f" for {by} = {fit.group!r}"
    title = fit.law.title
    return [
        f"{title}{where}: {_contracts(n)}, renewed every {period.words}, {seen} renewals seen",
        f"log-likelihood {fit.log_likelihood:.2f}   AIC {fit.aic:.2f}",
        f"{'':6} {'estimate':>8} {'95% interval':>16}",
        *(
            f"{name:6} {value:8.4g} {f'{left:.4g} to {right:.4g}':>16}"
            for name, value, left, right in zip(fit.names, fit.shown, low, high, strict=True)
        ),
        f"The first renewal keeps {law.retention[0]:.0%}, the tenth {law.retention[9]:.0%}; half of the contracts end "
        f"{when}.",
    ]
