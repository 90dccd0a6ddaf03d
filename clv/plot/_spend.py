"""Mean spend of the customers' repeat orders: as observed, and under Gamma-Gamma."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clv._laws.by_covariates import at, keys, taken
from clv._numerics import unique_rows
from rfm._frames.types import Table
from rfm.plot._colors import ACCENT, MUTED, PALETTE
from rfm.plot._numbers import number, percent
from rfm.plot._style import nothing, picture, titles, units, write_text

from ._sources import SpendSource, btyd, depends, members_of, spend_law_of

__all__ = ["spend_density", "spend_density_data"]

BINS = 40
SHOWN = 0.98  # share of customers whose means set the axis


def spend_density(model: SpendSource, summary: Table | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the mean spend of the repeat buyers' orders, and its density under Gamma-Gamma.

    Parameters
    ----------
    model : a fitted model, a Fit of Gamma-Gamma, or a spend law
        Whose spend is compared with the customers'.
    summary : any dataframe, optional
        The BTYD summary (``frequency``, ``monetary_value``); by default the one the model was fitted on.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Bars are shares of customers, the line the model's share in a bar of the same width.

    Raises
    ------
    DataError
        There is no summary, or a column is missing.

    See Also
    --------
    spend_density_data : Its numbers.
    GammaGamma.mean_spend_pdf : The density of the law.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> law = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> summary = pd.DataFrame({"frequency": [1, 4, 2], "monetary_value": [20.0, 35.0, 50.0]})
    >>> clv.plot.spend_density(law, summary).get_ylabel()
    'Share of repeat buyers'
    """
    data = spend_density_data(model, summary)
    with picture(ax) as ax:
        titles(
            ax, "Spend per order: actual and Gamma-Gamma", x="Mean spend of the repeat orders of a customer",
            y="Share of repeat buyers",
        )  # fmt: skip
        if data.empty:
            return nothing(ax, "No repeat buyers")
        width = data["right"] - data["left"]
        ax.bar(data["left"], data["actual"], width=0.94 * width, align="edge", color=PALETTE[3])
        ax.plot((data["left"] + data["right"]) / 2, data["model"], color=ACCENT, lw=2)
        for line, (text, colour) in enumerate((("bars: customers", PALETTE[1]), ("line: model", ACCENT))):
            write_text(
                ax, text, (0.8, 0.96), offset=(0, -15 * line), color=colour, bold=True, coords="axes fraction"
            )
        beyond = 1 - data["actual"].sum()
        model_beyond = 1 - data["model"].sum()
        text = f"beyond the axis: {percent(beyond)} of customers, {percent(model_beyond)} in the model"
        write_text(
            ax, text, (0.8, 0.96), offset=(0, -32), size=8, color=MUTED, ha="center", coords="axes fraction"
        )
        ax.set(
            xlim=(0, data["right"].iloc[-1]), ylim=(0, 1.15 * max(data["actual"].max(), data["model"].max()))
        )
        units(ax.xaxis, number)
        units(ax.yaxis, percent)
        ax.xaxis.grid(False)
    return ax


def spend_density_data(model: SpendSource, summary: Table | None = None) -> pd.DataFrame:
    """Return the numbers of `spend_density`.

    Parameters
    ----------
    model : a fitted model, a Fit of Gamma-Gamma, or a spend law
        Whose spend is compared with the customers'.
    summary : any dataframe, optional
        The BTYD summary (``frequency``, ``monetary_value``); by default the one the model was fitted on.

    Returns
    -------
    pandas.DataFrame
        ``left``, ``right``, ``actual``, ``model``: shares of the repeat buyers with a positive mean. The
        model's is exact: the mean over the customers of the probability that the mean of their x orders lies
        between.

    See Also
    --------
    spend_density : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> law = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> summary = pd.DataFrame({"frequency": [1, 4, 2], "monetary_value": [20.0, 35.0, 50.0]})
    >>> clv.plot.spend_density_data(law, summary)[["actual", "model"]].sum().round(2).to_dict()
    {'actual': 1.0, 'model': 0.82}
    """
    by_customer = depends(model, "spend")
    if not by_customer:
        spend_law_of(model)
    table = btyd(model, summary, "frequency", "monetary_value", *(["customer_id"] if by_customer else []))
    table = table[(table["frequency"] > 0) & (table["monetary_value"] > 0)]
    if table.empty:
        return pd.DataFrame({name: np.zeros(0) for name in ("left", "right", "actual", "model")})
    mean = table["monetary_value"].to_numpy(float)
    edges = np.linspace(0.0, float(np.quantile(mean, SHOWN, method="higher")), BINS + 1)
    members, patterns = members_of(model, table.get("customer_id"), "spend")
    one, kind = unique_rows(table["frequency"].to_numpy(float), *keys(patterns))
    orders, customers = table["frequency"].to_numpy(np.int64)[one], np.bincount(kind, minlength=len(one))
    law = at(members, taken(patterns, one))
    below = np.asarray(law.total_spend_cdf(edges[:, None] * orders, orders[None])) @ customers / len(mean)
    actual = np.histogram(mean, edges)[0] / len(mean)
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "actual": actual, "model": np.diff(below)})
