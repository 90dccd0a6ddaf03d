"""The spend law with one value for every order: Gamma-Gamma's limit without differences of customers and orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give, refuse, to_amount, to_count, to_floats, to_probability
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["ConstantSpend"]


@dataclass(frozen=True)
class ConstantSpend(SpendLaw):
    """Spend per order: one value for every order of every customer.

    It is the limit of `GammaGamma` for p, q → ∞ with p·γ/q at the value; unlike in that law, the value may be 0. A
    model has it where a log has one price, or too few orders to show how spend differs, or where the value of an order
    was given. Intervals then reflect the number of orders alone.

    Parameters
    ----------
    value : float
        Currency per order, finite and 0 or more.

    Raises
    ------
    DataError
        If the value is negative or not finite.

    See Also
    --------
    GammaGamma : Where customers and orders differ.
    fit_law : Estimates its parameters.

    Examples
    --------
    >>> law = ConstantSpend(9.99)
    >>> law.expected_spend([2, 0], [9.99, 0.0])
    array([9.99, 9.99])
    """

    value: float

    name: ClassVar[str] = "constant-spend"
    parameters: ClassVar[tuple[str, ...]] = ("value",)
    money_parameters: ClassVar[tuple[str, ...]] = ("value",)
    data_columns: ClassVar[tuple[str, ...]] = ()
    reads_own_orders: ClassVar[bool] = False
    constant: ClassVar[bool] = True

    def __post_init__(self) -> None:
        value = to_floats("value", self.value)
        refuse(
            ~(np.isfinite(value) & (value >= 0)),
            "ConstantSpend: the value of an order must be finite and 0 or more",
            "pass the price of an order in currency.",
            value=value,
        )
        object.__setattr__(self, "value", float(value))

    @classmethod
    def from_log(cls, log_parameters: Array) -> Self:
        """The law at the logarithm of its value, (1,)."""
        return cls(float(np.exp(log_parameters[0])))

    @property
    def log_parameters(self) -> Array:
        """Logarithm of the value, (1,); −∞ where orders are free."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log([self.value]), dtype=float)

    def log_likelihood(self, x: ArrayLike, m: ArrayLike) -> FloatOrArray:
        """ln P(a mean spend is m), 0 or −∞: the value is no estimate, and has no likelihood to maximise."""
        x, m = self.to_history(x, m)
        return give(np.where((x == 0) | (m == self.value), 0.0, -np.inf))

    def posterior(self, x: ArrayLike, m: ArrayLike) -> ConstantSpend:
        """The law of a customer who spent m on average over x orders: the same, whatever they spent."""
        self.to_history(x, m)
        return self

    def expected_spend(self, x: ArrayLike = 0, m: ArrayLike = 0.0) -> FloatOrArray:
        """Currency per order, in the broadcast shape of x and m: the value itself."""
        x, m = self.to_history(x, m)
        return give(np.full(np.broadcast_shapes(np.shape(x), np.shape(m)), self.value))

    def total_spend_cdf(self, value: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Probability, 0 or 1, that a member's total spend in n orders is at most `value`."""
        return give((to_amount(value) >= to_count(n) * self.value).astype(float))

    def total_spend_quantile(self, probability: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Amount that a member's total spend in n orders stays at: n times the value, at every probability."""
        return give(to_count(n) * self.value + 0 * to_probability(probability))

    def simulate(self, orders: ArrayLike, rng: np.random.Generator) -> Array:
        """Spend of every order of new members who place `orders` orders each, customer by customer."""
        check_generator(rng)
        return np.full(int(np.sum(to_count(orders))), self.value)

    @classmethod
    def starts(cls, x: Array, m: Array, weights: Array) -> list[Array]:
        """The mean order; there is nothing to search for."""
        return [np.log([np.average(m, weights=weights)])]
