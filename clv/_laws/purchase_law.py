"""The base of purchase laws: checked parameters, and all methods that follow from a law's formulas.

A law is an immutable value: a frozen dataclass whose fields are its parameters in the paper's notation, with
pure vectorised methods. Parameters may be arrays and broadcast with the data: the posterior of many customers
is one law.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws.arguments import give, to_count, to_history, to_period_history, to_time
from clv._laws.differentiation import numerical_derivatives
from clv._laws.law import Law, Rows
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Gamma
from clv._laws.simulation import Simulation
from clv._numerics import Array, FloatOrArray, exp, unique_rows

__all__ = ["PurchaseLaw"]

DAILY, COUNTED = ("frequency", "recency", "T"), ("frequency", "recency", "n_periods")
# Default start values of a fit: heterogeneity in each distribution, and the share who leave.
CONCENTRATIONS = (0.5, 2.0)
LEAVING = 0.2  # mean probability of leaving at an occasion; for a rate, within the mean time of observation
PERIODS = 64  # terms that are summed at a time
CLOCK_HALVINGS, CLOCK_REACH = 7, 20.0  # bisections of a time, within e^±20 of the law's own time scales


class PurchaseLaw(Law):
    """A law of when customers buy and when they leave for good; the base of laws of your own.

    A law is a frozen dataclass of positive parameters that declares its properties and has the formulas of a new
    customer, a "new member" of the law. A customer with a history either has left, or is alive and then a new member
    of another known law, `posterior`. This one identity gives every conditional answer below, for all laws.

    A law must declare `name` and `mixing`, and have `log_likelihood`, `posterior`, `expected_purchases`, `log_pmf` and
    `simulate`; where customers can leave, `log_p_alive` too. All else has defaults, which a law may override with
    better ones: `may_leave` and `leavers`, `starts`, `derivatives`, `total_derivatives` with `prepared`, `clock`,
    `summed_purchases`, `discounted_periods`, `pmf_table`.

    Attributes
    ----------
    name : str
        Its name in `clv.fit(model=)` and in model files, once it is registered.
    title : str
        As people write it, in messages: "BG/BB". By default the name.
    mixing : tuple of Gamma or Beta
        The distributions of the rates or chances in which customers differ. A law that declares none of "dropout", and
        has no `log_p_alive`, has no dropout: P(alive) is 1.
    parameters : tuple of str
        Names of the fields, in order; by default those of `mixing`.
    time_parameters : tuple of str
        Those that are lengths of time; by default the rates of the Gammas, and none in discrete time.
    discrete : bool
        Whether time is a whole number of calendar periods, each with one purchase or none.
    data_columns : tuple of str
        Three columns of `clv.summarize`: the count, the time of the last, the time observed.
    leavers : str
        Which customers can leave, in words; see `may_leave`.
    reads_silence : bool
        Whether the `posterior` of a customer depends on t_x too, and not on x and T alone; by default False.
    at_infinity : mapping of str to str
        What it means for the data if a parameter of no distribution tends to infinity; for the warnings of a fit.
    at_zero : mapping of str to str
        The same of a parameter that tends to 0.
    measured_in : mapping of str to str
        Rates of a Gamma that are counted in units of another parameter: {"beta": "b"} in GGompertz/NBD, where β/b is
        the rate of the Gamma of dropout rates per unit of time. Priors, starts and warnings refer to the latter.

    See Also
    --------
    clv.register_law : Make a law known by its name.
    clv.Gamma, clv.Beta : The distributions that a law declares.
    clv.SpendLaw : The base of laws of spend.

    Examples
    --------
    `docs/how-to/own-law.md` builds a law in a page. What a law declares can be read:

    >>> import clv
    >>> clv.ParetoNBD.parameters, clv.ParetoNBD.time_parameters
    (('r', 'alpha', 's', 'beta'), ('alpha', 'beta'))
    >>> clv.BGBB.discrete, clv.BGBB.data_columns
    (True, ('frequency', 'recency', 'n_periods'))
    """

    time_parameters: ClassVar[tuple[str, ...]] = ()
    discrete: ClassVar[bool] = False
    leavers: ClassVar[str] = LIMITS("the customers")
    reads_silence: ClassVar[bool] = False
    _even_times: ClassVar[bool] = (
        False  # whether the earlier purchases lie evenly in the time before a later one
    )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "mixing" in vars(cls) and "time_parameters" not in vars(cls):
            rates = tuple(each.rate for each in cls.mixing if isinstance(each, Gamma))
            cls.time_parameters = () if cls.discrete else rates
        if "name" in vars(cls) and "data_columns" not in vars(cls):
            cls.data_columns = COUNTED if cls.discrete else DAILY

    @classmethod
    def has_dropout(cls) -> bool:
        """Whether customers can leave for good, according to the law's distributions or its `log_p_alive`.

        Returns
        -------
        bool
            False for a law without dropout, in which P(alive) is 1.

        See Also
        --------
        may_leave : Which of some customers may have left.

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD.has_dropout()
        True
        """
        declared = any(each.role == "dropout" for each in cls.mixing)
        return declared or cls.log_p_alive is not PurchaseLaw.log_p_alive

    @classmethod
    def may_leave(cls, x: ArrayLike) -> NDArray[np.bool_]:
        """Which customers may have left: all by default, none in a law without dropout.

        Parameters
        ----------
        x : array_like, (n,)
            Repeat purchases.

        Returns
        -------
        (n,) ndarray of bool
            False where P(alive) is 1.

        See Also
        --------
        has_dropout : Whether customers can leave at all.
        p_alive : How likely it is that a customer has not left.

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD.may_leave([0, 2]), clv.MBGNBD.may_leave([0, 2])
        (array([False,  True]), array([ True,  True]))
        """
        return np.full(np.shape(x), cls.has_dropout())

    def scaled(self, factor: float) -> Self:
        """The same law in a unit of time `factor` times shorter: of weeks, `law.scaled(7)` is in days.

        Parameters
        ----------
        factor : float
            New units in one old unit, > 0.

        Returns
        -------
        PurchaseLaw
            Of the same class, with its `time_parameters` multiplied by the factor.

        See Also
        --------
        natural_scale : The unit of time in which a fit searches.

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD(r=0.25, alpha=4, a=0.5, b=2).scaled(7)
        BGNBD(r=0.25, alpha=28.0, a=0.5, b=2.0)
        """
        return self._multiplied(self.time_parameters, factor)

    @classmethod
    def natural_scale(cls, *columns: Array, weights: Array) -> tuple[float, float]:
        """The mean time observed; the likelihood is a density in the time of each purchase. None in discrete time."""
        if cls.discrete:
            return 1.0, 0.0
        return float(np.average(columns[2], weights=weights)), float(weights @ columns[0])

    @classmethod
    def to_history(cls, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Array, Array, Array]:
        """Checked histories as floats of one shape: in continuous time, or in whole periods.

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation since the first purchase.

        Returns
        -------
        tuple of (n,) ndarray

        Raises
        ------
        DataError
            A history is invalid; the message names the first.

        See Also
        --------
        clv.summarize : Makes histories of a log.

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD.to_history(2, 3, 5)
        (array(2.), array(3.), array(5.))
        """
        return to_period_history(x, t_x, T, cls.title) if cls.discrete else to_history(x, t_x, T)

    @abstractmethod
    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history: of its purchase times, of which x, t_x and T are sufficient.

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation, since the first purchase. In discrete
            time: periods with a purchase, the last of them, and periods observed.

        Returns
        -------
        float or (n,) ndarray

        Raises
        ------
        DataError
            A history is invalid: t_x > T, x > 0 with t_x = 0, x not whole; in discrete time also x > t_x, or a part
            of a period.

        See Also
        --------
        derivatives : The same with gradient and Hessian.
        clv.fit_law : Maximises it.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.log_likelihood(2, 30.43, 38.86), 4)
        -9.4586
        """

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability is too small for a double.

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation since the first purchase.

        Returns
        -------
        float or (n,) ndarray
            0 in a law without dropout.

        Raises
        ------
        DataError
            A history is invalid; see `log_likelihood`.

        See Also
        --------
        p_alive : The probability itself.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.log_p_alive(2, 30.43, 38.86), 4)
        -0.3194
        """
        x, _, _ = self.to_history(x, t_x, T)
        return give(np.zeros(np.broadcast_shapes(x.shape, self.log_parameters.shape[1:])))

    @abstractmethod
    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> PurchaseLaw:
        """The law of each customer's purchases after T if alive then.

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation since the first purchase.

        Returns
        -------
        PurchaseLaw
            With arrays of n as its parameters.

        Raises
        ------
        DataError
            A history is invalid; see `log_likelihood`.

        See Also
        --------
        p_alive : The probability that a customer is such a member.
        conditional_expected_purchases, conditional_pmf : What follows from both.

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD(r=0.25, alpha=4, a=0.5, b=2).posterior(2, 30, 39)
        BGNBD(r=2.25, alpha=43.0, a=0.5, b=4.0)
        """

    @abstractmethod
    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t.

        Parameters
        ----------
        t : array_like, ≥ 0
            In the law's unit of time; whole periods in discrete time.

        Returns
        -------
        float or ndarray of the shape of t, broadcast with the parameters

        Raises
        ------
        DataError
            t is negative or not finite.

        See Also
        --------
        conditional_expected_purchases : Of a customer with a history.
        pmf : The distribution of which this is the mean.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> law.expected_purchases([0, 26, 52]).round(4)
        array([0.    , 0.9026, 1.4461])
        """

    @abstractmethod
    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n) of a new member; −inf where the probability is 0.

        Parameters
        ----------
        n : array_like of whole numbers ≥ 0
            Numbers of purchases.
        t : array_like, ≥ 0
            Lengths of time, in the law's unit; they broadcast with n.

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            n is not whole or below 0; t is negative or not finite.

        See Also
        --------
        pmf : The probability itself.
        conditional_pmf : Of a customer with a history.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> law.log_pmf([0, 1, 2], 39).round(4)
        array([-0.5555, -1.6125, -2.4601])
        """

    @abstractmethod
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T.

        Parameters
        ----------
        T : array_like, (n,), ≥ 0
            Time observed of each, in the law's unit.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        Simulation
            Which `Simulation.of_times` makes of purchase times.

        Raises
        ------
        DataError
            T is negative or not finite.

        See Also
        --------
        clv.simulate : A log of transactions of such customers.
        clv.Simulation : What is returned.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> members = law.simulate([39.0, 39.0, 26.0], np.random.default_rng(1))
        >>> members.T
        array([39., 39., 26.])
        """

    def clock(self) -> Array:
        """The time scale on which customers leave and the rate of purchases falls: the step of a quadrature over time.

        By default the time in which the mean number of purchases in a unit of time has halved, up to a factor of 2.

        Returns
        -------
        ndarray of the shape of the parameters, > 0
            In the law's unit of time.

        See Also
        --------
        expected_purchases : What falls off on this scale.

        Examples
        --------
        >>> import clv
        >>> clv.ParetoNBD(r=0.5, alpha=10.0, s=0.6, beta=12.0).clock()
        array(12.)
        """
        logs = self.log_parameters
        times = [logs[self.parameters.index(name)] for name in self.time_parameters]
        middle = np.mean(times, axis=0) if times else np.zeros(logs.shape[1:])
        low, high = middle - CLOCK_REACH, middle + CLOCK_REACH
        start = np.asarray(self.expected_purchases(np.exp(low))) / np.exp(low)
        for _ in range(CLOCK_HALVINGS):
            place = (low + high) / 2
            bent = np.asarray(self.expected_purchases(np.exp(place))) < start * np.exp(place) / 2
            low, high = np.where(bent, low, place), np.where(bent, place, high)
        return np.asarray(np.exp((low + high) / 2))

    def summed_purchases(self, t: Array, weights: Array) -> Array:
        """Σ w E[X(t)]: for discounting; a law may take the sum inside its expectation.

        Parameters
        ----------
        t, weights : ndarray of shape (m, …)
            Times and weights ≥ 0, which broadcast with each other and, apart from the first axis, with the parameters.

        Returns
        -------
        ndarray
            The sums over the first axis.

        See Also
        --------
        expected_purchases : Each term.
        discounted_periods : The same in discrete time.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> float(law.summed_purchases(np.array([26.0, 52.0]), np.array([0.5, 0.5])).round(4))  # of 0.9026, 1.4461
        1.1743
        """
        t, weights = np.broadcast_arrays(t, weights)
        return np.asarray(sum(w * self.expected_purchases(each) for each, w in zip(t, weights, strict=True)))

    def _discounted(self, horizon: float, force: float) -> Array | None:
        """Expected purchases within a horizon, discounted, where a law has a better way than `summed_purchases`."""
        return None

    def discounted_periods(self, periods: int, force: float) -> Array:
        """Σ e^(−force·i) P(a purchase in period i) of a new member: for discounting in discrete time.

        Parameters
        ----------
        periods : int
            The sum is over the periods 1 … `periods`.
        force : float
            Of discount, for one period.

        Returns
        -------
        ndarray of the shape of the parameters
            Expected discounted purchases.

        See Also
        --------
        summed_purchases : The same in continuous time.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=1.0, delta=2.783)
        >>> float(law.discounted_periods(10, force=0.0).round(4))  # undiscounted: expected_purchases(10)
        2.3907
        """
        shape = self.log_parameters.shape[1:]
        before = total = np.zeros(shape)
        for start in range(0, periods, PERIODS):
            i = np.arange(start + 1.0, min(start + PERIODS, periods) + 1).reshape(-1, *[1] * len(shape))
            reached = np.broadcast_to(self.expected_purchases(i), (len(i), *shape))
            total = total + np.sum(
                np.exp(-force * i) * np.diff(reached, axis=0, prepend=before[None]), axis=0
            )
            before = reached[-1]
        return np.asarray(total)

    def pmf_table(self, size: int, t: float) -> Array:
        """P(X(t) = n) for n = 0 … size − 1, to some 1e-10: for intervals.

        Parameters
        ----------
        size : int
            Numbers of purchases.
        t : float
            One time, in the law's unit.

        Returns
        -------
        (h, size) ndarray
            A row for each of the law's parameters, (h,).

        See Also
        --------
        pmf : For any n and t.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=[0.243, 0.5], alpha=4.414, a=0.793, b=2.426)
        >>> law.pmf_table(3, 39.0).round(4)
        array([[0.5738, 0.1994, 0.0854],
               [0.3189, 0.2757, 0.1353]])
        """
        return np.asarray(self.pmf(np.arange(size)[:, None], t), dtype=float).T

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: some log-parameters, each (k,), from the moments of the data.

        By default customers who are more or less alike in each of the law's distributions, and whose mean number of
        purchases is the data's.

        Parameters
        ----------
        x, t_x, T, weights : ndarray of shape (n,)
            Histories, time divided by its mean, and the customers each stands for.

        Returns
        -------
        list of (k,) ndarray
            The points at which the search begins.

        See Also
        --------
        clv.fit_law : The search.
        from_log : The law at such values.

        Examples
        --------
        >>> import clv, numpy as np
        >>> history = np.array([2.0, 0.0]), np.array([0.9, 0.0]), np.array([1.0, 1.0])
        >>> all(start.shape == (4,) for start in clv.ParetoNBD.starts(*history, weights=np.ones(2)))
        True
        """
        mean_x, mean_T = (max(float(np.average(column, weights=weights)), 1e-3) for column in (x, T))
        starts = []
        for concentrations in product(CONCENTRATIONS, repeat=len(cls.mixing)):
            start = cls._start(mean_x / mean_T, mean_T, concentrations)
            expected = float(
                np.asarray(
                    cls.from_log(start).expected_purchases(np.ceil(mean_T) if cls.discrete else mean_T)
                )
            )
            starts.append(cls._start(mean_x / mean_T * mean_x / max(expected, 1e-3), mean_T, concentrations))
        return starts

    @classmethod
    def _start(cls, bought: float, mean_T: float, concentrations: tuple[float, ...]) -> Array:
        """Log-parameters at a mean number of purchases per unit of time; parameters of no distribution are 1."""
        start = np.zeros(len(cls.parameters))
        for each, concentration in zip(cls.mixing, concentrations, strict=True):
            rate = isinstance(each, Gamma)
            if each.role == "dropout":
                mean = LEAVING / mean_T if rate and not cls.discrete else LEAVING
            else:
                mean = bought if rate else min(max(bought, 0.02), 0.95)
            place = [cls.parameters.index(name) for name in each.names]
            start[place] = each.at_concentration(each.location(mean), float(np.log(concentration)))
        return start

    def derivatives(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (k, n) and Hessian (k, k, n) in the log-parameters, row by row.

        By default differences of `log_likelihood`, of order eight: the gradient to some 1e-10 of the log-likelihood.

        Parameters
        ----------
        x, t_x, T : ndarray of shape (n,)
            Histories.

        Returns
        -------
        value, gradient, hessian : ndarray of shapes (n,), (k, n) and (k, k, n)
            Of the log-likelihood.

        See Also
        --------
        log_likelihood : The value alone.
        total_derivatives : Their sums over customers.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> value, gradient, hessian = law.derivatives(np.array([2.0]), np.array([30.43]), np.array([38.86]))
        >>> value.round(4), gradient.shape, hessian.shape
        (array([-9.5543]), (4, 1), (4, 4, 1))
        """
        law_class = type(self)

        def log_likelihood(theta: Array) -> Array:
            return np.asarray(law_class.from_log(theta).log_likelihood(x, t_x, T), dtype=float)

        return numerical_derivatives(log_likelihood, self.log_parameters)

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> Any:
        """The data in the shape `total_derivatives` takes: done once a fit, not once a step.

        Parameters
        ----------
        x, t_x, T, weights : ndarray of shape (n,)
            Histories, and the customers each stands for.

        Returns
        -------
        object
            Of whatever type the law's `total_derivatives` reads.

        See Also
        --------
        total_derivatives : What it is prepared for.

        Examples
        --------
        >>> import clv, numpy as np
        >>> history = np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 38.86])
        >>> data = clv.BGNBD.prepared(*history, weights=np.array([1.0, 3.0]))  # the second stands for three
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.total_derivatives(data)[0], 4)
        -11.1227
        """
        return Rows((x, t_x, T), weights)

    def pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """P(X(t) = n): probability that a new member makes n purchases by time t.

        Parameters
        ----------
        n : array_like of whole numbers ≥ 0
            Numbers of purchases.
        t : array_like, ≥ 0
            Lengths of time, in the law's unit; they broadcast with n.

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            n is not whole or below 0; t is negative or not finite.

        See Also
        --------
        conditional_pmf : Of a customer with a history.
        log_pmf : Where the probability is too small for a double.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.pmf(0, 39), 7)
        0.5737864
        """
        return give(exp(np.asarray(self.log_pmf(n, t))))

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """P(alive at T | x, t_x, T).

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation since the first purchase.

        Returns
        -------
        float or (n,) ndarray
            Use `log_p_alive` where the probability may be below 1e-308.

        Raises
        ------
        DataError
            A history is invalid; see `log_likelihood`.

        See Also
        --------
        CustomerModel.predict : The same for the customers of a table.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.p_alive(2, 30.43, 38.86), 4)
        0.7266
        """
        return give(exp(np.asarray(self.log_p_alive(x, t_x, T))))

    def conditional_expected_purchases(
        self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> FloatOrArray:
        """E[X(T, T + t) | x, t_x, T]: purchases expected in the time t after T.

        P(alive) times what the posterior law expects. The second factor depends on (x, T) alone and is
        computed once for each distinct pair.

        Parameters
        ----------
        t : array_like, ≥ 0
            Lengths of time after T, in the law's unit; whole periods in discrete time.
        x, t_x, T : array_like
            Repeat purchases, time of the last purchase and end of observation since the first purchase; they broadcast
            with t.

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            t is negative, or a history is invalid.

        See Also
        --------
        conditional_pmf : The distribution of which this is the mean.
        CustomerModel.predict : The same for the customers of a table, with their value.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.conditional_expected_purchases(39, 2, 30.43, 38.86), 3)
        1.226
        """
        alive = np.asarray(self.p_alive(x, t_x, T))
        fresh = self._of_posterior(lambda law, t: law.expected_purchases(t), x, t_x, T, to_time(t))
        with np.errstate(under="ignore"):
            return give(alive * fresh)

    def conditional_pmf(
        self, n: ArrayLike, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> FloatOrArray:
        """P(X(T, T + t) = n | x, t_x, T): distribution of the purchases in the time t after T.

        Parameters
        ----------
        n : array_like of whole numbers ≥ 0
            Numbers of purchases.
        t : array_like, ≥ 0
            Lengths of time after T, in the law's unit; whole periods in discrete time.
        x, t_x, T : array_like
            Repeat purchases, time of the last purchase and end of observation since the first purchase; all broadcast.

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            n is not whole, t is negative, or a history is invalid.

        See Also
        --------
        conditional_expected_purchases : The mean of this distribution.
        pmf : Of a new member.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> law.conditional_pmf([0, 1, 2], 39, 2, 30.43, 38.86).round(4)
        array([0.4454, 0.2393, 0.1442])
        """
        n, log_alive = to_count(n), np.asarray(self.log_p_alive(x, t_x, T))
        log_fresh = self._of_posterior(lambda law, *given: law.log_pmf(*given), x, t_x, T, n, to_time(t))
        return give(exp(log_alive + log_fresh) - np.where(n == 0, np.expm1(log_alive), 0.0))

    def _of_posterior(
        self, evaluate: Callable[..., FloatOrArray], x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *given: Array
    ) -> Array:
        """`evaluate(posterior, *given)` per row, computed once per distinct row apart from t_x."""
        columns = [np.asarray(column, dtype=float) for column in (x, t_x, T, *given)]
        shape = np.broadcast_shapes(*(column.shape for column in columns), self.log_parameters.shape[1:])
        rows = [np.broadcast_to(column, shape).ravel() if column.ndim else column for column in columns]
        history = rows[:3] if self.reads_silence else (rows[0], rows[2])
        varying = [column for column in (*history, *rows[3:]) if column.ndim]
        if self.log_parameters.ndim > 1 or not varying:
            return np.asarray(evaluate(self.posterior(*rows[:3]), *rows[3:])).reshape(shape)
        first, inverse = unique_rows(*varying)
        rows = [column[first] if column.ndim else column for column in rows]
        return np.asarray(evaluate(self.posterior(*rows[:3]), *rows[3:]))[inverse].reshape(shape)
