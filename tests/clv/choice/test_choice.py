"""A choice in words, in a table and in a file."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._choice.choice import Choice, choice_from_dict, choice_of, choice_to_dict, untested
from clv._choice.rule import decide
from clv._report.language import Language

NAMES = ("mbg-nbd", "bg-nbd", "pareto-nbd")


def decided(*steps, bias=((0.0, 0.0, 0.0),), contradicted=()):
    values = -1.0 + np.array(steps) + np.zeros((300, 3))
    return decide(NAMES, [values] * len(bias), np.array(bias), (4, 4, 4), lambda names: contradicted)


def choice(decision, origins=("1997-10-01",), sampled=None):
    return choice_of(decision, (4, 4, 4), origins, 90, sampled)


def test_a_clear_choice_says_so():
    found = choice(decided(0.1, 0.0, -0.1))
    assert found.sentence == (
        "mbg-nbd was chosen from mbg-nbd, bg-nbd, pareto-nbd: its log score is the best, and the difference is more "
        "than chance. Each was fitted to the log until 1997-10-01 and scored on the purchases of the 90 days after it, "
        "customer by customer."
    )
    assert found.table["model"].tolist() == list(NAMES)
    assert found.table["verdict"].tolist() == ["chosen", "worse", "worse"]
    assert found.table["log_score"].tolist() == pytest.approx([-270.0, -300.0, -330.0])
    assert found.table["difference"].tolist() == pytest.approx([0.0, -30.0, -60.0])


def test_a_tie_names_who_is_tied_and_who_is_left_out():
    bias = [(0.0, 0.0, 0.3), (0.01, -0.01, 0.31), (0.0, 0.01, 0.29)]
    days = ("1997-10-01", "1998-01-01", "1998-04-01")
    found = choice(decided(0.0, 0.0, 0.0, bias=bias, contradicted={"bg-nbd"}), days, 100_000)
    assert "within chance or .1% of it, like that of bg-nbd, pareto-nbd, and it comes first" in found.sentence
    assert "bg-nbd is left out of the tie, since customers who bought once" in found.sentence
    assert "pareto-nbd is left out of the tie, since its total missed" in found.sentence
    assert "(+30.0% on average)" in found.sentence
    assert "until 1997-10-01, 1998-01-01, 1998-04-01 in turn" in found.sentence
    assert found.sentence.endswith("100,000 customers were read, chosen by a hash of their ids.")
    row = found.table.set_index("model").loc["pareto-nbd"]
    assert row[["bias", "bias_low", "bias_high"]].tolist() == pytest.approx([0.3, 0.29, 0.31])


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_every_sentence_has_a_translation(language):
    spoken = Language.load(language)
    bias = [(0.0, 0.0, 0.3)] * 3
    for found in (
        choice(decided(0.1, 0.0, 0.0)),
        choice(decided(0.0, 0.0, 0.0, bias=bias, contradicted={"bg-nbd"}), ("1997-10-01", "1998-01-01"), 7),
        untested("mbg-nbd", "short", days="30", needed="28"),
        untested("mbg-nbd", "few"),
    ):
        text = spoken(found.sentence)
        assert not any(word in text for word in ("chosen", "customers", "since", "log"))
        assert "mbg-nbd" in text


def test_a_choice_survives_a_file():
    found = choice(decided(0.1, 0.0, -0.1))
    again = choice_from_dict(json.loads(json.dumps(choice_to_dict(found))))
    assert again == found
    pd.testing.assert_frame_equal(again.table, found.table, check_dtype=False)
    nothing = untested("mbg-nbd", "few")
    assert len(choice_from_dict(json.loads(json.dumps(choice_to_dict(nothing)))).table) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"law": 3},
        {"another": 3},
        {"sentence": None},
        {"table": {}},
        {"table": [{}]},
        {"table": [{"bias": "x"}]},
        {"table": [{"model": 1}]},
        {"table": [{"parameters": True}]},
        {"table": [{"verdict": "best"}]},
        {"table": [{"verdict": []}]},
    ],
)
def test_what_is_no_choice_is_refused(change):
    document = choice_to_dict(choice(decided(0.1, 0.0, -0.1)))
    if isinstance(change.get("table"), list) and change["table"][0]:
        change = {"table": [{**document["table"][0], **change["table"][0]}]}
    with pytest.raises((ValueError, TypeError)):
        choice_from_dict({**document, **change})
    for other in ({}, [], "mbg-nbd", {"law": "mbg-nbd"}):
        with pytest.raises(ValueError, match="a choice has a law"):
            choice_from_dict(other)


def test_a_saved_model_knows_its_choice(tmp_path):
    few = rfm.datasets.cdnow_sample().query("customer_id <= 250")
    model = clv.fit(few, "auto")
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.choice == model.choice
    pd.testing.assert_frame_equal(loaded.choice.table, model.choice.table, check_dtype=False)
    assert model.choice.sentence in model.summary()
    assert model.choice.sentence in loaded.summary()
    document = json.loads((tmp_path / "m.json").read_text())
    document["choice"]["table"][0]["verdict"] = 7
    (tmp_path / "m.json").write_text(json.dumps(document))
    with pytest.raises(clv.FitError, match=r"is damaged: .* and 7 are no law and no verdict"):
        clv.load(tmp_path / "m.json")


def test_it_is_shown_with_its_table():
    found = choice(decided(0.1, 0.0, -0.1))
    assert found.sentence in repr(found)
    assert "pareto-nbd" in repr(found).splitlines()[-1]
    assert "<table" in found._repr_html_()
    assert repr(untested("mbg-nbd", "few")) == untested("mbg-nbd", "few").sentence
    assert isinstance(found, Choice)
