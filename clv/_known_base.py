"""A customer base in place of a log: what a fit and a table can read from it, and what needs the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw

from clv._choice.candidates import is_auto
from clv._customer_model import CustomerModel
from clv._fits.data import has_timing
from clv._fits.timing import with_k
from clv._laws.registry import as_purchase_law
from clv._summary import base_summary
from clv._units import Unit, as_unit
from rfm._customers.customer_base import CustomerBase, base_facts
from rfm._days import day_date
from rfm._frames.execution import fetch, materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._options import received
from rfm.errors import DataError

__all__ = ["KnownBase"]

NAMED: Final = (
    'name a law, such as model="bg-nbd", or model=clv.load("model.json") of one that was fitted to the log'
)
FIT: Final = (
    "fit to the log once, clv.fit(log, {}), save the model, and give customer_table(base, model=…) that one"
)


@dataclass(frozen=True)
class KnownBase:
    """A base and the function that it was given to, such as "clv.fit", for messages."""

    base: CustomerBase
    function: str

    @property
    def has_amounts(self) -> bool:
        """Whether there is money in it."""
        return self.base.extent.has_amounts

    def summary(self, unit: Unit, end: str | date | None) -> Table:
        """The BTYD summary on a day, computed once."""
        table: Table = to_native(materialise(from_native(base_summary(self.base, as_unit(unit), end))))
        return table

    def last_day(self, given: str | date | None) -> date:
        """The day given, or the last one that the base knows."""
        return day_date(base_facts(self.base, given, f"{self.function}(log, …)")[1])

    def check_law(self, model: Any, k: int | None = None) -> None:
        """Refuse a law that is to be chosen, or that reads more than frequency, recency and T.

        Raises
        ------
        DataError
        """
        if is_auto(model):
            self._refuse("model='auto'", "held-out parts of the log", NAMED)
        law_class = with_k(as_purchase_law(model), k)
        if law_class.discrete:
            self._refuse(f"model={law_class.name!r}", "the days of purchases in calendar periods", NAMED)
        if has_timing(law_class) and getattr(law_class, "k", None) is None and k is None:
            self._refuse(
                f"model={law_class.name!r} chooses k, which",
                "the times between purchases",
                'k=2, say, or "mbg-cnbd-2"',
            )

    def check_table(self, model: Any, as_of: str | date | None, options: Mapping[str, Any]) -> None:
        """Refuse what `customer_table` cannot read from a base; a fitted model brings its own past errors.

        Raises
        ------
        DataError
        """
        self.last_day(as_of)
        if not isinstance(model, CustomerModel):
            self.check_law(model)
            self.check_options(options)
        elif model.purchases.law.discrete or (model.log_start is not None and model.log_start.known):
            self._refuse("This model", "the days of purchases", NAMED)

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Refuse the options of a fit that need the log; those that are None are not asked for.

        Raises
        ------
        DataError
        """
        needs = {
            "season": "the days of all purchases",
            "entry_after": "the days on which the log begins",
            "first_purchase": "the days of the log",
            "interval": "earlier days of the log, on which past errors are learned",
        }
        for name, read in needs.items():
            if options.get(name) is not None:
                self._refuse(
                    f"{name}={received(options[name])}",
                    read,
                    FIT.format("…" if name == "interval" else f"{name}=…"),
                )
        for name in ("spend_orders", "forgetting"):
            if isinstance(options.get(name), str) and options[name] == "auto":
                self._refuse(
                    f"{name}='auto'",
                    "later parts of the log, on which it is tested",
                    FIT.format(f'{name}="auto"'),
                )
        if options.get("spend_law") == "credibility":
            self._refuse(
                "spend_law='credibility'", "the worth of each order", FIT.format('spend_law="credibility"')
            )

    def check_refunds(self) -> None:
        """Refuse to fit to a base with refunds: their rate and delay are those of each refund and its order.

        Raises
        ------
        DataError
        """
        facts, _ = base_facts(self.base, None, self.function)
        back = fetch(facts.select(nw.col("refunds").min())).item()
        if self.base.extent.has_amounts and back is not None and back < 0:
            self._refuse(
                "A fit to a base with refunds",
                "the log, in which each refund has its order and its delay",
                FIT.format("…")
                + "; or clv.fit_summary(clv.summarize(base)), which takes every refund for immediate",
            )

    def _refuse(self, what: str, read: str, hint: str) -> None:
        raise DataError(f"{what} needs {read}, and a customer base keeps no rows of it. Hint: {hint}.")
