"""Properties of all plots of both packages: deterministic, drawn on the given axes, without side effects."""

import gc
import inspect
import re
import weakref

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import clv
import rfm
from rfm._words import declared, fields_of

PICTURES = {
    "rfm": ["audit", "cohort_comparison", "cohorts", "customer_distribution", "deciles", "distributions", "heatmap",
            "medians", "migration", "migration_flow", "pareto", "revenue_bridge", "revenue_tree", "second_purchase",
            "shares", "spend_to_date", "stacked_cohorts", "treemap", "trend"],
    "clv": ["audit", "calibration", "decile_calibration", "decile_gain", "expected_purchases_matrix", "exposure",
            "heterogeneity", "p_alive_history", "p_alive_matrix", "payback", "purchase_counts", "retention",
            "retention_projection", "season", "segment_forecast",
            "spend_density", "top_customers", "tracking", "value_by_segment"],
}  # fmt: skip
ALL = [(package, name) for package, names in PICTURES.items() for name in names]
OF_MODEL = {
    "expected_purchases_matrix",
    "heterogeneity",
    "p_alive_matrix",
    "purchase_counts",
    "spend_density",
}
DATA = {"decile_calibration": "deciles_data", "decile_gain": "deciles_data"}


@pytest.fixture(scope="module")
def tables(log, model):
    tx = rfm.Transactions(log)
    segmented, report = rfm.segment(tx), rfm.base_report(tx, every="1Q")
    snaps = rfm.snapshots(tx, every="1Q")
    predicted = model.predict("52W")
    table = segmented.merge(predicted, on="customer_id")
    counts = {
        "cohort": "a",
        "period": [1, 2, 3, 4],
        "at_risk": [500, 400, 350, 320],
        "lost": [100, 50, 30, 20],
    }
    renewed = clv.fit_retention(pd.DataFrame(counts), "sbg")
    return {
        "audit": tx.audit,
        "cohorts": rfm.cohorts(tx),
        "cohort_comparison": report.cohorts,
        "customer_distribution": report.distribution,
        "deciles": report.deciles,
        "medians": segmented,
        "revenue_bridge": report.revenue_bridge,
        "revenue_tree": report.revenue_tree,
        "second_purchase": report.second_purchase,
        "spend_to_date": report.spend_to_date,
        "stacked_cohorts": report.stacked_cohorts,
        "distributions": segmented,
        "heatmap": segmented,
        "migration": rfm.migration(snaps).rates,
        "migration_flow": snaps,
        "pareto": segmented,
        "shares": segmented,
        "treemap": segmented,
        "trend": rfm.trend(tx),
        "calibration": clv.plot.holdout_data(model, log),
        "decile_calibration": clv.plot.holdout_data(model, log),
        "decile_gain": clv.plot.holdout_data(model, log),
        "exposure": log,
        "top_customers": predicted,
        "retention": renewed.cohorts,
        "retention_projection": renewed.backtest(3),
        "segment_forecast": clv.segment_forecast(log, model=model, horizon="26W", interval_from="law"),
        "payback": clv.payback(log, {"1997": 9e4}, by="year", model=model, interval_from="law").curve,
        "tracking": clv.plot.tracking_data(model, log),
        "value_by_segment": clv.segment_value(table),
    }


def arguments(name, tables, model, log):
    if name == "season":
        return (clv.Season.from_factors({"2024-11-29": 4.0}),)
    if name == "p_alive_history":
        return (model, log, 1)
    if name == "expected_purchases_matrix":
        return (model, 52)
    return (model,) if name in OF_MODEL else (tables[name],)


def face(package):
    return {"rfm": rfm.plot, "clv": clv.plot}[package]


@pytest.mark.parametrize(("package", "name"), ALL)
def test_a_picture_keeps_the_rules(package, name, tables, model, log):
    draw, given = getattr(face(package), name), arguments(name, tables, model, log)
    before = [value.copy() if isinstance(value, pd.DataFrame) else value for value in given]
    ax = draw(*given)
    assert ax.get_title(loc="left")
    first = ax._repr_png_()
    assert draw(*given)._repr_png_() == first  # deterministic, to the byte
    for value, copy in zip(given, before, strict=True):
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, copy)
    figure = weakref.ref(ax.figure)
    del ax
    gc.collect()
    assert figure() is None
    mine = Figure(figsize=(5, 3)).add_subplot()
    assert draw(*given, ax=mine) is mine
    mine.figure.canvas.draw()


@pytest.mark.parametrize(("package", "name"), ALL)
def test_a_picture_has_its_data_beside_it(package, name):
    room = face(package)
    data, draw = DATA.get(name, f"{name}_data"), getattr(room, name)
    assert {name, data} <= set(room.__all__)
    parameters = inspect.signature(draw).parameters
    assert list(parameters)[-1] == "ax"
    assert parameters["ax"].default is None
    assert parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY
    for function in (draw, getattr(room, data)):
        assert "Examples" in function.__doc__
        assert "Returns" in function.__doc__ or function is not draw


def test_the_lists_are_complete():
    for package, names in PICTURES.items():
        room = face(package)
        drawing = [name for name in room.__all__ if "ax" in inspect.signature(getattr(room, name)).parameters]
        assert sorted(drawing) == names


ENGINES = {
    "polars": pl.from_pandas,
    "polars lazy": lambda table: pl.from_pandas(table).lazy(),
    "pyarrow": lambda table: pa.Table.from_pandas(table, preserve_index=False),
    "duckdb": lambda table: duckdb.from_arrow(pa.Table.from_pandas(table, preserve_index=False)),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("package", "name"),
    [(p, n) for p, n in ALL if n not in OF_MODEL | {"p_alive_history", "season", "tracking"}],
)
def test_any_dataframe_gives_the_same_numbers(package, name, engine, tables):
    table = tables[name]
    text = {c: str for c in table if c.startswith("segment")}
    table = table.astype(text)  # engines without categoricals keep text, so all get text
    data = getattr(face(package), DATA.get(name, f"{name}_data"))
    ours, theirs = data(table), data(ENGINES[engine](table))
    if name == "pareto":
        assert theirs.gini == pytest.approx(ours.gini)
        return
    pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
    for mine, other in pairs:
        pd.testing.assert_frame_equal(mine, other, check_dtype=False)


SPEAKING = {
    "decile_calibration": "decile_calibration",
    "expected_purchases_matrix": "matrices",
    "heatmap": "heatmap",
    "p_alive_matrix": "matrices",
    "retention": "retention",
    "retention_projection": "retention_projection",
    "revenue_bridge": "revenue_bridge",
    "season": "season",
    "stacked_cohorts": "stacked_cohorts",
    "treemap": "treemap",
}


@pytest.mark.parametrize(("package", "name"), [(p, n) for p, n in ALL if n in SPEAKING])
def test_a_picture_takes_its_words(package, name, tables, model, log):
    """Those that the docstring lists; none of the English ones is left, and any other key is refused."""
    draw, given = getattr(face(package), name), arguments(name, tables, model, log)
    names = [re.escape(name).replace(r"\ ", r"\s") for name in tables["treemap"]["segment"].unique()]
    of_segments = "|".join(sorted(names, key=len, reverse=True))
    start = f"pictures.{SPEAKING[name]}."
    english = {key.removeprefix(start): t for key, t in declared().items() if key.startswith(start)}
    fields = {key: sorted(f"{{{field}}}" for field in fields_of(text)) for key, text in english.items()}
    ax = draw(*given, words={key: " ".join([f"«{key}»", *names]) for key, names in fields.items()})
    texts = {re.sub(of_segments, "", text.get_text()) for text in ax.findobj(Text)}
    assert sum("«" in text for text in texts) >= 2
    assert not [text for text in texts if "«" not in text and re.search("[a-zA-Z]{2}", text)]
    doc = " ".join((clv.plot.p_alive_matrix if SPEAKING[name] == "matrices" else draw).__doc__.split())
    assert [key for key in english if f"``{key}``" not in doc] == []
    with pytest.raises(rfm.DataError, match=r"words: no text has the key 'titel'\. Hint: the keys are "):
        draw(*given, words={"titel": "Titel"})


def test_the_pictures_that_take_words_are_these():
    taking = [n for p, n in ALL if "words" in inspect.signature(getattr(face(p), n)).parameters]
    assert sorted(taking) == sorted(SPEAKING)
