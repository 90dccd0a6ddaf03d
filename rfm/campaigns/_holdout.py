"""A universal hold-out: customers who are kept out of many campaigns, so that the sum of these can be measured."""

from __future__ import annotations

from dataclasses import dataclass

from rfm._options import fraction, seed_number
from rfm.campaigns._hashing import check_name

__all__ = ["Holdout"]


@dataclass(frozen=True)
class Holdout:
    """Customers who get no campaign at all, for as long as the hold-out lasts.

    Against them the effect of all campaigns together is measured, which the sum of single effects over-states.

    Parameters
    ----------
    name : str
        Such as the year: another name chooses other customers.
    share : float
        Of all customers, between 0 and 1; a small one, since they get nothing.
    seed : int
        Another seed chooses other customers.

    See Also
    --------
    assign : Takes it as ``holdout=``.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"customer_id": range(1000)})
    >>> year = rfm.campaigns.Holdout("2026", share=0.05)
    >>> spring = rfm.campaigns.assign(customers, name="spring", holdout=year)
    >>> autumn = rfm.campaigns.assign(customers, name="autumn", holdout=year)
    >>> (spring["arm"] == "hold-out").sum(), ((spring["arm"] == "hold-out") == (autumn["arm"] == "hold-out")).all()
    (np.int64(56), np.True_)
    """

    name: str
    share: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        check_name(self.name, 'Holdout("2026")')
        object.__setattr__(self, "share", fraction("share", self.share, "share=0.05"))
        object.__setattr__(self, "seed", seed_number(self.seed))
