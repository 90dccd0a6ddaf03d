"""The typical errors of totals: the prior for a log that says little or nothing of its own.

The medians are those of `benchmarks/typical_errors.csv`, totals of real logs and what happened, by
`python -m benchmarks.typical_errors`; a test compares them. How much scales differ between logs is stated, not
estimated: the logs come from three shops, which is too few to tell, and a factor of 2 either way (one standard
deviation) lets a log's own past decide soon. Mean orders had next to no bias in these three shops, which would forbid
one to every other shop, whatever its past says: their bias has a median of at least .03.
"""

from __future__ import annotations

from typing import Final

from clv._past_errors.error_process import Scales

__all__ = ["LEAST", "ORDERS", "PURCHASES", "SPREAD"]

SPREAD: Final = 0.7
LEAST: Final = 0.03  # median of the bias of mean orders
PURCHASES: Final = Scales(bias=0.031, shocks=0.114, season=0.06, drift=0.154, spread=SPREAD)  # of purchases
ORDERS: Final = Scales(
    bias=LEAST, shocks=0.059, season=0.0076, drift=0.051, spread=SPREAD
)  # of the mean order
