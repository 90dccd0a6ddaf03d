"""The laws among which `model="auto"` chooses: their names, the order in which ties end, and who may stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import AUTO, registered

__all__ = [
    "AUTO",
    "CANDIDATES",
    "FALLBACK",
    "ORDER",
    "REGULAR_ONLY",
    "candidates",
    "is_auto",
    "parameters_of",
]

# In the order in which the rule for ties takes them. A name that no law has is passed over.
ORDER: Final[tuple[str, ...]] = (
    "mbg-nbd",
    "bg-nbd",
    "pareto-nbd",
    "mbg-cnbd",
    "bg-cnbd",
    "ggompertz-nbd",
)
CANDIDATES: Final = ("mbg-nbd", "bg-nbd", "pareto-nbd", "mbg-cnbd", "bg-cnbd")
# Laws of regular buyers: they stand only where purchases are clearly more regular than at random.
REGULAR_ONLY: Final = frozenset({"mbg-cnbd", "bg-cnbd"})
FALLBACK: Final = ORDER[0]  # where nothing can be tested


def is_auto(model: Any) -> bool:
    """Whether a law is to be chosen.

    >>> is_auto("auto"), is_auto("bg-nbd")
    (True, False)
    """
    return isinstance(model, str) and model == AUTO


def candidates(
    regular: Callable[[], bool], names: tuple[str, ...] = CANDIDATES
) -> dict[str, type[PurchaseLaw]]:
    """The laws that may be chosen, by name.

    Parameters
    ----------
    regular : callable
        Says whether purchases come clearly more regularly than at random; asked only if a law depends on it.
    names : tuple of str
        Of the candidates; those that are not registered are left out.

    Returns
    -------
    dict of str to type
    """
    found: dict[str, type[PurchaseLaw]] = {}
    for name in names:
        law = registered(name)
        if law is None or not issubclass(law, PurchaseLaw):
            continue
        if name not in REGULAR_ONLY or regular():
            found[name] = law
    return found


def parameters_of(name: str, law: type[PurchaseLaw]) -> int:
    """How many parameters a law has that are estimated; the k of regular purchases, which the log chooses, is one."""
    return len(law.parameters) + (name in REGULAR_ONLY)
