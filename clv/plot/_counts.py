"""Customers by number of repeat purchases: actual, and as the model predicts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clv._laws.by_covariates import at, keys, taken
from clv._numerics import unique_rows
from rfm._frames.types import Table
from rfm._options import whole
from rfm.plot._numbers import count
from rfm.plot._style import nothing, picture, titles

from ._holdout import compared
from ._sources import MOST_COUNT, PurchaseSource, btyd, depends, law_of, members_of, refuse_older_shop

__all__ = ["purchase_counts", "purchase_counts_data"]


def purchase_counts(
    model: PurchaseSource, summary: Table | None = None, *, most: int = 7, ax: Axes | None = None
) -> Axes:
    """Draw how many customers made 0, 1, 2, … repeat purchases, and how many the model expects.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        Whose law is compared with the customers.
    summary : any dataframe, optional
        The BTYD summary (``frequency``, and ``T`` or ``n_periods``) in the law's unit; by default the one the
        model was fitted on.
    most : int
        Customers with this many repeat purchases, or more, are in the last bar.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Bars are customers, the line with points is the model.

    Raises
    ------
    DataError
        There is no summary, or a column is missing.

    See Also
    --------
    purchase_counts_data : Its numbers.
    clv.plot.calibration : The same for a hold-out.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> ax = clv.plot.purchase_counts(law, pd.DataFrame({"frequency": [0, 0, 3], "T": [39.0, 30.0, 35.0]}))
    >>> ax.get_ylabel()
    'Customers'
    """
    data = purchase_counts_data(model, summary, most=most)
    with picture(ax) as ax:
        titles(
            ax,
            "Repeat purchases per customer: actual and model",
            x="Repeat purchases in the time observed",
            y="Customers",
            note=count(data["actual"].sum()),
        )
        if not data["actual"].sum():
            return nothing(ax)
        actual, expected = data["actual"].to_numpy(float), data["model"].to_numpy(float)
        names = ("bars: actual", "line: model")
        compared(ax, data["purchases"].tolist(), actual, expected, names=names, key=0.8)
    return ax


def purchase_counts_data(
    model: PurchaseSource, summary: Table | None = None, *, most: int = 7
) -> pd.DataFrame:
    """Return the numbers of `purchase_counts`.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        Whose law is compared with the customers.
    summary : any dataframe, optional
        The BTYD summary (``frequency``, and ``T`` or ``n_periods``) in the law's unit; by default the one the
        model was fitted on.
    most : int
        Customers with this many repeat purchases, or more, are in the last bar.

    Returns
    -------
    pandas.DataFrame
        ``purchases`` ("0", "1", …, "7+"), ``actual`` and ``model``: customers. The model's are the sums over
        the customers of P(X(T) = n), with each one's own T.

    See Also
    --------
    purchase_counts : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> summary = pd.DataFrame({"frequency": [0, 0, 3], "T": [39.0, 30.0, 35.0]})
    >>> clv.plot.purchase_counts_data(law, summary, most=2).round(2)
      purchases  actual  model
    0         0       2   1.77
    1         1       0   0.59
    2        2+       1   0.64
    """
    most = whole("most", most, "most=7", least=1, most=MOST_COUNT)
    refuse_older_shop(model)
    time = "T" if depends(model) else law_of(model).data_columns[2]
    table = btyd(model, summary, "frequency", time, *(["customer_id"] if depends(model) else []))
    frequency = np.minimum(table["frequency"].to_numpy(np.int64), most)
    members, patterns = members_of(model, table.get("customer_id"))
    first, kind = unique_rows(table[time].to_numpy(float), *keys(patterns))
    order = np.argsort(table[time].to_numpy(float)[first], kind="stable")
    first, customers = first[order], np.bincount(kind, minlength=len(first))[order]
    law, ages = at(members, taken(patterns, first)), table[time].to_numpy(float)[first]
    if law.discrete:
        ages = ages.astype(np.int64)
    n = np.arange(most)
    fewer = np.asarray(law.pmf(n[:, None], ages[None]), dtype=float) @ customers
    return pd.DataFrame(
        {
            "purchases": [*map(str, n), f"{most}+"],
            "actual": np.bincount(frequency, minlength=most + 1),
            "model": [*fewer, len(table) - fewer.sum()],
        }
    )
