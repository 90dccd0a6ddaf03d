"""Pictures of models and predictions: a model, a law or any dataframe in, a matplotlib Axes out.

They follow the rules of `rfm.plot`: ``ax=None``, the Axes is returned, a data function stands beside each
picture, nothing global changes.
"""

from .matrices import (
    expected_purchases_matrix,
    expected_purchases_matrix_data,
    p_alive_matrix,
    p_alive_matrix_data,
)

__all__ = [
    "expected_purchases_matrix",
    "expected_purchases_matrix_data",
    "p_alive_matrix",
    "p_alive_matrix_data",
]
