"""Plots of models and predictions: a model, a law or any dataframe in, a matplotlib Axes out.

They follow the rules of `rfm.plot`: ``ax=None``, the Axes is returned, each plot has a data
function, nothing global changes.
"""

from rfm.plot._audit import audit, audit_data

from ._counts import purchase_counts, purchase_counts_data
from ._customers import exposure, exposure_data, top_customers, top_customers_data
from ._deciles import decile_calibration, decile_gain, deciles_data
from ._heterogeneity import heterogeneity, heterogeneity_data
from ._history import p_alive_history, p_alive_history_data
from ._holdout import calibration, calibration_data, holdout_data
from ._matrices import (
    expected_purchases_matrix,
    expected_purchases_matrix_data,
    p_alive_matrix,
    p_alive_matrix_data,
)
from ._payback import payback, payback_data
from ._retention import retention, retention_data, retention_projection, retention_projection_data
from ._season import season, season_data
from ._segment_forecast import segment_forecast, segment_forecast_data
from ._spend import spend_density, spend_density_data
from ._tracking import tracking, tracking_data
from ._value import value_by_segment, value_by_segment_data

__all__ = [
    "audit", "audit_data", "calibration", "calibration_data", "decile_calibration", "decile_gain", "deciles_data",
    "expected_purchases_matrix", "expected_purchases_matrix_data", "exposure", "exposure_data",
    "heterogeneity", "heterogeneity_data", "holdout_data", "p_alive_history", "p_alive_history_data",
    "p_alive_matrix", "p_alive_matrix_data", "payback", "payback_data", "purchase_counts", "purchase_counts_data",
    "retention", "retention_data", "retention_projection", "retention_projection_data", "season", "season_data",
    "segment_forecast", "segment_forecast_data",
    "spend_density", "spend_density_data", "top_customers", "top_customers_data", "tracking", "tracking_data",
    "value_by_segment", "value_by_segment_data",
]  # fmt: skip
