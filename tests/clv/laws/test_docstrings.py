"""Inherited docstrings: every public method of a law documents its parameters and has an example."""

from __future__ import annotations

import doctest
import inspect

import pytest

import clv
from clv._laws.docstrings import complete_docstrings

LAWS = [clv.BGNBD, clv.MBGNBD, clv.ParetoNBD, clv.GGompertzNBD, clv.BGBB]
ASKED = ("log_likelihood", "log_p_alive", "posterior", "expected_purchases", "log_pmf", "simulate")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("method", ASKED)
def test_methods_of_laws_have_parameters_returns_errors_and_an_example(law, method):
    text = inspect.getdoc(getattr(law, method))
    headings = [text.index(f"{name}\n---") for name in ("Parameters", "Returns", "Raises", "Examples")]
    assert headings == sorted(headings)
    assert text.count("Parameters\n---") == 1


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_examples_are_still_found(law):
    found = {test.name.rpartition(".")[2] for test in doctest.DocTestFinder().find(law) if test.examples}
    own = {name for name in ASKED if name in vars(law)}
    assert own <= found
    assert {"posterior", "expected_purchases", "log_pmf"} <= own


def test_own_sections_win_and_others_keep_their_order():
    class Base:
        def ask(self):
            """Base.

            Parameters
            ----------
            x : float

            Returns
            -------
            float

            Examples
            --------
            >>> 1
            1
            """

    class Own(Base):
        def ask(self):
            """Own.

            Returns
            -------
            int

            Notes
            -----
            Mine.
            """

        def other(self):
            """Nobody else has it."""

    complete_docstrings(Own)
    parts = inspect.getdoc(Own.ask).split("\n\n")
    assert [part.split("\n")[0] for part in parts] == ["Own.", "Parameters", "Returns", "Notes", "Examples"]
    assert "int" in parts[2]
    assert parts[4].endswith(">>> 1\n1")  # an example is shown once, in the base, or is the law's own
    assert Own.other.__doc__ == "Nobody else has it."
