"""Your own purchase law, NBD: customers differ in how often they buy, and never leave.

Its declarations and six formulas are all that the library needs to fit, predict and save it.

Run it from anywhere: python examples/own_law.py
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.special import gammaln, xlogy

import clv
import rfm


@clv.register_law
@dataclass(frozen=True)
class NBD(clv.PurchaseLaw):
    """Purchases at a rate λ ~ Gamma(r, α) (Ehrenberg 1959): their number in any time is negative binomial."""

    r: float | np.ndarray
    alpha: float | np.ndarray

    name: ClassVar[str] = "nbd"
    mixing: ClassVar[tuple[clv.Gamma, ...]] = (clv.Gamma("r", "alpha", of="purchase rate"),)

    def log_likelihood(self, x, t_x, T):
        """ln E[λ^x e^(−λT)]."""
        x, t_x, T = self.to_history(x, t_x, T)
        return clv.Gamma.log_moment(self.r, self.alpha, x, T)

    def posterior(self, x, t_x, T):
        """Given x purchases in a time T, λ ~ Gamma(r + x, α + T)."""
        x, t_x, T = self.to_history(x, t_x, T)
        return NBD(self.r + x, self.alpha + T)

    def expected_purchases(self, t):
        """The mean rate times the time."""
        return self.r / self.alpha * np.asarray(t, dtype=float)

    def log_pmf(self, n, t):
        """ln E[(λt)^n e^(−λt)/n!]."""
        n, t = np.asarray(n, dtype=float), np.asarray(t, dtype=float)
        return clv.Gamma.log_moment(self.r, self.alpha, n, t) + xlogy(n, t) - gammaln(n + 1)

    def simulate(self, T, rng):
        """A Poisson number of purchases for each customer, at any time alike."""
        r, alpha, T = np.broadcast_arrays(self.r, self.alpha, np.atleast_1d(np.asarray(T, dtype=float)))
        customer = np.repeat(np.arange(len(T)), rng.poisson(rng.gamma(r) / alpha * T))
        times = T[customer] * (1 - rng.random(len(customer)))  # above 0
        return clv.Simulation.of_times(times, customer, T)


def main() -> None:
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    model = clv.fit(tx, model="nbd", end="1997-09-30")
    print(model.purchases.summary(), end="\n\n")

    customers = model.predict("39W", interval=0.9)
    print(customers[["customer_id", "p_alive", "expected_purchases", "purchases_high"]].head(3), end="\n\n")
    total = model.total(horizon="39W").iloc[0]
    print(f"The base will buy {total.purchases_low:,.0f} to {total.purchases_high:,.0f} times in 39 weeks.")
    print(model.forecast("12W", every="4W")[["start", "purchases", "purchases_low", "purchases_high"]])

    model.save("nbd.json")
    loaded = clv.load("nbd.json")
    print(f"\nRead back: {loaded.purchases.law}, with {len(loaded.draws.pairs)} draws of its parameters.")

    result = clv.backtest(tx, "39W", models=["nbd", clv.ParetoNBD], baselines=False)
    print(result.table[["model", "predicted", "happened", "bias", "rmse"]].to_string(index=False))
    print("Without dropout, too many purchases are predicted: the other laws have a dropout.")

    report = clv.report(tx, Path("nbd.html"), model=NBD)
    print(f"The report is {report.name}.")


if __name__ == "__main__":
    main()
