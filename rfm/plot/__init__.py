"""Plots: any dataframe in, a matplotlib Axes out; each plot has a data function.

Every plot takes ``ax=None`` and returns the Axes. Without ``ax`` it makes its own figure, which pyplot
does not manage: it is displayed as the last line of a notebook cell, ``ax.figure.savefig("p.png")`` writes it,
and its memory is freed with the last reference to the Axes. To put plots side by side, or into a window, pass ``ax``
from ``plt.subplots()``.
"""

from ._audit import audit, audit_data
from ._cohort_comparison import cohort_comparison, cohort_comparison_data
from ._cohorts import cohorts, cohorts_data
from ._colors import segment_colors
from ._customer_distribution import customer_distribution, customer_distribution_data
from ._deciles import deciles, deciles_data
from ._distributions import distributions, distributions_data
from ._flow import migration_flow, migration_flow_data
from ._heatmap import heatmap, heatmap_data
from ._medians import medians, medians_data
from ._migration import migration, migration_data
from ._pareto import Pareto, pareto, pareto_data
from ._revenue_bridge import revenue_bridge, revenue_bridge_data
from ._revenue_tree import revenue_tree, revenue_tree_data
from ._second_purchase import second_purchase, second_purchase_data
from ._shares import shares, shares_data
from ._spend_to_date import spend_to_date, spend_to_date_data
from ._stacked_cohorts import stacked_cohorts, stacked_cohorts_data
from ._treemap import squarify, treemap, treemap_data
from ._trend import trend, trend_data

__all__ = [
    "Pareto", "audit", "audit_data", "cohort_comparison", "cohort_comparison_data", "cohorts", "cohorts_data",
    "customer_distribution", "customer_distribution_data", "deciles", "deciles_data", "distributions",
    "distributions_data", "heatmap", "heatmap_data", "medians", "medians_data", "migration", "migration_data",
    "migration_flow", "migration_flow_data", "pareto", "pareto_data", "revenue_bridge", "revenue_bridge_data",
    "revenue_tree", "revenue_tree_data", "second_purchase", "second_purchase_data", "segment_colors", "shares",
    "shares_data", "spend_to_date", "spend_to_date_data", "squarify", "stacked_cohorts", "stacked_cohorts_data",
    "treemap", "treemap_data", "trend", "trend_data",
]  # fmt: skip
