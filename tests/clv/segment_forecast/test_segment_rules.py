"""Segments of facts are those of `rfm.segment` with the same cut points, whatever the rules read."""

import numpy as np
import pandas as pd
import pytest

import rfm
from clv._segment_forecast.facts import Facts
from clv._segment_forecast.segment_rules import SegmentRules
from rfm.errors import SchemeError

LOG = rfm.datasets.cdnow_sample()
LATER = "1998-03-31"
THEN = rfm.summarize(LOG, as_of="1997-09-30")


def facts_of(summary):
    numbers = [summary[name].to_numpy(dtype=np.int64) for name in ("recency", "orders")]
    money = [summary[name].to_numpy(dtype=float) for name in ("spend", "refunds", "first_order_spend")]
    return Facts(*numbers, *money, np.arange(len(summary)))


def codes_of(rules, attributes=None):
    """The codes of the later day by these rules, and those of `rfm.segment`."""
    summary = rfm.summarize(LOG, as_of=LATER)
    wanted = rfm.segment(LOG, as_of=LATER, scheme=rules.scheme, scorer=rules.scorer, attributes=attributes)[
        "segment"
    ].cat.codes
    return rules.codes(facts_of(summary)), wanted.to_numpy()


@pytest.mark.parametrize(
    "name", ["classic", "codes", "grid", "value", "membership", "quartiles", "lifecycle"]
)
@pytest.mark.parametrize("monetary", ["total", "mean"])
def test_every_built_in_scheme(name, monetary):
    scheme = rfm.Scheme.load(name)
    rules = SegmentRules(scheme, rfm.Scorer.fit(THEN, scheme.bins, monetary=monetary), THEN)
    found, wanted = codes_of(rules)
    np.testing.assert_array_equal(found, wanted)
    assert len(np.unique(found)) > 2


def test_rules_on_attributes_and_on_facts():
    attributes = pd.DataFrame({"customer_id": THEN["customer_id"], "vip": THEN["customer_id"] % 3 == 0,
                               "nps": THEN["customer_id"] % 11, "city": "Taipei"})  # fmt: skip
    scheme = rfm.Scheme(
        "own",
        (
            rfm.Segment("asked", "nps >= 9 and city == 'Taipei' and F >= 3"),
            rfm.Segment("club", "vip and recency < 200"),
            rfm.Segment("dear", "monetary / frequency > 40 and first_order_spend < 60"),
            rfm.Segment("rest"),
        ),
        default="rest",
    )
    rules = SegmentRules(scheme, rfm.Scorer.fit(THEN), rfm.summarize(LOG).merge(attributes, on="customer_id"))
    assert not rules.by_scores
    found, wanted = codes_of(rules, attributes)
    np.testing.assert_array_equal(found, wanted)
    assert set(found) == {0, 1, 2, 3}
    newcomer = Facts(*np.array([[1], [1]]), *np.array([[500.0], [0.0], [500.0]]), np.array([-1]))
    assert rules.codes(newcomer).tolist() == [3]  # without attributes
    mixed = Facts.together([facts_of(rfm.summarize(LOG, as_of=LATER)), newcomer])
    np.testing.assert_array_equal(rules.codes(mixed), [*wanted, 3])


def test_order_ids_are_refused_by_name():
    with_ids = THEN.assign(order_ids=THEN["orders"])
    with pytest.raises(SchemeError, match="counts order ids"):
        SegmentRules(rfm.Scheme.load("classic"), rfm.Scorer.fit(with_ids, frequency="orders"), with_ids)
    scheme = rfm.Scheme("ids", (rfm.Segment("many", "order_ids > 5"), rfm.Segment("few")), default="few")
    with pytest.raises(SchemeError, match=r"order_ids.*'many'"):
        SegmentRules(scheme, rfm.Scorer.fit(THEN), with_ids)


def test_bins_by_metric_and_cut_points_within_groups():
    bins = {"R": 5, "F": 3, "M": 4}
    scheme = rfm.Scheme("own", [rfm.Segment("top", "R >= 4 and M == 4"), rfm.Segment("rest")], bins, "rest")
    rules = SegmentRules(scheme, rfm.Scorer.fit(THEN, bins), THEN)
    found, wanted = codes_of(rules)
    np.testing.assert_array_equal(found, wanted)
    table = THEN.assign(tier=THEN["customer_id"] % 2)
    with pytest.raises(SchemeError, match=r"cut points within tier, which customers to come do not have"):
        SegmentRules(scheme, rfm.Scorer.fit(table, bins, within="tier"), table)
