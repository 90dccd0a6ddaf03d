"""Real logs for learning and testing: CDNOW, a charity's donations, and an example log.

The files are those that the package `lifetimes` ships. They are read from where it is installed,
without importing it (its import takes over a second, warns, and changes a pandas option).
"""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec, module_from_spec
from io import StringIO

import pandas as pd

from rfm.errors import DataError

__all__ = ["cdnow", "cdnow_sample", "donations", "example_transactions"]


def cdnow() -> pd.DataFrame:
    """CDNOW's full purchase log: all customers who first bought in the first quarter of 1997.

    Returns
    -------
    pandas.DataFrame
        69,659 purchases of 23,570 customers from 1997-01-01 to 1998-06-30, one row per purchase:
        `customer_id` (int), `date` (datetime64), `quantity` (CDs, int), `amount` (US dollars, float;
        80 orders are free).

    Raises
    ------
    DataError
        If the package `lifetimes`, which ships the file, is not installed.

    See Also
    --------
    cdnow_sample : A tenth of it.

    Notes
    -----
    Source: P. S. Fader and B. G. S. Hardie, "Forecasting repeat sales at CDNOW: a case study",
    Interfaces 31 (2001), as `CDNOW_master.txt`.

    Examples
    --------
    >>> from rfm import datasets
    >>> log = datasets.cdnow()
    >>> len(log), log["customer_id"].nunique()
    (69659, 23570)
    >>> log.head(2)
       customer_id       date  quantity  amount
    0            1 1997-01-01         1   11.77
    1            2 1997-01-12         1   12.00
    """
    return _cdnow_file("CDNOW_master.txt", ["customer_id", "date", "quantity", "amount"], header=0)


def cdnow_sample() -> pd.DataFrame:
    """CDNOW's one-in-ten sample, for which the papers on the purchase models publish their numbers.

    Returns
    -------
    pandas.DataFrame
        6,919 purchases of 2,357 customers: `master_id` (the customer in `cdnow()`), `customer_id`
        (1 to 2,357), `date`, `quantity`, `amount` as in `cdnow()`.

    Raises
    ------
    DataError
        If the package `lifetimes`, which ships the file, is not installed.

    See Also
    --------
    cdnow : All customers.

    Examples
    --------
    >>> from rfm import datasets
    >>> sample = datasets.cdnow_sample()
    >>> len(sample), sample["customer_id"].nunique()
    (6919, 2357)
    >>> sample.head(2)
       master_id  customer_id       date  quantity  amount
    0          4            1 1997-01-01         2   29.33
    1          4            1 1997-01-18         2   29.73
    """
    return _cdnow_file(
        "CDNOW_sample.txt", ["master_id", "customer_id", "date", "quantity", "amount"], header=None
    )


def donations() -> pd.DataFrame:
    """Yearly giving of 11,104 donors who first gave to a charity in 1995, as counts of equal histories.

    Returns
    -------
    pandas.DataFrame
        22 rows: `frequency` (years with a gift after the first), `recency` (the last such year, 0 for
        none), `n_periods` (6, for 1996 to 2001) and `weights` (donors with that history).

    Raises
    ------
    DataError
        If the package `lifetimes`, which ships the file, is not installed.

    See Also
    --------
    cdnow, example_transactions : Other logs.

    Notes
    -----
    Source: P. S. Fader, B. G. S. Hardie and J. Shang, "Customer-base analysis in a discrete-time
    noncontractual setting", Marketing Science 29 (2010), table 1.

    Examples
    --------
    >>> from rfm import datasets
    >>> histories = datasets.donations()
    >>> int(histories["weights"].sum())
    11104
    >>> histories.head(2)
       frequency  recency  n_periods  weights
    0          0        0          6     3464
    1          1        1          6     1091
    """
    return _table("donations.csv").rename(columns={"periods": "n_periods"})


def example_transactions() -> pd.DataFrame:
    """The simulated example log of `lifetimes`: 5,000 customers in 2014.

    Returns
    -------
    pandas.DataFrame
        15,273 purchases: `customer_id` (int), `date` (datetime64), and `amount`, 1.0 throughout,
        since the file has the dates of purchases but not their amounts.

    Raises
    ------
    DataError
        If the package `lifetimes`, which ships the file, is not installed.

    See Also
    --------
    cdnow, donations : Other logs.

    Examples
    --------
    >>> from rfm import datasets
    >>> log = datasets.example_transactions()
    >>> len(log), log["customer_id"].nunique()
    (15273, 5000)
    >>> log.head(2)
       customer_id       date  amount
    0            0 2014-03-08     1.0
    1            1 2014-05-21     1.0
    """
    table = _table("example_transactions.csv")
    return pd.DataFrame(
        {
            "customer_id": table["id"],
            "date": pd.to_datetime(table["date"], format="%Y-%m-%d %H:%M:%S"),
            "amount": 1.0,
        }
    )


def _cdnow_file(name: str, columns: list[str], header: int | None) -> pd.DataFrame:
    """One of CDNOW's files: columns separated by blanks, dates as 19970101; `header` is its line of names."""
    table = pd.read_csv(StringIO(_text(name)), sep=r"\s+", header=header, names=columns, dtype={"date": str})
    return table.assign(date=pd.to_datetime(table["date"], format="%Y%m%d"))


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(_text(name)))


def _text(name: str) -> str:
    """The text of a data file of `lifetimes`, which is located without being imported."""
    spec = find_spec("lifetimes")
    if spec is None:
        raise DataError(f"The data file {name} comes with 'lifetimes', which is not installed. "
                        'Hint: python -m pip install "lifetimes>=0.11.3"')  # fmt: skip
    return files(module_from_spec(spec)).joinpath("datasets", name).read_text(encoding="ascii")
