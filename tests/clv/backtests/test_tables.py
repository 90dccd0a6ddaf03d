"""The sentence of a backtest, from hand-made tables."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._backtests.tables import recommend


def table_of(*rows):
    columns = ["kind", "counts", "model", "rmse"]
    return pd.DataFrame(rows, columns=columns).assign(mae=0.5, bias=-0.1)


LAW = ("law", "purchases", "bg-nbd", 0.9)
WORSE = ("law", "purchases", "mbg-nbd", 1.1)
RULE = ("baseline", "purchases", "population mean", 1.0)
PERIODS = ("law", "periods", "bg-bb", 0.4)
PERIODS_RULE = ("baseline", "periods", "population mean (periods)", 0.5)
TOLD = "bg-nbd: RMSE 0.900, MAE 0.500, total -10.0%"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([LAW, WORSE, RULE], f"Use {TOLD}; that is 10.0% below the best baseline, 'population mean' (RMSE 1.000)."),
        ([LAW, WORSE], f"Of the laws, use {TOLD}."),
        ([RULE], "Of the baselines, population mean is closest: RMSE 1.000."),
        (
            [WORSE, RULE],
            "No law beats the baseline 'population mean' here (RMSE 1.000); the best law is mbg-nbd: RMSE 1.100, "
            "MAE 0.500, total -10.0%. Use the laws for intervals and horizons only with care.",
        ),
        (
            [(*LAW[:3], 0.0), (*RULE[:3], 0.0)],
            "No law beats the baseline 'population mean' here (RMSE 0.000); the best law is bg-nbd: RMSE 0.000, "
            "MAE 0.500, total -10.0%. Use the laws for intervals and horizons only with care.",
        ),
        (
            [LAW, PERIODS, PERIODS_RULE],
            f"Of the laws, use {TOLD}. In periods with a purchase: use bg-bb: RMSE 0.400, MAE 0.500, total -10.0%; "
            "that is 20.0% below the best baseline, 'population mean (periods)' (RMSE 0.500).",
        ),
    ],
)  # fmt: skip
def test_the_sentence_names_the_best_of_what_compares(rows, sentence):
    assert recommend(table_of(*rows)) == sentence
