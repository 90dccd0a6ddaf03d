"""Registered laws, how others are added, and what is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import ClassVar

import pytest

import clv
from clv._command.parser import make_parser as _parser
from clv._laws.registry import BUILT_IN, fitted_laws, laws_of
from rfm.errors import DataError, DataWarning

PACKAGE = """
from dataclasses import dataclass
from typing import ClassVar
import clv

@dataclass(frozen=True)
class Packed(clv.BGNBD):
    name: ClassVar[str] = "packed"
    mixing = clv.BGNBD.mixing
"""


def law(name="toy", base=clv.BGNBD, **members):
    members = {"name": name, "mixing": base.mixing, **members}
    return dataclass(frozen=True)(type("Toy", (base,), members))


def test_the_laws_of_the_house_are_what_their_files_say():
    names = ["bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb", "bg-cnbd", "mbg-cnbd", "ggompertz-nbd"]
    assert list(laws_of(clv.PurchaseLaw))[:7] == names
    assert {name: each.name for name, each in laws_of().items() if name in BUILT_IN} == dict(
        zip(BUILT_IN, BUILT_IN, strict=True)
    )
    others = {"constant-spend", "credibility-spend", "bg-cnbd", "mbg-cnbd"}
    assert set(BUILT_IN) - set(fitted_laws()) == others


def test_a_registered_law_is_known_everywhere(own_registry):
    toy = clv.register_law(law())
    assert own_registry.as_purchase_law("toy") is toy
    assert "toy" in laws_of(clv.PurchaseLaw)
    assert clv.register_law(toy) is toy


def test_a_law_of_the_house_is_a_file_and_a_line(nbd, own_registry, monkeypatch):
    del own_registry._known["nbd"]
    monkeypatch.setitem(own_registry.BUILT_IN, "nbd", "own_law:NBD")
    assert own_registry.as_purchase_law("nbd") is nbd
    assert "nbd" in fitted_laws()
    assert _parser().parse_args(["report", "log.csv", "--model", "nbd"]).model == "nbd"


def test_a_class_serves_without_being_registered(own_registry):
    toy = law("unheard-of")
    assert own_registry.as_purchase_law(toy) is toy
    with pytest.raises(DataError, match="No purchase law 'unheard-of'"):
        own_registry.as_purchase_law("unheard-of")


def test_a_taken_name_is_refused(own_registry):
    with pytest.raises(
        DataError, match=r"The name 'bg-nbd' is taken by clv\._laws\.bg_nbd\.BGNBD, so .*Toy cannot have it"
    ):
        clv.register_law(law("bg-nbd"))
    clv.register_law(law())
    with pytest.raises(DataError, match=r'Hint: give the class another name = "…"'):
        clv.register_law(law())


def test_a_cell_of_a_notebook_may_run_again(own_registry):
    first, second = law(__module__="__main__"), law(__module__="__main__")
    clv.register_law(first)
    assert clv.register_law(second) is second
    assert own_registry.as_purchase_law("toy") is second


class Unfinished(clv.PurchaseLaw):
    name = "unfinished"
    mixing = (clv.Gamma("r", "alpha", of="purchase rate"),)


@dataclass(frozen=True)
class Missing(clv.BGNBD):
    name: ClassVar[str] = "missing"
    mixing: ClassVar[tuple] = (clv.Gamma("r", "alpha", of="purchase rate"),)


@dataclass(frozen=True)
class Undecided(clv.PurchaseLaw):
    """Customers leave, and it has no P(alive)."""

    r: float
    alpha: float
    name: ClassVar[str] = "undecided"
    mixing: ClassVar[tuple] = (clv.Gamma("r", "alpha", of="dropout"),)
    log_likelihood = posterior = expected_purchases = log_pmf = simulate = lambda self, *_: 0.0


STRANGE = (clv.Gamma("r", "x", of="dropout"),)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (int, r"A law must be a subclass of clv\.PurchaseLaw or clv\.SpendLaw, got int"),
        (clv.BGNBD(1, 1, 1, 1), "got a BGNBD"),
        (Unfinished, "Unfinished: a law must have expected_purchases, log_likelihood, log_pmf, posterior, simulate"),
        (law("Two Words"), "name must be lower-case letters, digits and hyphens, got 'Two Words'"),
        (Missing, r"Missing: .* must be a frozen dataclass of its parameters r, alpha, got the fields r, alpha, a, b"),
        (law(data_columns=("frequency", "T")), "data_columns must be three, got frequency, T"),
        (law(time_parameters=("gamma",)), "time_parameters has gamma, which is not a parameter"),
        (law(time_parameters=()), "a law in continuous time must have a parameter that is a length of time"),
        (
            law(mixing=STRANGE, parameters=("r", "alpha", "a", "b"), time_parameters=("r",)),
            "mixing has the parameters r, x, and the law has r, alpha, a, b",
        ),
        (Undecided, "Undecided: customers leave, but log_p_alive is missing. Hint: write log_p_alive"),
    ],
)  # fmt: skip
def test_wrong_declarations_are_refused_with_the_next_step(own_registry, wrong, words):
    with pytest.raises(DataError, match=words):
        clv.register_law(wrong)


def installed(tmp_path, monkeypatch, module: str, entry: str) -> None:
    """A package on the path, as an installer leaves it."""
    (tmp_path / "packed_laws.py").write_text(module)
    info = tmp_path / "packed_laws-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: packed-laws\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[rfm_clv.laws]\n{entry}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "packed_laws", raising=False)


def test_an_installed_package_brings_its_law(own_registry, tmp_path, monkeypatch):
    installed(tmp_path, monkeypatch, PACKAGE, "packed = packed_laws:Packed")
    assert own_registry.as_purchase_law("bg-nbd") is clv.BGNBD
    assert "packed_laws" not in sys.modules  # a known name asks nobody
    assert _parser().parse_args(["report", "log.csv", "--model", "packed"]).model == "packed"
    assert own_registry.as_purchase_law("packed").__name__ == "Packed"
    assert "packed" in laws_of(clv.PurchaseLaw)


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("raise OSError('no licence')", "OSError: no licence"),
        ("Packed = 3", "DataError: A law must be a subclass"),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named_and_harms_nobody(
    own_registry, tmp_path, monkeypatch, module, reason
):
    installed(tmp_path, monkeypatch, module, "packed = packed_laws:Packed")
    with (
        pytest.warns(DataWarning, match=f"The law 'packed' of packed-laws could not be registered: {reason}"),
        pytest.raises(DataError, match=r"No purchase law 'packed'. Hint: choose one of bg-nbd,"),
    ):
        own_registry.as_purchase_law("packed")
    assert own_registry.as_purchase_law("bg-nbd") is clv.BGNBD


def test_parameters_are_not_taken_for_a_law(own_registry):
    with pytest.raises(
        DataError, match=r"model must be a purchase law or its name, got a BGNBD.*model='bg-nbd'"
    ):
        own_registry.as_purchase_law(clv.BGNBD(1, 1, 1, 1))
    with pytest.raises(DataError, match=r"got GammaGamma\. Hint: choose one of bg-nbd"):
        own_registry.as_purchase_law(clv.GammaGamma)
