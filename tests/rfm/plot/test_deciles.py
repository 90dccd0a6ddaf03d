import numpy as np
import pandas as pd

import rfm

LOG = pd.DataFrame({"customer_id": np.arange(30), "date": "2024-03-01", "amount": np.arange(30) + 1.0})


def test_a_bar_for_each_tenth_with_its_share_and_their_sum():
    log = pd.concat([LOG, LOG.assign(date="2024-03-31")])
    table = rfm.base_report(log, "1M").deciles
    ax = rfm.plot.deciles(table.iloc[::-1])
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], table["share_of_spend"])
    texts = {text.get_text() for text in ax.texts}
    assert {"sum 19%", "sum 100%"} <= texts
    assert ax.get_xticklabels()[0].get_text() == "1\n58 =\n2 × 29"


def test_tenths_of_nobody_are_drawn_as_nothing():
    table = rfm.base_report(LOG, "1M").deciles
    ax = rfm.plot.deciles(table.assign(customers=0))
    assert "No customers" in {text.get_text() for text in ax.texts}
