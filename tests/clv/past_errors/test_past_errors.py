"""`PastErrors` on tables whose truth is known: bias, correction, growth of widths, and what was known when."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import clv
from clv._past_errors.past_errors import COLUMNS, past_errors_from_dict, past_errors_to_dict

END = date(2025, 12, 31)
HALF_A_YEAR = np.array([0.0, 182.0])


def past(log_error, origins: int = 12, sd: float = 0.02, spend: float = 0.0) -> clv.PastErrors:
    """Totals 28 and 91 days ahead, until the end, whose log errors are those of a function of the origin's place."""
    rows = []
    for place in range(origins):
        origin = END - timedelta(days=91 + 30 * (origins - 1 - place))
        for days in (28, 91):
            predicted = 10.0 * days
            happened = predicted * np.exp(log_error(place))
            money = {"predicted_spend": predicted * 30, "happened_spend": happened * 30 * np.exp(spend)}
            rows.append(
                {
                    "origin": origin,
                    "days": days,
                    "predicted": predicted,
                    "happened": happened,
                    **money,
                    "law_sd": sd,
                    "parameters_sd": sd / 2,
                }
            )
    return clv.PastErrors(pd.DataFrame(rows, columns=list(COLUMNS)), END)


def spread(errors: clv.PastErrors, edges: np.ndarray = HALF_A_YEAR, what: int = 0) -> float:
    """Width of the 90% interval on the log scale."""
    drawn = np.log(errors.error_factors(edges, 2_000, np.random.default_rng(1))[:, what, 0])
    low, high = np.quantile(drawn, [0.05, 0.95])
    return float(high - low)


def median(errors: clv.PastErrors, what: int = 0) -> float:
    return float(
        np.median(np.log(errors.error_factors(HALF_A_YEAR, 2_000, np.random.default_rng(1))[:, what, 0]))
    )


def test_typical_errors_are_centred_at_one():
    typical = clv.PastErrors.typical(END)
    assert median(typical) == pytest.approx(0.0, abs=2e-3)
    assert spread(typical) > 0.1
    assert typical.correction(HALF_A_YEAR).tolist() == [[1.0], [1.0]]


def test_a_past_without_errors_narrows_and_a_wild_one_widens():
    still, wild = past(lambda place: 0.0), past(lambda place: 0.4 * (-1) ** (place // 3))
    assert spread(still) < 0.6 * spread(clv.PastErrors.typical(END)) < spread(clv.PastErrors.typical(END))
    assert spread(wild) > 1.5 * spread(clv.PastErrors.typical(END))


def test_a_lasting_bias_is_learned_nearly_whole_and_corrected():
    biased = past(lambda place: 0.25)
    assert 0.15 < median(biased) <= 0.25
    assert np.log(biased.correction(HALF_A_YEAR)[0, 0]) == pytest.approx(median(biased), abs=0.01)


def test_a_bias_that_changes_its_sign_is_not_corrected():
    assert past(lambda place: 0.2 * (-1) ** place).correction(HALF_A_YEAR).tolist() == [[1.0], [1.0]]


def test_a_short_past_is_not_corrected():
    assert past(lambda place: 0.25, origins=3).correction(HALF_A_YEAR).tolist() == [[1.0], [1.0]]


def test_less_is_learned_of_a_past_whose_law_is_noisy():
    sure, unsure = past(lambda place: 0.25, sd=0.02), past(lambda place: 0.25, sd=0.3)
    assert 0.0 < median(unsure) < 0.6 * median(sure)


def test_money_has_the_error_of_purchases_and_that_of_the_mean_order():
    dearer = past(lambda place: 0.1, spend=0.2)
    drawn = np.log(dearer.error_factors(HALF_A_YEAR, 2_000, np.random.default_rng(1))[:, :, 0])
    low, high = np.quantile(drawn[:, 1], [0.05, 0.95])
    assert low < 0.1 + 0.2 < high
    assert 0.0 < median(dearer, 1) - median(dearer, 0) < 0.2
    # The two errors are independent: purchases have their part in the variance of money, and no more.
    part = np.var(drawn[:, 0]) / np.var(drawn[:, 1])
    assert np.corrcoef(drawn.T)[0, 1] ** 2 == pytest.approx(part, abs=4 / np.sqrt(2_000))


def test_widths_grow_with_the_time_ahead():
    typical = clv.PastErrors.typical(END)
    widths = [spread(typical, np.array([0.0, days])) for days in (182.0, 364.0, 728.0)]
    assert widths == sorted(widths)


def test_the_error_of_a_year_is_the_mean_of_those_of_its_quarters():
    """Where quarters expect equally many purchases, and errors are small."""
    typical = clv.PastErrors.typical(END)
    quarters = typical.error_factors(np.arange(0.0, 365.0, 91.0), 8_000, np.random.default_rng(2))[:, 0]
    year = typical.error_factors(np.array([0.0, 364.0]), 8_000, np.random.default_rng(3))[:, 0, 0]
    levels = [0.1, 0.25, 0.5, 0.75, 0.9]
    found = np.quantile(np.exp(np.log(quarters).mean(axis=1)), levels)
    assert found == pytest.approx(np.quantile(year, levels), rel=0.03)


def test_neither_the_order_of_the_rows_nor_later_errors_change_an_answer():
    errors = past(lambda place: 0.03 * place)
    mixed = clv.PastErrors(errors.table.sample(frac=1, random_state=2), END)
    assert spread(mixed) == pytest.approx(spread(errors), rel=1e-9)
    assert median(mixed) == pytest.approx(median(errors), abs=1e-9)


def test_what_was_held_is_counted_with_what_had_been_seen_by_then():
    """A jump at the end does not widen the intervals before it: what was held until then stays the same."""
    calm = past(lambda place: 0.02 * (-1) ** place, sd=0.02)
    jump = past(lambda place: 0.02 * (-1) ** place + (1.5 if place == 11 else 0.0), sd=0.02)
    assert calm.held().totals == jump.held().totals == 24
    assert calm.held().with_errors == 24
    assert jump.held().with_errors == 22
    assert jump.held().by_law == calm.held().by_law - 2


def test_the_law_alone_holds_its_share_of_errors_that_are_its_noise():
    rng = np.random.default_rng(6)
    noise = {place: 0.05 * z for place, z in enumerate(rng.standard_normal(16))}
    errors = past(noise.get, origins=16, sd=0.05)
    inside = sum(abs(z) <= 1.6448536 * 0.05 for z in noise.values())
    assert errors.held().by_law == 2 * inside


def test_totals_without_purchases_are_left_out():
    errors = past(lambda place: 0.0)
    none = errors.table.assign(happened=np.where(np.arange(24) % 2, errors.table["happened"], 0.0))
    assert clv.PastErrors(none, END).held().totals == 12


def test_the_file_has_every_number():
    errors = past(lambda place: 0.1)
    errors.table.loc[0, "happened_spend"] = np.nan
    again = past_errors_from_dict(past_errors_to_dict(errors))
    pd.testing.assert_frame_equal(again.table, errors.table)
    assert again.end == END


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": 5},
        {"days": [0.0] * 24},
        {"days": [28.0] * 23},
        {"predicted": ["many"] * 24},
        {"law_sd": [1e20] * 24},
        {"origin": ["yesterday"] * 24},
        {"happened": None},
        {"more": []},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_other_documents_are_refused(wrong):
    document = past_errors_to_dict(past(lambda place: 0.0)) | wrong
    with pytest.raises((TypeError, ValueError)):
        past_errors_from_dict(document)
