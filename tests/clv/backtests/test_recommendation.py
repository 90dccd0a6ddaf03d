"""The sentences of a recommendation, from hand-made predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clv._backtests.comparison import compared, contest_of
from clv._backtests.recommendation import name_in_words, recommendation, reference_of
from clv._report.language import Language

HAPPENED = np.arange(300.0) % 4
NOISE = np.random.default_rng(3).permutation(np.resize([-1.0, 1.0], 300))
LAWS = {"bg-nbd": 4, "mbg-nbd": 4}


def rows(off, score=None, spend=None):
    predicted = HAPPENED + np.asarray(off)
    table = pd.DataFrame({"predicted": predicted, "happened": HAPPENED})
    if score is not None:
        table["log_score"] = np.broadcast_to(score, 300)
    if spend is not None:
        table["predicted_spend"], table["happened_spend"] = 10 * HAPPENED + np.asarray(spend), 10 * HAPPENED
    return table


def said(*origins, laws=LAWS, contradicted=(), chosen=None, counts="purchases"):
    found = contest_of(
        origins, {k: v for k, v in laws.items() if k in origins[0]}, lambda _: contradicted, chosen
    )
    return recommendation(found, compared(found, counts, reference_of(found)), counts)


BEST = rows(0.1 * NOISE, -1.0)
WORSE = rows(0.5 * NOISE, -1.5)
RULE = rows(NOISE)


def test_the_law_with_the_best_score_and_its_errors_are_named():
    assert said({"bg-nbd": BEST, "mbg-nbd": WORSE}) == (
        "Use bg-nbd: log score -1.0000 a customer, total +0.0%, RMSE 0.100, MAE 0.100."
    )


def test_the_score_and_not_the_rmse_decides():
    text = said({"bg-nbd": rows(0.1 * NOISE, -1.5), "mbg-nbd": rows(0.5 * NOISE, -1.0)})
    assert text.startswith("Use mbg-nbd: log score -1.0000 a customer, total +0.0%, RMSE 0.500")


def test_a_tie_is_called_one():
    tied = {"bg-nbd": rows(0.1 * NOISE, -1.0 + 0.1 * NOISE), "mbg-nbd": rows(0.1 * NOISE, -1.0 - 0.1 * NOISE)}
    text = said(tied)
    assert text.startswith("Use mbg-nbd")
    assert "Its log score and that of bg-nbd do not differ beyond chance or .1%, and it comes first" in text
    denied = said({"bg-nbd": tied["bg-nbd"], "pareto-nbd": tied["mbg-nbd"]}, laws={"bg-nbd": 4, "pareto-nbd": 4},
                  contradicted={"bg-nbd"})  # fmt: skip
    assert denied.startswith("Use pareto-nbd")
    assert "bg-nbd is left out of the tie, since customers who bought once" in denied


BETTER = (
    "No law beats the baseline 'past rate continued' here: its RMSE is 0.050, its total +0.0%. "
    "Use the laws for intervals and horizons only with care."
)


@pytest.mark.parametrize(
    ("off", "sentence"),
    [
        (1.0, "The RMSE is 90.0% below that of the best baseline, 'past rate continued' (1.000)."),
        (
            -0.1,
            "The best baseline, 'past rate continued', has an RMSE of 0.100: no difference beyond chance.",
        ),
        (0.05, BETTER),
    ],
)
def test_baselines_are_compared_by_squared_error(off, sentence):
    assert said({"bg-nbd": BEST, "past rate continued": rows(off * NOISE)}).endswith(sentence)


def test_a_baseline_with_the_lowest_rmse_and_a_total_far_off_is_named_and_not_recommended():
    law = rows(10 * NOISE, -1.0)
    text = said({"bg-nbd": law, "population mean": rows(7.5 + np.zeros(300))})
    assert text.startswith("Use bg-nbd")
    assert text.endswith(
        "The baseline 'population mean' has a lower RMSE (7.500), and is not recommended since its total is further "
        "off (+500.0%)."
    )
    beside = said(
        {"bg-nbd": law, "population mean": rows(7.5 + np.zeros(300)), "past rate continued": rows(12 * NOISE)}
    )
    assert "not recommended since its total is further off (+500.0%). The RMSE is 16.7% below" in beside


def test_a_bias_in_one_direction_at_three_origins_is_named():
    biased = [{"bg-nbd": rows(0.1 * NOISE + off, -1.0)} for off in (0.3, 0.35, 0.4)]
    assert said(*biased).endswith(
        "The total missed in the same direction at every origin, by +23.3% on average."
    )
    assert "same direction" not in said(*biased[:2])


def test_among_ties_the_biased_law_is_left_out():
    three = [
        {"bg-nbd": rows(off, -1.0 + 0.1 * NOISE), "mbg-nbd": rows(0.9 + off, -1.0 - 0.1 * NOISE)}
        for off in (0.01, -0.02, 0.02)
    ]
    text = said(*three)
    assert text.startswith("Use bg-nbd")
    assert (
        "mbg-nbd is left out of the tie, since its total missed in the same direction each time (+60.2%"
        in text
    )


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (9.0, "Spend: total +0.0%, RMSE 3, less than that of 'past rate continued' (9)."),
        (1.0, "Spend: total +0.0%, RMSE 3; 'past rate continued' has less (1)."),
        (
            -3.0,
            "Spend: total +0.0%, RMSE 3; that of 'past rate continued' does not differ beyond chance (3).",
        ),
    ],
)
def test_spend_is_judged_too(rule, sentence):
    two = {
        "bg-nbd": rows(0.1 * NOISE, -1.0, 3 * NOISE),
        "past rate continued": rows(NOISE, None, rule * NOISE),
    }
    assert said(two).endswith(sentence)
    assert said({"bg-nbd": two["bg-nbd"]}).endswith("Spend: total +0.0%, RMSE 3.")


def test_of_baselines_alone_the_one_with_the_nearer_total_is_closest():
    text = said({"past rate continued": rows(NOISE + 0.3), "population mean": rows(1.06 * NOISE)}, laws={})
    assert text == "Of the baselines, population mean is closest: RMSE 1.060, total +0.0%."
    far = said({"past rate continued": rows(NOISE + 0.3), "population mean": rows(2 * NOISE)}, laws={})
    assert far.startswith("Of the baselines, past rate continued is closest")


def test_periods_are_introduced():
    text = said({"bg-bb": BEST, "population mean (periods)": RULE}, laws={"bg-bb": 4}, counts="periods")
    assert text.startswith("In periods with a purchase: Use bg-bb")
    assert "'population mean (periods)' (1.000)" in text


def test_a_law_chosen_on_more_origins_says_so_where_it_is_behind_here():
    two = {"bg-nbd": BEST, "mbg-nbd": WORSE}
    assert "shown; here the log score of bg-nbd is better." in said(two, chosen="mbg-nbd")
    near = {"bg-nbd": BEST, "mbg-nbd": rows(0.1 * NOISE, -1.0005)}
    assert "its log score does not differ from the best" in said(near, chosen="mbg-nbd")
    assert "more origins" not in said(two, chosen="bg-nbd")


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_the_sentences_are_translated(language):
    spoken = Language.load(language)
    text = spoken(
        said({"bg-nbd": BEST, "mbg-nbd": BEST, "past rate continued": RULE}, contradicted={"mbg-nbd"})
    )
    assert not any(word in text for word in ("Use", "score", "baseline", "tie"))


def test_names_of_baselines_are_words():
    assert name_in_words("bg-nbd") == "bg-nbd"
    assert Language.load("zh-Hant")(name_in_words("population mean (periods)")) == "全體平均（依期）"
