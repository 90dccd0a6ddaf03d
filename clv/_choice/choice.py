"""The choice of a law, as a table and a sentence, and as values of a model file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, get_args

import pandas as pd

from clv._choice.rule import Decision, Verdict
from rfm._options import is_number
from rfm._words import Message, declare, joined

__all__ = ["COLUMNS", "TEXTS", "Choice", "choice_from_dict", "choice_of", "choice_to_dict", "untested"]

TEXTS: Final = declare(
    "choice",
    {
        "sentence": "{law} was chosen from {laws}: {reason}. {test}",
        "best": "its log score is the best, and the difference is more than chance",
        "tied": "its log score is the best, or within chance or .1% of it, like that of {others}, and it comes first "
        "by the rule for ties",
        "only": "it is the only law that could be tested",
        "contradicted": "{names} is left out of the tie, since customers who bought once would all be customers for "
        "ever, and the log says that some have left",
        "biased": "{names} is left out of the tie, since its total missed in the same direction each time "
        "({bias} on average)",
        "reasons": "{first}; {second}",
        "test": "Each was fitted to the log until {origins} and scored on the purchases of the {days} days after it, "
        "customer by customer.",
        "test_many": "Each was fitted to the log until {origins} in turn, and scored on the purchases of the {days} "
        "days after each, customer by customer.",
        "sampled": "{test} {customers} customers were read, chosen by a hash of their ids.",
        "untested": "{law} was taken without a test: {reason}.",
        "short": "the log has {days} days, and a hold-out of {needed} days after as many would not fit into it",
        "few": "the first part of the log does not hold enough repeat purchases to fit a law",
    },
)
COLUMNS: Final = ("model", "parameters", "log_score", "difference", "low", "high", "bias", "bias_low", "bias_high",
                  "verdict")  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Which law `model="auto"` chose, and why; `model.choice` of a fitted model.

    Attributes
    ----------
    law : str
        The name of the chosen law.
    table : DataFrame
        A row for each law that was compared, the best score first: `model`; `parameters`, their number; `log_score`,
        the sum over customers and origins of ln P(what the customer bought in the hold-out); its `difference` from the
        best with a 95% interval, `low` and `high`; the `bias` of the total, the mean over the origins, with its lowest
        and highest; `verdict`: "chosen", "tied", "contradicted", "biased" or "worse". Without rows where nothing could
        be tested.
    sentence : str
        The choice in words.

    See Also
    --------
    fit : With `model="auto"`.
    backtest : The same rule for laws and hold-outs of your own choice.

    Notes
    -----
    The logarithmic score is proper: in expectation the true distribution has the best one, and no other has (Gneiting &
    Raftery 2007, "Strictly proper scoring rules, prediction, and estimation", Journal of the American Statistical
    Association 102, section 4). The errors of point predictions leave open what a law says of single customers.

    The hold-outs do not overlap. Each is a quarter of the log, from 4 weeks to 39, the last one at its end; there are
    up to five, the first with at least as much time before it. With `entry_after=`, whose fits take seconds, only the
    last one is used. Of more than 100,000 customers so many are read, the same ones each time.

    Tied are all laws whose difference from the best score has a 95% bootstrap interval that contains 0 (over customers
    within each hold-out; over hold-outs too where there are five), or is below .1% of the score. From the tie drop out

    - laws in which one-time buyers cannot leave, where the log says that some have: the line "one-time buyers are still
      customers" of `clv.check`;
    - laws whose total missed in the same direction at three hold-outs or more, if its mean size exceeds that of the
      least biased law by more than its standard deviation over the hold-outs;

    each time unless nobody would be left. Of the others the one with the fewest parameters is chosen, and among equals
    mbg-nbd before bg-nbd before pareto-nbd.

    Examples
    --------
    >>> import clv, rfm
    >>> choice = clv.fit(rfm.datasets.cdnow_sample(), "auto").choice
    >>> choice.table[["model", "verdict"]]
            model       verdict
    0     mbg-nbd        chosen
    1      bg-nbd  contradicted
    2  pareto-nbd         worse
    """

    law: str
    table: pd.DataFrame = field(compare=False)
    sentence: str

    def __repr__(self) -> str:
        return (
            f"{self.sentence}\n\n{self.table.to_string(index=False)}"
            if len(self.table)
            else str(self.sentence)
        )

    def _repr_html_(self) -> str:
        shown = self.table.to_html(index=False) if len(self.table) else ""
        return f"<p>{escape(str(self.sentence))}</p>{shown}"


def untested(law: str, reason: str, **values: str) -> Choice:
    """The choice where nothing could be compared."""
    table = pd.DataFrame({name: [] for name in COLUMNS})
    return Choice(law, table, TEXTS("untested", law=law, reason=TEXTS(reason, **values)))


def choice_of(
    decision: Decision,
    parameters: Sequence[int],
    origins: Sequence[str],
    days: int,
    sampled: int | None = None,
) -> Choice:
    """A decision as a table and a sentence."""
    return Choice(
        decision.law, _table(decision, parameters), _sentence(decision, tuple(origins), days, sampled)
    )


def _table(decision: Decision, parameters: Sequence[int]) -> pd.DataFrame:
    bias = decision.bias
    rows = pd.DataFrame(
        {
            "model": decision.names,
            "parameters": list(parameters),
            "log_score": decision.score,
            "difference": decision.difference,
            "low": decision.low,
            "high": decision.high,
            "bias": bias.mean(axis=0),
            "bias_low": bias.min(axis=0),
            "bias_high": bias.max(axis=0),
            "verdict": decision.verdict,
        }
    )
    return rows.sort_values("log_score", ascending=False, kind="stable").reset_index(drop=True)


def _sentence(decision: Decision, origins: tuple[str, ...], days: int, sampled: int | None) -> Message:
    many = "test_many" if len(origins) > 1 else "test"
    test = TEXTS(many, origins=joined("list", list(origins)), days=str(days))
    if sampled is not None:
        test = TEXTS("sampled", test=test, customers=f"{sampled:,}")
    laws = joined("list", list(decision.names))
    return TEXTS("sentence", laws=laws, law=decision.law, reason=_reason(decision), test=test)


def _reason(decision: Decision) -> Message:
    if len(decision.names) == 1:
        return TEXTS("only")
    others = [*decision.of("tied"), *decision.of("contradicted"), *decision.of("biased")]
    reason = TEXTS("tied", others=joined("list", others)) if others else TEXTS("best")
    for why in left_out(decision):
        reason = TEXTS("reasons", first=reason, second=why)
    return reason


def left_out(decision: Decision) -> list[Message]:
    """Why some that are tied with the best are left out."""
    denied = decision.of("contradicted")
    found = [TEXTS("contradicted", names=joined("list", denied))] if denied else []
    for name in decision.of("biased"):
        mean = decision.bias[:, decision.names.index(name)].mean()
        found.append(TEXTS("biased", names=name, bias=f"{mean:+.1%}"))
    return found


def choice_to_dict(choice: Choice) -> dict[str, Any]:
    """A choice as plain JSON values; what is not finite is null."""
    rows = [
        {name: _plain(value) for name, value in zip(COLUMNS, row, strict=True)}
        for row in choice.table[list(COLUMNS)].itertuples(index=False)
    ]
    return {"law": choice.law, "sentence": str(choice.sentence), "table": rows}


def choice_from_dict(document: Any) -> Choice:
    """A choice from its JSON values.

    Raises
    ------
    TypeError, ValueError
        If a field is missing, has the wrong type or another name.
    """
    if not isinstance(document, Mapping) or set(document) != {"law", "sentence", "table"}:
        raise ValueError("a choice has a law, a sentence and a table")
    law, sentence, rows = (document[name] for name in ("law", "sentence", "table"))
    if not (isinstance(law, str) and isinstance(sentence, str) and isinstance(rows, list)):
        raise ValueError("a choice has texts for its law and sentence, and a list for its table")
    for row in rows:
        if not isinstance(row, Mapping) or set(row) != set(COLUMNS):
            raise ValueError(f"a row of a choice has {', '.join(COLUMNS)}")
        if not isinstance(row["model"], str) or row["verdict"] not in get_args(Verdict):
            raise ValueError(f"{row['model']!r} and {row['verdict']!r} are no law and no verdict of a choice")
        for name in COLUMNS[1:-1]:
            if row[name] is not None and not is_number(row[name]):
                raise ValueError(f"{name} of a choice is {row[name]!r}")
    table = pd.DataFrame(
        {name: [math.nan if row[name] is None else row[name] for row in rows] for name in COLUMNS}
    )
    return Choice(law, table, sentence)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and not isinstance(value, float) else number
