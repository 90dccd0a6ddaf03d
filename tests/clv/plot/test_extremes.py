"""Every plot with 3 and 30 segments, with no customer and with one: it draws, and its texts lie inside."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import clv
import rfm

RNG_SEED = 5
SIZES = {"3 segments": (400, 3), "30 segments": (400, 30), "nobody": (0, 3), "one customer": (1, 1)}
LAW = clv.BGNBD(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
EDGES = {"R": (300, 200, 100, 40), "F": (1, 3, 5, 8), "M": (20, 50, 90, 160)}


def one_order():
    return pd.DataFrame({"customer_id": ["ann"], "date": pd.to_datetime(["2024-03-01"]), "amount": [20.0]})


def customers(n, segments):
    rng = np.random.default_rng(RNG_SEED)
    names = [f"segment {i}" for i in range(segments)]
    orders = rng.integers(1, 12, n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n), "recency": rng.integers(0, 400, n), "frequency": orders,
            "monetary": rng.gamma(2.0, 40.0, n), **{s: rng.integers(1, 6, n) for s in "RFM"},
            "segment": pd.Categorical.from_codes(rng.integers(0, segments, n), names, ordered=True),
            "p_alive": rng.random(n), "clv": rng.gamma(2.0, 20.0, n), "happened": rng.integers(0, 9, n),
            "predicted": rng.gamma(1.0, 1.0, n), "T": 39.0, "monetary_value": rng.gamma(2.0, 20.0, n),
        }
    )  # fmt: skip


def snapshots(n, segments):
    dates = pd.date_range("2024-01-31", periods=3, freq="ME")
    parts = [customers(n, segments).sample(frac=1, random_state=i) for i in range(len(dates))]
    moved = [
        part[["segment"]].assign(customer_id=np.arange(n), date=day)
        for part, day in zip(parts, dates, strict=True)
    ]
    return pd.concat(moved, ignore_index=True)


def by_segment(n, segments):
    """A trend of the segments, no row if there is nobody."""
    periods = pd.period_range("2024-01", periods=4, freq="M")
    rows = [
        {"segment": f"segment {i}", "period": p.start_time, "end": p.end_time.normalize(), "complete": True,
         "customers": (i * 7 + j * 3) % 50}
        for i in range(segments) for j, p in enumerate(periods)
    ]  # fmt: skip
    return pd.DataFrame(rows).iloc[: len(rows) if n else 0]


def shares_ahead(n, segments):
    """A forecast of equal shares at two dates, no row if there is nobody."""
    names = [f"segment {i}" for i in range(segments)]
    rows = pd.DataFrame({"segment": names * 2, "share": 1 / max(segments, 1)})
    rows["date"] = pd.to_datetime(["2024-03-31"] * segments + ["2024-06-30"] * segments)
    return rows.assign(share_low=0.9 * rows["share"], share_high=rows["share"]).iloc[: len(rows) if n else 0]


def ages_of(n, cohorts):
    names = [f"cohort {i}" for i in range(cohorts)]
    rows = pd.DataFrame({"cohort": names * 2, "age": [1] * cohorts + [2] * cohorts, "days": 30, "value": 1.0})
    rows = rows.assign(complete=rows["age"] == 1, value_low=0.9, value_high=1.2, cost_per_customer=1.0)
    return rows.iloc[: len(rows) if n else 0]


PICTURES = {
    "treemap": lambda n, k: rfm.plot.treemap(customers(n, k)),
    "shares": lambda n, k: rfm.plot.shares(customers(n, k)),
    "heatmap": lambda n, k: rfm.plot.heatmap(customers(n, k)),
    "distributions": lambda n, k: rfm.plot.distributions(customers(n, k), EDGES),
    "pareto": lambda n, k: rfm.plot.pareto(customers(n, k)),
    "migration": lambda n, k: rfm.plot.migration(
        rfm.migration(snapshots(max(n, 1), k)).rates.iloc[: None if n else 0]
    ),
    "migration_flow": lambda n, k: rfm.plot.migration_flow(snapshots(n, k)),
    "trend": lambda n, k: rfm.plot.trend(by_segment(n, k), "customers"),
    "cohorts": lambda n, k: rfm.plot.cohorts(rfm.cohorts(one_order()).iloc[:n]),
    "audit": lambda n, k: rfm.plot.audit(rfm.Transactions(one_order()).audit.iloc[:n]),
    "calibration": lambda n, k: clv.plot.calibration(customers(n, k)),
    "decile_calibration": lambda n, k: clv.plot.decile_calibration(customers(n, k)),
    "decile_gain": lambda n, k: clv.plot.decile_gain(customers(n, k)),
    "exposure": lambda n, k: clv.plot.exposure(one_order(), n),
    "p_alive_history": lambda n, k: clv.plot.p_alive_history(LAW, one_order(), "ann", unit="W"),
    "purchase_counts": lambda n, k: clv.plot.purchase_counts(LAW, customers(n, k)),
    "segment_forecast": lambda n, k: clv.plot.segment_forecast(shares_ahead(n, k)),
    "payback": lambda n, k: clv.plot.payback(ages_of(n, k)),
    "spend_density": lambda n, k: clv.plot.spend_density(SPEND, customers(n, k)),
    "top_customers": lambda n, k: clv.plot.top_customers(customers(n, k)),
    "tracking": lambda n, k: clv.plot.tracking(
        customers(n, k).assign(date=pd.Timestamp("2024-03-01"), holdout=False).iloc[:1]
    ),
    "value_by_segment": lambda n, k: clv.plot.value_by_segment(clv.segment_value(customers(n, k))),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PICTURES)
def test_it_draws_and_its_texts_lie_inside(name, size):
    n, segments = SIZES[size]
    ax = PICTURES[name](n, segments)
    ax._repr_png_()
    inside = [*ax.child_axes, ax]
    result = [text for one in inside for text in one.texts] + [one.xaxis.label for one in inside]
    result += [ax.yaxis.label, *(text for text in ax.get_children() if isinstance(text, Text))]
    frame = ax.figure.bbox
    for text in result:
        if text.get_visible() and text.get_text().strip() and not (text is ax.yaxis.label and not ax.axison):
            box = text.get_window_extent()
            assert frame.x0 - 2 <= box.x0, text
            assert box.x1 <= frame.x1 + 2, text
            assert frame.y0 - 2 <= box.y0, text
            assert box.y1 <= frame.y1 + 2, text
    if not n and name != "p_alive_history":  # which needs a customer
        assert any(text.get_text().startswith("No ") for text in result)
