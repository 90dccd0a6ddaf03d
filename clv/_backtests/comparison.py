"""Contenders compared customer by customer: which law, against which baseline, with intervals of the differences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._backtests.metrics import bias
from clv._choice.bootstrap import interval_of, resampled_totals
from clv._choice.rule import Decision, decide, one_sided

__all__ = ["COMPARED", "Contest", "compared", "contest_of"]

Array = NDArray[np.float64]

NUMBER: Final = ("squared_error", "absolute_error")
SPEND: Final = ("spend_squared_error", "spend_absolute_error")
COMPARED: Final = ("counts", "measure", "model", "kind", "value", "against", "difference", "low", "high",
                   "verdict")  # fmt: skip


@dataclass(frozen=True)
class Contest:
    """The contenders of one count, purchases or periods, over all origins.

    Parameters
    ----------
    names : tuple of str
        Laws, then baselines, as in `Backtest.table`.
    kinds : tuple of str
        "law" or "baseline" of each.
    values : mapping of str to list of ndarray of shape (n, k)
        By measure, at each origin: the value of each customer and contender; NaN where a contender has none.
    bias, spend_bias : ndarray of shape (origins, k)
        Relative errors of the totals; the latter NaN without amounts.
    decision : Decision or None
        The law to use; None without laws.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    values: Mapping[str, list[Array]]
    bias: Array
    spend_bias: Array
    decision: Decision | None

    @property
    def laws(self) -> list[int]:
        """The places of the laws."""
        return [k for k, kind in enumerate(self.kinds) if kind == "law"]

    @property
    def rules(self) -> list[int]:
        """The places of the baselines."""
        return [k for k, kind in enumerate(self.kinds) if kind == "baseline"]

    def mean(self, measure: str) -> Array:
        """The mean of a measure over customers and origins, (k,)."""
        return np.asarray(np.concatenate(self.values[measure]).mean(axis=0))

    def rmse(self, k: int, measure: str = "squared_error") -> float:
        """The root mean squared error of a contender over customers and origins."""
        return float(np.sqrt(self.mean(measure)[k]))


def contest_of(
    predictions: Sequence[Mapping[str, pd.DataFrame]],
    parameters: Mapping[str, int],
    contradicted: Callable[[Sequence[str]], Collection[str]],
    chosen: str | None = None,
) -> Contest:
    """Compare contenders by their predictions.

    Parameters
    ----------
    predictions : sequence of mappings of str to DataFrame
        At each origin, by the name of the contender; rows of the same customers.
    parameters : mapping of str to int
        How many each law has.
    contradicted : callable
        See `clv._choice.rule.decide`.
    chosen : str, optional
        The law that has been chosen already; by default it is chosen here.
    """
    names = tuple(predictions[0])
    laws = [name for name in names if name in parameters]
    spent = "predicted_spend" in predictions[0][names[0]]
    measures = (*NUMBER, *(SPEND if spent else ()))
    values: dict[str, list[Array]] = {
        measure: [] for measure in (*measures, *(("log_score",) if laws else ()))
    }
    biases, spend_biases = [], []
    for each in predictions:
        for measure in values:
            values[measure].append(np.column_stack([_values(measure, each[name]) for name in names]))
        biases.append([_bias(each[name], "") for name in names])
        spend_biases.append([_bias(each[name], "_spend") if spent else np.nan for name in names])
    off = np.array(biases)
    decision = None
    if laws:
        scores = [each[:, : len(laws)] for each in values["log_score"]]
        counted = [parameters[name] for name in laws]
        decision = decide(laws, scores, off[:, : len(laws)], counted, contradicted)
        if chosen in laws:
            decision = decision.given(chosen)
    kinds = tuple("law" if name in parameters else "baseline" for name in names)
    return Contest(names, kinds, values, off, np.array(spend_biases), decision)


def _values(measure: str, rows: pd.DataFrame) -> Array:
    if measure == "log_score":
        return np.asarray(rows[measure], dtype=float) if measure in rows else np.full(len(rows), np.nan)
    money = "_spend" if measure.startswith("spend") else ""
    error = rows[f"predicted{money}"].to_numpy() - rows[f"happened{money}"].to_numpy()
    return np.asarray(np.abs(error) if measure.endswith("absolute_error") else np.square(error))


def _bias(rows: pd.DataFrame, money: str) -> float:
    return bias(rows[f"predicted{money}"].to_numpy(), rows[f"happened{money}"].to_numpy())


def compared(contest: Contest, counts: str, reference: int) -> pd.DataFrame:
    """Each contender against one of them, by each measure: means a customer, and the paired bootstrap's intervals."""
    measures = list(contest.values)
    stacked = [np.hstack(each) for each in zip(*contest.values.values(), strict=True)]
    n, k = sum(len(each) for each in stacked), len(contest.names)
    resampled = resampled_totals(stacked) / n
    rows: list[dict[str, Any]] = []
    for place, measure in enumerate(measures):
        own = resampled[:, place * k : (place + 1) * k]
        value = contest.mean(measure)
        low, high = interval_of(own - own[:, [reference]])
        sign = 1.0 if measure == "log_score" else -1.0
        for j, name in enumerate(contest.names):
            if np.isnan(value[j]) or np.isnan(value[reference]):
                continue
            rows.append(
                {
                    "counts": counts,
                    "measure": measure,
                    "model": name,
                    "kind": contest.kinds[j],
                    "value": value[j],
                    "against": contest.names[reference],
                    "difference": value[j] - value[reference],
                    "low": low[j],
                    "high": high[j],
                    "verdict": "reference" if j == reference else _verdict(sign * low[j], sign * high[j]),
                }
            )
    return pd.DataFrame(rows, columns=list(COMPARED))


def _verdict(one: float, other: float) -> str:
    """Of bounds of a difference in which more is better."""
    low, high = min(one, other), max(one, other)
    return "better" if low > 0 else "worse" if high < 0 else "tied"


def fair_rules(contest: Contest, law: int) -> list[int]:
    """The baselines whose total is no further off than that of a law, and not off in one direction each time."""
    off = np.abs(contest.bias.mean(axis=0))
    return [
        k
        for k in contest.rules
        if not off[k] > off[law] and not one_sided(contest.bias[:, k], contest.bias[:, [k, law]])
    ]
