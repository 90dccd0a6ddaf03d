"""Campaigns: a random hold-out that stays the same, and the effect that it measures.

>>> import rfm
>>> segmented = rfm.segment(rfm.datasets.cdnow_sample(), as_of="1997-12-31")
>>> assigned = rfm.campaigns.assign(segmented, name="new year", control=0.2)
>>> effect = rfm.campaigns.lift(assigned, rfm.datasets.cdnow_sample(), start="1998-01-01", end="1998-03-31")
"""

from ._assigning import assign
from ._balance import balance
from ._holdout import Holdout
from ._lift import Lift, lift
from ._power import detectable_lift, required_size

__all__ = ["Holdout", "Lift", "assign", "balance", "detectable_lift", "lift", "required_size"]
