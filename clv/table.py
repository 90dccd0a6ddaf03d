"""All that is known of a customer in one frame: what they did, who they are, what they will be worth."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals as nw
import numpy as np

from clv.fit_model import PurchaseModel, fit
from clv.frames import to_pandas
from clv.model import CustomerModel
from clv.units import Horizon, Unit
from rfm.frames import enter, leave
from rfm.orders.transactions import as_transactions
from rfm.profiles import profile
from rfm.schemes.scheme import Scheme
from rfm.segments import segment
from rfm.tables import empty_like, table_like

__all__ = ["customer_table", "segment_value"]

VALUE_COLUMNS = ("segment", "customers", "share_of_customers", "spend", "share_of_spend", "clv", "share_of_clv",
                 "clv_per_customer", "p_alive", "action")  # fmt: skip


def customer_table(
    tx: Any,
    *,
    as_of: str | date | None = None,
    scheme: str | Scheme = "classic",
    attributes: Any = None,
    model: PurchaseModel | CustomerModel = "bg-nbd",
    unit: Unit = "W",
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    margin: float = 1.0,
    interval: float | None = None,
) -> Any:
    """RFM, segment, P(alive) and lifetime value of every customer, side by side.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    as_of : str or date, optional
        Last day that counts, inclusive; by default the log's last day.
    scheme : str or Scheme
        The segment scheme, see `rfm.segment`.
    attributes : dataframe, optional
        Columns to join by `customer_id`, for rules to use.
    model : {"bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb"} or CustomerModel
        The purchase law to fit, or a model that has been fitted to the same log already.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the fit.
    horizon, discount_rate, margin, interval
        See `CustomerModel.predict`.

    Returns
    -------
    dataframe of the kind that came in
        One row a customer with at least one purchase, sorted by `customer_id` when in memory: the columns of
        `rfm.segment` (there, `recency` is days since the last purchase and `frequency` is orders), then those of
        `CustomerModel.predict`.

    Raises
    ------
    DataError
        See `rfm.Transactions`, `rfm.segment` and `clv.fit`.

    Examples
    --------
    >>> import clv, rfm
    >>> table = clv.customer_table(rfm.datasets.cdnow_sample(), as_of="1997-09-30", horizon="39W")
    >>> table.loc[0, ["customer_id", "segment", "expected_purchases"]].to_dict()
    {'customer_id': 1, ...}
    """
    tx = as_transactions(tx)
    segmented = segment(tx, as_of=as_of, scheme=scheme, attributes=attributes)
    fitted = model if isinstance(model, CustomerModel) else fit(tx, model, unit=unit, end=as_of)
    predicted = fitted.predict(horizon, discount_rate, margin=margin, interval=interval)
    joined: Any = enter(segmented).join(enter(predicted), on="customer_id", how="left")  # type: ignore[arg-type]
    return leave(joined)


def segment_value(table: Any) -> Any:
    """Share of customers, of past spend and of predicted value by segment.

    Parameters
    ----------
    table : dataframe
        As `customer_table` returns it: `segment`, `monetary` and `clv` are read.

    Returns
    -------
    dataframe in memory, of the kind of `rfm.profile`
        One row a segment, best first: `segment`, `customers`, `share_of_customers`, `spend`, `share_of_spend`,
        `clv`, `share_of_clv`, `clv_per_customer`, `p_alive` (mean), `action`.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"segment": ["VIP", "lost", "lost"], "recency": [3, 300, 400], "frequency": [9, 1, 1],
    ...                       "monetary": [300.0, 50.0, 50.0], "clv": [90.0, 4.0, 6.0], "p_alive": [.9, .1, .2]})
    >>> clv.segment_value(table)[["segment", "customers", "share_of_spend", "share_of_clv"]]
      segment  customers  share_of_spend  share_of_clv
    0     VIP          1            0.75           0.9
    1    lost          2            0.25           0.1
    """
    frame = enter(table)
    rows = to_pandas(profile(table)).rename(columns={"share": "share_of_customers"})
    names = rows["segment"].astype(str)
    predicted = frame.select("clv", "p_alive", segment=nw.col("segment").cast(nw.String)).group_by("segment")
    sums = to_pandas(leave(predicted.agg(nw.col("clv").sum(), nw.col("p_alive").mean()))).set_index("segment")
    rows = rows.assign(segment=names).join(sums, on="segment")
    total = rows["clv"].sum()
    rows["share_of_clv"] = rows["clv"] / total if total > 0 else np.nan
    rows["clv_per_customer"] = rows["clv"] / rows["customers"]
    return table_like(empty_like(frame), {name: rows[name].to_numpy() for name in VALUE_COLUMNS}, list(names))
