"""The registry of laws by name: built-in ones, those of other packages, and those registered by hand.

A built-in law is one file and one line in `BUILT_IN`.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, cast

from clv._laws.law import Law
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from rfm._issuing import warn
from rfm.errors import DataError

__all__ = [
    "AUTO",
    "GROUP",
    "NAME",
    "as_purchase_law",
    "fitted_laws",
    "law_named",
    "laws_of",
    "register_law",
    "registered",
]

BUILT_IN = {
    "bg-nbd": "clv._laws.bg_nbd:BGNBD",
    "mbg-nbd": "clv._laws.mbg_nbd:MBGNBD",
    "pareto-nbd": "clv._laws.pareto_nbd:ParetoNBD",
    "bg-bb": "clv._laws.bg_bb:BGBB",
    "bg-cnbd": "clv._laws.bg_cnbd:BGCNBD",
    "mbg-cnbd": "clv._laws.mbg_cnbd:MBGCNBD",
    "ggompertz-nbd": "clv._laws.ggompertz_nbd:GGompertzNBD",
    "gamma-gamma": "clv._laws.gamma_gamma:GammaGamma",
    "constant-spend": "clv._laws.constant_spend:ConstantSpend",
    "credibility-spend": "clv._laws.credibility_spend:CredibilitySpend",
}
GROUP = "rfm_clv.laws"  # entry point groups by which a package provides laws
OF_FAMILY = re.compile(r"(m?bg-cnbd)-([1-9]|1[0-2])")  # a law of a family, with its k
AUTO = "auto"  # in place of a law's name
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

K = TypeVar("K", bound=type[Law])

_known: dict[str, type[Law]] = {}
_seen: set[str] = set()  # entry points that have been loaded


def register_law(law_class: K) -> K:
    """Make a law of your own known by its name, to `clv.fit(model=)`, `clv.load` and all that take a law's name.

    Serves as a decorator. A package registers its laws for everybody who has it installed by entry points of the group
    `rfm_clv.laws`, which are looked at when a name is not known yet, or all names are asked for:

    .. code-block:: toml

        [project.entry-points."rfm_clv.laws"]
        nbd = "my_package.nbd:NBD"

    Parameters
    ----------
    law_class : type
        A subclass of `PurchaseLaw` or `SpendLaw`.

    Returns
    -------
    type
        The class itself.

    Raises
    ------
    DataError
        If it is no such class, lacks a method, declares what does not fit together, or has the name of another law.

    See Also
    --------
    clv.PurchaseLaw, clv.SpendLaw : What a law declares, and which methods it has.

    Examples
    --------
    >>> import clv
    >>> clv.register_law(clv.BGNBD) is clv.BGNBD  # once more changes nothing
    True
    """
    check_declarations(law_class)
    name = law_class.name
    held = _find(name)
    if held is not None and held is not law_class and not _is_rewritten(held, law_class):
        raise DataError(
            f"The name {name!r} is taken by {_place(held)}, so {_place(law_class)} cannot have it. "
            f'Hint: give the class another name = "…".'
        )
    _known[name] = law_class
    return law_class


def check_declarations(law_class: Any) -> None:
    """Raise DataError if a class is not a law, lacks a method, or has inconsistent declarations."""
    if not (isinstance(law_class, type) and issubclass(law_class, PurchaseLaw | SpendLaw)):
        raise DataError(
            f"A law must be a subclass of clv.PurchaseLaw or clv.SpendLaw, got {_shown(law_class)}. "
            "Hint: class NBD(clv.PurchaseLaw): …"
        )
    wrong = _wrong(law_class)
    if wrong is not None:
        fact, hint = wrong
        raise DataError(f"{law_class.__name__}: {fact}. Hint: {hint}")


def _wrong(law_class: type[PurchaseLaw] | type[SpendLaw]) -> tuple[str, str] | None:
    """The first fault in a law's declarations, and the next step; None if there is none."""
    name = getattr(law_class, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"name must be lower-case letters, digits and hyphens, got {name!r}", 'name = "nbd".'
    if name == AUTO:
        return f"the name {AUTO!r} stands for a law that is yet to be chosen", 'name = "nbd".'
    if missing := sorted(getattr(law_class, "__abstractmethods__", ())):
        return (
            f"a law must have {', '.join(missing)}",
            "write it; the base class's docstring says what it returns.",
        )
    names = getattr(law_class, "parameters", None)
    if not names:
        return "a law must declare its parameters", 'mixing = (clv.Gamma("r", "alpha", of="purchase rate"),).'
    made: Any = law_class
    held = tuple(each.name for each in fields(made)) if is_dataclass(made) else ()
    if held != tuple(names) or not made.__dataclass_params__.frozen:
        return (
            f"a law must be a frozen dataclass of its parameters {', '.join(names)}, got "
            + (f"the fields {', '.join(held)}" if held else "a class without fields"),
            "write @dataclass(frozen=True) above it, and a field for each parameter, in this order.",
        )
    mixed = [each for mixing in law_class.mixing for each in mixing.names]
    if set(mixed) - set(names) or len(set(mixed)) < len(mixed):
        return (
            f"mixing has the parameters {', '.join(mixed)}, and the law has {', '.join(names)}",
            "each parameter belongs to one distribution at most.",
        )
    return _wrong_purchases(law_class) if issubclass(law_class, PurchaseLaw) else None


def _wrong_purchases(law_class: type[PurchaseLaw]) -> tuple[str, str] | None:
    """The same for the declarations of purchase laws only."""
    if len(law_class.data_columns) != 3:
        return (
            f"data_columns must be three, got {', '.join(law_class.data_columns)}",
            "the count, the time of the last purchase, the time observed; leave it out for those of clv.summarize.",
        )
    if others := set(law_class.time_parameters) - set(law_class.parameters):
        return (
            f"time_parameters has {', '.join(sorted(others))}, which is not a parameter",
            "list only parameters.",
        )
    if not (law_class.discrete or law_class.time_parameters):
        return (
            "a law in continuous time must have a parameter that is a length of time",
            'time_parameters = ("…",), or discrete = True if it counts periods.',
        )
    leaving = any(mixing.role == "dropout" for mixing in law_class.mixing)
    if leaving and law_class.log_p_alive is PurchaseLaw.log_p_alive:
        return "customers leave, but log_p_alive is missing", "write log_p_alive, or declare no dropout."
    return None


def registered(name: str) -> type[Law] | None:
    """The law of that name: built in, of an installed package or registered by hand; None if there is none."""
    found = _find(name)
    if found is None and _look_at_packages():
        found = _find(name)
    return found


def laws_of(kind: Any = Law) -> dict[str, Any]:
    """All laws of a kind by name: built-in ones first, then the others in order of registration."""
    _look_at_packages()
    found = {name: _find(name) for name in (*BUILT_IN, *_known)}
    return {name: law for name, law in found.items() if law is not None and issubclass(law, kind)}


def fitted_laws() -> dict[str, Any]:
    """The laws, of purchases and of spend, that can be fitted to a summary, by name; not families whose k is open."""
    unfit = {
        name
        for name, law in laws_of().items()
        if law.constant or law.from_orders or getattr(law, "k", 0) is None
    }
    return {name: law for name, law in laws_of().items() if name not in unfit}


def law_named(law: Any, kind: Any = (PurchaseLaw, SpendLaw)) -> Any:
    """The class of a law given as a class or by its name; None if it is neither.

    Raises
    ------
    DataError
        If a law's class has inconsistent declarations.
    """
    if isinstance(law, str):
        law = registered(law)
    if not (isinstance(law, type) and issubclass(law, kind)):
        return None
    if _find(getattr(law, "name", "")) is not law:
        check_declarations(law)
    return law


def as_purchase_law(model: Any) -> type[PurchaseLaw]:
    """The purchase law given by its name or its class.

    Raises
    ------
    DataError
        If it is neither.

    Examples
    --------
    >>> as_purchase_law("bg-nbd").__name__
    'BGNBD'
    """
    found: type[PurchaseLaw] | None = law_named(model, PurchaseLaw)
    if found is not None:
        return found
    names = list(laws_of(PurchaseLaw))
    if isinstance(model, str):
        raise DataError(
            f"No purchase law {model!r}. Hint: choose one of {', '.join(names)}. clv.register_law adds your own."
        )
    name = getattr(model, "name", None)
    like = f"model={name!r}" if name in names else f"choose one of {', '.join(names)}"
    raise DataError(f"model must be a purchase law or its name, got {_shown(model)}. Hint: {like}.")


def _find(name: str) -> type[Law] | None:
    """A law that is registered already, or built in."""
    if name not in _known and name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        _known[name] = getattr(import_module(module), attribute)
    if name not in _known and isinstance(name, str) and (found := OF_FAMILY.fullmatch(name)):
        return cast(Any, _find(found[1])).with_k(int(found[2]))  # type: ignore[no-any-return]
    return _known.get(name)


def _look_at_packages() -> bool:
    """Register the laws of installed packages that have not been loaded; returns whether there were any."""
    new = [each for each in entry_points(group=GROUP) if each.value not in _seen]
    for entry in new:
        _seen.add(entry.value)
        _register_entry(entry)
    return bool(new)


def _register_entry(entry: EntryPoint) -> None:
    """Warn of a package whose law cannot be loaded, with the reason; the other laws stay available."""
    try:
        register_law(entry.load())
    except Exception as error:  # any error that the code of another package raises
        package = entry.dist.name if entry.dist is not None else "an installed package"
        warn(
            f"The law {entry.name!r} of {package} could not be registered: {type(error).__name__}: {error}",
        )


def _is_rewritten(held: type, law_class: type) -> bool:
    """Whether a class is a redefinition of the same one, as when a notebook cell is run again."""
    same = held.__qualname__ == law_class.__qualname__ and held.__module__ == law_class.__module__
    return same and held.__module__ == "__main__"


def _place(law_class: type) -> str:
    return f"{law_class.__module__}.{law_class.__qualname__}"


def _shown(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else f"a {type(value).__name__}"
