"""Choose a law for a log: hold-outs inside it, the laws that may stand, and what speaks against one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.history import History
from clv._checks.history import Terms as CheckTerms
from clv._checks.one_time import left_after_one
from clv._checks.regularity import CLOSE, irregular
from clv._checks.renewals import decided_anew
from clv._choice.candidates import CANDIDATES, FALLBACK, candidates, parameters_of
from clv._choice.choice import Choice, choice_of, untested
from clv._choice.outlook import outlook
from clv._choice.refits import Refits, hashed_ids
from clv._choice.rule import decide
from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._laws.bg_nbd import BGNBD
from clv._laws.mbg_nbd import MBGNBD
from clv._laws.purchase_law import PurchaseLaw
from clv.errors import FitError
from rfm._days import day_text
from rfm._orders.transactions import Transactions

__all__ = ["choose_law", "contradicted", "happened_after", "origins_of"]

Array = NDArray[np.float64]

SHARE: Final = 4  # a hold-out is a quarter of the log …
SHORTEST, LONGEST = 28, 273  # … but at least, and at most, so many days
MOST_ORIGINS: Final = 5


def origins_of(first_day: int, last_day: int, after: int = 0) -> tuple[list[int], int]:
    """The last days of calibration inside a log, ascending, and the days of the hold-out after each.

    Parameters
    ----------
    first_day, last_day : int
        Of the log, in days since 1970-01-01.
    after : int
        Days at its beginning that no fit can do without.

    Returns
    -------
    origins : list of int
        Empty where the log has no room: no hold-out overlaps another, and at least as much time lies before the first.
    days : int

    Examples
    --------
    >>> origins_of(0, 400), origins_of(0, 50), origins_of(0, 3_000)[0]
    (([100, 200, 300], 100), ([], 28), [1635, 1908, 2181, 2454, 2727])
    """
    length = last_day - first_day
    days = min(max(length // SHARE, SHORTEST), LONGEST)
    found = range(last_day - days, first_day + after + days - 1, -days)
    return sorted(found)[-MOST_ORIGINS:], days


def choose_law(refits: Refits, last: int, names: tuple[str, ...] = CANDIDATES) -> Choice:
    """Choose the law that predicted the last parts of a log best, by the rule of `clv._choice.rule`.

    Parameters
    ----------
    refits : Refits
        The fits at earlier days.
    last : int
        The last day of observation, in days since 1970-01-01.
    names : tuple of str
        The candidates.

    Returns
    -------
    Choice
        With a law that was not tested where the log has no room for a test.
    """
    tx = refits.tx
    refits.table(last)  # its size decides whether customers are sampled
    origins, days = origins_of(tx.first_day, last, round(refits.terms.begins.entry or 0.0))
    if refits.terms.begins.asked:
        origins = origins[-1:]  # each of these fits takes seconds
    if not origins:
        length = f"{last - tx.first_day + 1:,}"
        return untested(FALLBACK, "short", days=length, needed=str(days))
    laws = candidates(lambda: _regular(tx, last, refits), names)
    tested = _tested(refits, laws, origins, days)
    if not tested:
        return untested(FALLBACK, "few")
    scores, bias = [each[0] for each in tested.values()], np.array([each[1] for each in tested.values()])
    parameters = [parameters_of(name, law) for name, law in laws.items()]
    decision = decide(
        list(laws), scores, bias, parameters, lambda tied: contradicted(refits, last, tied, laws)
    )
    shown = [day_text(day) for day in tested]
    return choice_of(decision, parameters, shown, days, len(refits.table(last)) if refits.sampled else None)


def _tested(
    refits: Refits, laws: Mapping[str, type[PurchaseLaw]], origins: Sequence[int], days: int
) -> dict[int, tuple[Array, Array]]:
    """At each origin to which all laws can be fitted: the log scores (n, k), and the biases of the totals (k,)."""
    found = {}
    for day in origins:
        try:
            models = [refits.model(law, day) for law in laws.values()]
        except FitError:  # too few repeat purchases until then
            continue
        happened = happened_after(refits, day, days)
        total = happened.sum()
        if not total:
            continue
        views = [outlook(model, happened, f"{days}D") for model in models]
        bias = np.array([view.expected.sum() / total - 1 for view in views])
        order = np.argsort(hashed_ids(refits.table(day)["customer_id"]), kind="stable")
        found[day] = np.column_stack([view.log_score for view in views])[order], bias
    return found


def happened_after(refits: Refits, day: int, days: int) -> Array:
    """Purchases of the customers known on a day in the days after it; rows as in the table of that day."""
    known, later = refits.table(day), refits.table(day + days)
    then = later.set_index("customer_id")["frequency"]
    bought = then.reindex(known["customer_id"]).to_numpy(dtype=float)
    return np.asarray(bought - known["frequency"].to_numpy(dtype=float))


def contradicted(
    refits: Refits, last: int, tied: Sequence[str], laws: Mapping[str, type[PurchaseLaw]]
) -> Collection[str]:
    """Which laws have P(alive) = 1 for everybody who bought once, where the log says that some of them have left.

    It is the check "one-time buyers are still customers", on the whole log; like the check it takes the laws as they
    are, without a season, covariates or an earlier beginning.
    """
    loyal = [name for name in tied if not laws[name].may_leave(np.zeros(1)).all()]
    if not loyal or len(loyal) == len(tied):
        return ()
    table = refits.table(last)
    try:
        leaves, stays = (fit_to_data(law, FitData.read(law, table)) for law in (MBGNBD, BGNBD))
    except FitError:
        return ()
    x, t_x, T = (table[name].to_numpy(dtype=float) for name in MBGNBD.data_columns)
    left = 1.0 - np.asarray(leaves.law.p_alive(x, t_x, T))
    holds = left_after_one(x == 0, left, leaves.log_likelihood - stays.log_likelihood)[0]
    return loyal if holds in ("no", "doubtful") else ()


def _regular(tx: Transactions, last: int, refits: Refits) -> bool:
    """Whether purchases come clearly more regularly than at random: Wheat and Morrison's k, with its interval.

    No, where they are payments of contracts, whose fits run off to gaps without any variation.

    No, where histories may begin before the log: the laws of regular buyers do not know how old customers look.
    """
    if refits.terms.begins.asked:
        return False
    history = History.of(tx, last)
    terms = CheckTerms(history, refits.terms.unit, BGNBD)
    k = irregular(history, terms).estimate
    return k.low > 1 and k.value > 1 + CLOSE and decided_anew(history, terms).holds != "no"
