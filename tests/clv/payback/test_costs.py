import numpy as np
import pandas as pd
import polars as pl
import pytest

from clv._payback.costs import read_costs
from rfm.errors import DataError

WANTED = {"web": 10.0, "shop": 0.0}


@pytest.mark.parametrize(
    "costs",
    [
        {"web": 10, "shop": np.float64(0)},
        pd.DataFrame({"cohort": ["web", "shop"], "cost": [10, 0], "of": "2024"}),
        pl.DataFrame({"cohort": ["web", "shop"], "cost": [10.0, 0.0]}),
        pl.LazyFrame({"cost": [10.0, 0.0], "cohort": ["web", "shop"]}),
    ],
)
def test_mappings_and_tables(costs):
    assert read_costs(costs, "channel") == WANTED


@pytest.mark.parametrize(
    ("costs", "says"),
    [
        ([10.0], "costs are given by cohort"),
        (None, "costs are given by cohort"),
        (pd.DataFrame({"channel": ["web"], "cost": [1.0]}), "cohort"),
        (pd.DataFrame({"cohort": [], "cost": []}), "costs is empty"),
        (pd.DataFrame({"cohort": ["web", "web"], "cost": [1.0, 2.0]}), "'web' has two costs"),
        ({"web": float("nan")}, "The cost of 'web' must be a finite number"),
        ({"web": "10"}, "The cost of 'web'"),
        ({"web": True}, "The cost of 'web'"),
        ({None: 1.0}, "have names"),
        ({f"c{i}": 1.0 for i in range(2_001)}, "more than 2,000 cohorts"),
    ],
)
def test_what_is_refused(costs, says):
    with pytest.raises(DataError, match=says):
        read_costs(costs, "channel")
