"""Split conformal calibration of customers' intervals, against the coverage that it promises."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clv._past_errors.customer_calibration import (
    CustomerCalibration,
    calibration_from_dict,
    calibration_of,
    calibration_to_dict,
)


def needed(size: int, overconfident: float, rng: np.random.Generator) -> np.ndarray:
    """Masses that customers need: uniform if the law is right, larger if its intervals are too narrow."""
    return rng.random(size) ** (1 / overconfident)


def test_a_right_law_keeps_its_intervals():
    rng = np.random.default_rng(1)
    kept = 0
    for _ in range(100):
        found = calibration_of(rng.random(3_000), needed(3_000, 1.0, rng), 91)
        kept += found.right(0.9)
    assert kept >= 80  # each of six bins is in doubt by chance once in 44 times


def test_intervals_that_are_too_narrow_get_the_mass_that_holds_what_they_should():
    rng = np.random.default_rng(2)
    expected = rng.gamma(1.0, 2.0, 6_000)
    found = calibration_of(expected, needed(6_000, 3.0, rng), 91)
    assert not found.right(0.9)
    fresh, of_fresh = rng.gamma(1.0, 2.0, 20_000), needed(20_000, 3.0, rng)
    for mass in (0.5, 0.8, 0.9, 0.95):
        held = (of_fresh <= found.masses(fresh, 91.0, mass)).mean()
        assert held == pytest.approx(mass, abs=0.02)
        assert (of_fresh <= mass).mean() < mass - 0.05


def test_only_the_customers_of_whom_too_few_were_held_get_wider_intervals():
    rng = np.random.default_rng(3)
    expected = np.linspace(0.0, 6.0, 6_000)
    masses = np.where(expected < 3, needed(6_000, 1.0, rng), needed(6_000, 4.0, rng))
    found = calibration_of(expected, masses, 91)
    assert (found.masses(expected[expected < 2.9], 91.0, 0.9) == 0.9).all()
    assert (found.masses(expected[expected > 3.1], 91.0, 0.9) > 0.93).all()


def test_bins_are_of_the_expectation_in_the_time_of_the_hold_out():
    rng = np.random.default_rng(4)
    expected = np.linspace(0.0, 6.0, 6_000)
    found = calibration_of(expected, np.where(expected < 3, 0.5 * rng.random(6_000), 0.99), 91)
    assert (
        found.masses(np.array([2.0, 4.0]), 91.0, 0.9).tolist()
        == found.masses(np.array([4.0, 8.0]), 182.0, 0.9).tolist()
    )


def test_too_few_customers_are_not_calibrated():
    assert calibration_of(np.ones(99), np.ones(99), 91) is None
    assert len(calibration_of(np.ones(500), np.ones(500), 91).bins) == 1


def example() -> CustomerCalibration:
    rng = np.random.default_rng(5)
    return calibration_of(rng.random(900), needed(900, 2.0, rng), 91)


def test_it_is_saved_to_nine_digits():
    again = calibration_from_dict(json.loads(json.dumps(calibration_to_dict(example()))))
    assert again.days == 91
    for one, other in zip(again.bins, example().bins, strict=True):
        assert (one.most, one.customers) == (other.most, other.customers)
        assert one.needed == pytest.approx(other.needed, abs=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("days"),
        lambda d: d.update(days=0),
        lambda d: d.update(bins=[]),
        lambda d: d["bins"][0].update(most=None),
        lambda d: d["bins"][-1].update(most=3.0),
        lambda d: d["bins"][0].update(most=d["bins"][1]["most"]),
        lambda d: d["bins"][0].update(customers=0),
        lambda d: d["bins"][0]["needed"].pop(),
        lambda d: d["bins"][0]["needed"].reverse(),
        lambda d: d["bins"][0]["needed"].__setitem__(200, 1.5),
        lambda d: d["bins"][0]["needed"].__setitem__(3, "a"),
    ],
)
def test_damaged_values_are_refused(change):
    document = calibration_to_dict(example())
    change(document)
    with pytest.raises((TypeError, ValueError)):
        calibration_from_dict(document)
