"""What a backtest recommends, in words: a law, whether it beats the rules of thumb, and what it says of spend."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from clv._backtests.baselines import BASELINE_WORDS, BASELINES
from clv._backtests.comparison import Contest, fair_rules
from clv._choice.choice import left_out
from clv._choice.rule import one_sided
from rfm._words import Message, declare, joined

__all__ = ["IN_PERIODS", "name_in_words", "recommendation", "reference_of"]

IN_PERIODS: Final = " (periods)"
NOTABLE: Final = 0.02  # a smaller bias of the total is not worth a sentence
TEXTS: Final = declare(
    "backtest.recommendation",
    {
        "in periods": "{name}" + IN_PERIODS,
        "periods": "In periods with a purchase: {sentences}",
        "use": "Use {law}: log score {score} a customer, total {bias}, RMSE {rmse}, MAE {mae}.",
        "tied": "Its log score and that of {others} do not differ beyond chance or .1%, and it comes first by the rule "
        "for ties.",
        "tied behind": "It was chosen on more origins than are shown; here its log score does not differ from the best "
        "beyond chance or .1%.",
        "behind": "It was chosen on more origins than are shown; here the log score of {best} is better.",
        "left out": "{reasons}.",
        "also": "{first}; {second}",
        "rule worse": "The RMSE is {gain} below that of the best baseline, '{baseline}' ({rule_rmse}).",
        "rule tied": "The best baseline, '{baseline}', has an RMSE of {rule_rmse}: no difference beyond chance.",
        "rule better": "No law beats the baseline '{baseline}' here: its RMSE is {rule_rmse}, its total {rule_bias}. "
        "Use the laws for intervals and horizons only with care.",
        "rule biased": "The baseline '{baseline}' has a lower RMSE ({rule_rmse}), and is not recommended since its "
        "total is further off ({rule_bias}).",
        "one-sided": "The total missed in the same direction at every origin, by {bias} on average.",
        "spend": "Spend: total {bias}, RMSE {rmse}.",
        "spend better": "Spend: total {bias}, RMSE {rmse}, less than that of '{baseline}' ({rule_rmse}).",
        "spend worse": "Spend: total {bias}, RMSE {rmse}; '{baseline}' has less ({rule_rmse}).",
        "spend tied": "Spend: total {bias}, RMSE {rmse}; that of '{baseline}' does not differ beyond chance "
        "({rule_rmse}).",
        "baselines only": "Of the baselines, {baseline} is closest: RMSE {rule_rmse}, total {rule_bias}.",
    },
)


def name_in_words(label: str) -> str:
    """A contender's name in the tables; that of a baseline has a key for translation."""
    name = label.removesuffix(IN_PERIODS)
    if name not in BASELINES:
        return label
    return BASELINE_WORDS(name) if name == label else TEXTS("in periods", name=BASELINE_WORDS(name))


def reference_of(contest: Contest) -> int:
    """The place of the contender that is recommended: a law if there is one, or else the closest baseline.

    The closest is the one whose total is nearest among those with an RMSE of at most a tenth above the lowest.
    """
    if contest.decision is not None:
        return contest.names.index(contest.decision.law)
    error = {k: contest.rmse(k) for k in contest.rules}
    close = [k for k in contest.rules if error[k] <= 1.1 * min(error.values())]
    return min(close, key=lambda k: (abs(_off(contest, k)), error[k]))


def recommendation(contest: Contest, differences: pd.DataFrame, counts: str) -> str:
    """Which contender to use, and why; `differences` are those from `reference_of`."""
    k = reference_of(contest)
    if contest.decision is None:
        said: list[str] = [TEXTS("baselines only", **_rule(contest, k))]
    else:
        said = [_use(contest, k), *_ties(contest), *_direction(contest, k), *_rules(contest, differences, k)]
        said += _spend(contest, differences, k)
    sentences = joined("sentences", said)
    return TEXTS("periods", sentences=sentences) if counts == "periods" else sentences


def _use(contest: Contest, k: int) -> Message:
    return TEXTS(
        "use",
        law=contest.names[k],
        score=f"{contest.mean('log_score')[k]:.4f}",
        bias=f"{_off(contest, k):+.1%}",
        rmse=f"{contest.rmse(k):.3f}",
        mae=f"{contest.mean('absolute_error')[k]:.3f}",
    )


def _ties(contest: Contest) -> list[Message]:
    """Which laws do as well, and why they are not recommended."""
    decision = contest.decision
    assert decision is not None
    best = int(np.argmax(decision.score))
    if decision.imposed:
        if decision.chosen == best:
            return []
        name = decision.names[best]
        return [TEXTS("behind", best=name) if decision.clearly_behind else TEXTS("tied behind")]
    others = [*decision.of("tied"), *decision.of("contradicted"), *decision.of("biased")]
    found = [TEXTS("tied", others=joined("list", others))] if others else []
    reasons: str = ""
    for why in left_out(decision):
        reasons = TEXTS("also", first=reasons, second=why) if reasons else why
    return [*found, TEXTS("left out", reasons=reasons)] if reasons else found


def _direction(contest: Contest, k: int) -> list[Message]:
    """A bias that keeps its sign over three origins and more, and is larger than its spread."""
    fair = np.zeros_like(contest.bias[:, [k]])
    if not one_sided(contest.bias[:, k], fair) or abs(_off(contest, k)) < NOTABLE:
        return []
    return [TEXTS("one-sided", bias=f"{_off(contest, k):+.1%}")]


def _rules(contest: Contest, differences: pd.DataFrame, k: int) -> list[Message]:
    """Whether rules of thumb do as well: by squared error, and only those whose totals are no further off."""
    if not contest.rules:
        return []
    verdict = _verdicts(differences, "squared_error")
    fair = fair_rules(contest, k)
    lowest = min(contest.rules, key=contest.rmse)
    found = []
    if lowest not in fair and contest.rmse(lowest) < contest.rmse(k):
        found.append(TEXTS("rule biased", **_rule(contest, lowest)))
        if not fair:
            return found
        lowest = min(fair, key=contest.rmse)
    told = verdict[contest.names[lowest]]
    values = _rule(contest, lowest)
    if told == "worse":
        gain = 1 - contest.rmse(k) / contest.rmse(lowest)
        baseline = {name: values[name] for name in ("baseline", "rule_rmse")}
        found.append(TEXTS("rule worse", gain=f"{gain:.1%}", **baseline))
    elif told == "better":
        found.append(TEXTS("rule better", **values))
    else:
        found.append(TEXTS("rule tied", **{name: values[name] for name in ("baseline", "rule_rmse")}))
    return found


def _spend(contest: Contest, differences: pd.DataFrame, k: int) -> list[Message]:
    """The errors of spend, beside those of the baseline with the lowest."""
    if "spend_squared_error" not in contest.values:
        return []
    error = "spend_squared_error"
    told = {
        "bias": f"{contest.spend_bias[:, k].mean():+.1%}",
        "rmse": f"{contest.rmse(k, error):.4g}",
    }
    if not contest.rules:
        return [TEXTS("spend", **told)]
    lowest = min(contest.rules, key=lambda rule: contest.rmse(rule, error))
    name = contest.names[lowest]
    key = {"worse": "spend better", "better": "spend worse", "tied": "spend tied"}[
        _verdicts(differences, error)[name]
    ]
    return [TEXTS(key, **told, baseline=name_in_words(name), rule_rmse=f"{contest.rmse(lowest, error):.4g}")]


def _verdicts(differences: pd.DataFrame, measure: str) -> dict[str, str]:
    rows = differences[differences["measure"] == measure]
    return dict(zip(rows["model"], rows["verdict"], strict=True))


def _rule(contest: Contest, k: int) -> dict[str, str]:
    return {
        "baseline": name_in_words(contest.names[k]),
        "rule_rmse": f"{contest.rmse(k):.3f}",
        "rule_bias": f"{_off(contest, k):+.1%}",
    }


def _off(contest: Contest, k: int) -> float:
    return float(contest.bias[:, k].mean())
