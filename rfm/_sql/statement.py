"""One statement from a table of orders to scores and segments."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

from rfm._schemes.scheme import Scheme
from rfm._scores.cut_points import CutPoints
from rfm._sql.dialects import Dialect, column, glot, named, text
from rfm._sql.orders_table import OrdersTable, recency, stages, table_of
from rfm._sql.rule_conditions import ColumnKind, condition_of
from rfm.errors import DataError

__all__ = ["measured_stages", "segments_sql", "written"]


def segments_sql(scorer: Any, scheme: Scheme | None, orders: OrdersTable, dialect: Dialect) -> str:
    """The statement: a row for each customer who bought, with scores by the scorer's cut points, and the segment.

    Raises
    ------
    DataError
        If the scorer has what no statement gives: other metrics, groups, weights, or counts of order ids.
    RuleError
        If a rule of the scheme reads other columns.
    """
    _check(scorer, orders)
    ctes = measured_stages(orders, scorer.monetary, dialect)
    names = [ruler.name for ruler in scorer.rulers]
    exp = glot().exp
    facts = ["customer_id", "recency", "frequency", *(["monetary"] if "M" in names else []), "orders"]
    if orders.window is not None:
        facts.append("orders_in_window")
    scores = [_score(ruler, orders, scorer.monetary).as_(ruler.name, quoted=True) for ruler in scorer.rulers]
    ctes[orders.stage("scored")] = exp.select(*map(column, facts), *scores).from_(
        table_of(orders.stage("measured"))
    )
    code = _code(names, most=max(ruler.bins for ruler in scorer.rulers))
    coded = "rfm" if "M" in names else "rf"
    with_code = exp.select(exp.Star(), code.as_(coded, quoted=True))
    ctes[orders.stage("coded")] = with_code.from_(table_of(orders.stage("scored")))
    shown = [*facts, *names, coded]
    kinds: dict[str, ColumnKind] = {**dict.fromkeys(shown[1:-1], "a number"), coded: "text"}
    columns = list(map(column, shown))
    if scheme is not None:
        columns.append(_segment(scheme, kinds).as_("segment", quoted=True))
    return written(exp.select(*columns).from_(table_of(orders.stage("coded"))), ctes, dialect)


def measured_stages(orders: OrdersTable, monetary: str, dialect: Dialect) -> dict[str, Any]:
    """The stages up to ``measured``: recency, frequency and monetary value of each customer who bought."""
    exp = glot().exp
    ctes = stages(orders, dialect)
    count, units = (
        ("orders_in_window", "units_in_window") if orders.window is not None else ("orders", "units")
    )
    columns = [
        column("customer_id"),
        recency(dialect).as_("recency", quoted=True),
        column(count).as_("frequency", quoted=True),
        column("orders"),
    ]
    if orders.window is not None:
        columns.append(column("orders_in_window"))
    if orders.amount is not None:
        columns.append(column(units).as_("units", quoted=True))
        columns.append(
            _monetary(column(units), column(count), orders.scale, monetary).as_("monetary", quoted=True)
        )
    ctes[orders.stage("measured")] = exp.select(*columns).from_(table_of(orders.stage("buyers")))
    return ctes


def written(last: Any, ctes: dict[str, Any], dialect: Dialect) -> str:
    """A statement with its stages, indented."""
    for name, stage in ctes.items():
        last = last.with_(named(name, "stage"), as_=stage)
    sql: str = last.sql(dialect=dialect, pretty=True, unsupported_level=glot().ErrorLevel.RAISE)
    return sql + "\n"


def _check(scorer: Any, orders: OrdersTable) -> None:
    """Refuse what a statement does not give."""
    names = [ruler.name for ruler in scorer.rulers]
    lacks = [
        ("metrics of its own", set(names) - {"R", "F", "M"}, "extra="),
        ("cut points by group", scorer.within, "within="),
        ("a composite score", scorer.weights, "weights="),
        ("counts of order ids", scorer.frequency == "orders", 'frequency="orders"'),
    ]
    for what, found, option in lacks:
        if found:
            raise DataError(
                f"A statement cannot have {what}, and this scorer was learned with {option}. Hint: learn one without "
                "it; or score in Python on an Ibis table of the warehouse, which reads the rows there."
            )
    if scorer.windowed != (orders.window is not None):
        fact = (
            "was learned from a window, and none is given"
            if scorer.windowed
            else "was learned without a window"
        )
        raise DataError(f'The scorer {fact}. Hint: window="365D" with as_of= in both, or in neither.')
    if ("M" in names) != (orders.amount is not None):
        raise DataError(
            f"The scorer has cut points of {', '.join(names)}; got amount={orders.amount!r}. "
            'Hint: amount="…" names the column of amounts; amount=None where the scorer has no M.'
        )


def _monetary(units: Any, count: Any, scale: int, monetary: str) -> Any:
    """Net spend in money, or per order; 0 without an order in the window."""
    exp = glot().exp
    whole = exp.Literal.number(f"{scale}.0")
    if monetary == "total":
        return _quotient(units, whole)
    orders = exp.Mul(this=exp.Nullif(this=count, expression=exp.Literal.number(0)), expression=whole)
    return exp.Coalesce(this=_quotient(units, orders), expressions=[exp.Literal.number(0)])


def _quotient(left: Any, right: Any) -> Any:
    exp = glot().exp
    return exp.Div(
        this=exp.cast(left, "double"), expression=exp.cast(right, "double"), typed=False, safe=False
    )


def _score(ruler: CutPoints, orders: OrdersTable, monetary: str) -> Any:
    """1 + the number of cut points that a value beats."""
    exp = glot().exp
    if not ruler.cuts:
        return exp.Literal.number(ruler.middle)
    in_units = ruler.name == "M" and monetary == "total"
    total: Any = exp.Literal.number(1)
    for cut in dict.fromkeys(ruler.cuts):
        value = column("units" if in_units else ruler.column)
        beats = (exp.LT if ruler.best == "low" else exp.GT)(
            this=value, expression=_units(cut, orders.scale) if in_units else _number(cut)
        )
        case = exp.Case().when(beats, exp.Literal.number(ruler.cuts.count(cut))).else_(exp.Literal.number(0))
        total = exp.Add(this=total, expression=case)
    return total


def _units(cut: float, scale: int) -> Any:
    """The largest whole number of units that does not beat a cut of money: no sum in floating point is compared."""
    near = Fraction(repr(cut)) * scale
    return _number(near.numerator // near.denominator)


def _number(value: float) -> Any:
    exp = glot().exp
    plain = repr(value) if isinstance(value, int) or value != int(value) else str(int(value))
    return exp.Neg(this=exp.Literal.number(plain[1:])) if plain.startswith("-") else exp.Literal.number(plain)


def _code(names: list[str], most: int) -> Any:
    """All scores as one text: "555", or "10-9-3" if a score may have two digits."""
    exp = glot().exp
    parts = [exp.cast(column(name), "text") for name in names]
    if most >= 10:
        dashed = [each for part in parts for each in (exp.Literal.string("-"), part)][1:]
        return functools.reduce(
            lambda left, right: exp.DPipe(this=left, expression=right, safe=False), dashed
        )
    return functools.reduce(lambda left, right: exp.DPipe(this=left, expression=right, safe=False), parts)


def _segment(scheme: Scheme, kinds: dict[str, ColumnKind]) -> Any:
    """The name of the first rule that holds; none holds: the scheme's default, or nothing."""
    exp = glot().exp
    ruled = scheme._for(kinds)._ruled
    case = exp.Case()
    for name, rule in ruled:
        case = case.when(condition_of(rule, kinds), text(name))
    return case if scheme.default is None else case.else_(text(scheme.default))
