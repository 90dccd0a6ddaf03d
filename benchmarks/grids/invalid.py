"""Invalid results of a purchase law in continuous time: what is not finite, and expectations that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clv._laws.purchase_law import PurchaseLaw

__all__ = ["histories", "invalid"]

Histories = tuple[np.ndarray, np.ndarray, np.ndarray]


def histories(counts: Sequence[int], shares: Sequence[float], ages: Sequence[float]) -> Histories:
    """x, t_x and T of the product of counts, shares of t_x in T, and ages; once each where nobody came back."""
    rows = [(x, share * T, T) for x in counts for share in shares for T in ages if x or share == 1.0]
    x, t_x, T = np.array([(x, t_x if x else 0.0, T) for x, t_x, T in rows]).T
    return x, t_x, T


def invalid(
    law: PurchaseLaw, known: Histories, times: np.ndarray, counts: Sequence[int], *, derivatives: bool = True
) -> Iterator[str]:
    """What is wrong with a law's answers, with floating-point events raised; the first of the times is 0."""
    x, t_x, T = known
    with np.errstate(all="raise"):
        expected = law.conditional_expected_purchases(times, x[:, None], t_x[:, None], T[:, None])
        answers = {
            "log_likelihood": law.log_likelihood(x, t_x, T),
            "log_p_alive": law.log_p_alive(x, t_x, T),
            "p_alive": law.p_alive(x, t_x, T),
            "conditional_expected_purchases": expected,
            "log_pmf": law.log_pmf(np.array(counts)[:, None], times[1:]),
            "conditional_pmf": law.conditional_pmf(np.array(counts)[:, None], 52.0, x, t_x, T),
        }
        if derivatives:
            answers["derivatives"] = np.concatenate([part.ravel() for part in law.derivatives(x, t_x, T)])
    for quantity, values in answers.items():
        if not np.all(np.isfinite(values)):
            yield f"{quantity} is not finite at {law}"
    if np.any(np.diff(expected, axis=1) < -1e-12 * expected[:, 1:]):
        yield f"conditional_expected_purchases falls in t at {law}"
    if np.any(expected[:, 0] != 0):
        yield f"conditional_expected_purchases is not 0 at t = 0 at {law}"
