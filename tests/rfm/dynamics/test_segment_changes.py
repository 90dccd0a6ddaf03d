"""Who moved between two segmented tables, since when, and why."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError, SchemeError
from rfm._dynamics.segment_change_words import LANGUAGES, Change, clause

DAYS = ("1997-02-28", "1997-06-30")
EDGES = {"R": [90, 60, 30, 10], "F": [1, 2, 3, 4], "M": [5.0, 15.0, 25.0, 45.0]}
SCORES = ["R", "F", "M"]


def log_with_refunds() -> pd.DataFrame:
    log = rfm.datasets.cdnow_sample()
    rng = np.random.default_rng(0)
    return log.assign(amount=np.where(rng.random(len(log)) < 0.05, -log["amount"], log["amount"]))


@pytest.fixture(scope="module")
def tx() -> rfm.Transactions:
    return rfm.Transactions(log_with_refunds())


@pytest.fixture(scope="module")
def scorer(tx) -> rfm.Scorer:
    return rfm.Scorer.fit(rfm.summarize(tx))


def pair(tx, scorer=None, days=DAYS, **options):
    return [rfm.segment(tx, day, scorer=scorer, **options) for day in days]


@pytest.fixture(scope="module")
def both(tx, scorer) -> list[pd.DataFrame]:
    return pair(tx, scorer)


def table(rows, as_of="2024-03-31", **columns):
    """A segmented table by hand: (customer, recency, frequency, monetary)."""
    made = pd.DataFrame(rows, columns=["customer_id", "recency", "frequency", "monetary"])
    last = pd.Timestamp(as_of) - pd.to_timedelta(made["recency"], unit="D")
    made = made.assign(first_purchase=last, last_purchase=last, orders=made["frequency"])
    made = made.assign(spend=made["monetary"], refunds=0.0).assign(**columns)
    sign = {"R": -1, "F": 1, "M": 1}
    for name, metric in zip(SCORES, ["recency", "frequency", "monetary"], strict=True):
        cuts = sign[name] * np.array(EDGES[name])
        made[name] = 1 + (sign[name] * made[metric].to_numpy()[:, None] > cuts).sum(axis=1)
    return made.assign(segment=rfm.Scheme.load("value").assign(made, bins=5)["segment"].astype(str))


def replayed(row, before, after, scheme):
    """The segment of the earlier row with the scores that are said to have decided, and the values behind them."""
    start, goal = (each.loc[row["customer_id"]].to_dict() for each in (before, after))
    changed = {}
    for name, column, digit in zip(
        SCORES, ["recency", "frequency", "monetary"], row["scores_after"], strict=True
    ):
        if name in row["metric"].split("+"):
            changed |= {name: int(digit), column: goal[column]}
    scores = start | changed
    changed["rfm"] = "".join(str(scores[name]) for name in SCORES)
    return scheme.explain(start | changed).segment


@pytest.mark.parametrize("name", ["classic", "value", "lifecycle", "codes"])
def test_the_said_change_of_scores_alone_gives_the_new_segment(name):
    """And no fewer scores do; who did not move has no reason."""
    rng, scheme, n = np.random.default_rng(5), rfm.Scheme.load(name), 150
    tables = []
    for day in ("2024-01-31", "2024-03-31"):
        rows = zip(
            range(n), rng.integers(0, 120, n), rng.integers(1, 7, n), rng.uniform(0, 60, n), strict=True
        )
        made = table(list(rows), day).drop(columns="segment")
        made["rfm"] = made[SCORES].astype(str).agg("".join, axis=1)
        tables.append(scheme.assign(made, bins=5))
    before, after = (each.set_index("customer_id", drop=False) for each in tables)
    found = rfm.compare_segments(*tables, scheme)
    assert found["moved"].sum() > n / 3
    stayed = found[~found["moved"]]
    assert (stayed["segment"] == stayed["previous_segment"]).all()
    assert stayed[["metric", "cause", "why", "since", "cut_point", "score_before"]].isna().all(axis=None)
    for row in found[found["moved"]].to_dict("records"):
        named = row["metric"].split("+")
        assert replayed(row, before, after, scheme) == row["segment"] != row["previous_segment"]
        for size in range(1, len(named)):
            for fewer in itertools.combinations(SCORES, size):
                assert replayed(row | {"metric": "+".join(fewer)}, before, after, scheme) != row["segment"]


def test_a_single_score_moved_a_customer_where_the_cut_point_says(tx, scorer, both):
    """A value on the near side of the cut point keeps the customer out of the new segment, on the far side not."""
    before, after = both
    found = rfm.compare_segments(before, after, scorer=scorer)
    start, scheme = before.set_index("customer_id", drop=False), rfm.Scheme.load("classic")
    column = {"R": "recency", "F": "frequency", "M": "monetary"}
    one = found[found["moved"] & found["metric"].isin(SCORES) & (found["cause"] != "cut point moved")]
    assert one["cut_point"].notna().all()
    assert set(one["metric"]) == set(SCORES)
    step = {"recency": 1, "frequency": 1, "monetary": 0.01}
    for row in one.sample(150, random_state=1).to_dict("records"):
        name = column[row["metric"]]
        # R beats a cut by being below it, F and M by being above it
        beats = -step[name] if row["metric"] == "R" else step[name]
        rose = row["score_after"] > row["score_before"]
        ruler = next(ruler for ruler in scorer.rulers if ruler.name == row["metric"])
        sides = []
        for value in (row["cut_point"], row["cut_point"] + beats):
            score = pd.DataFrame({ruler.column: [value]})
            given = rfm._scores.cut_points.scores(score[ruler.column].to_numpy(), ruler)[0]
            sides.append(
                scheme.explain(start.loc[row["customer_id"]].to_dict() | {row["metric"]: int(given)}).segment
            )
        assert sides[rose] == row["segment"]
        assert sides[not rose] != row["segment"]


@pytest.mark.parametrize("given", [True, False], ids=["scorer", "tables alone"])
@pytest.mark.parametrize("days", [DAYS, pytest.param(("1998-03-31", "1998-06-30"), marks=pytest.mark.slow)])
def test_since_is_the_day_that_daily_snapshots_show(tx, scorer, days, given):
    found = rfm.compare_segments(*pair(tx, scorer, days), scorer=scorer if given else None)
    dates = pd.date_range(*days)
    daily = rfm.snapshots(tx, dates=dates, scorer=scorer)
    wide = daily.pivot(index="customer_id", columns="date", values="segment").astype(str)
    stood = wide.loc[found["customer_id"]].to_numpy()
    run = (stood == stood[:, -1:])[:, ::-1].cumprod(axis=1).sum(axis=1)
    truth = dates[len(dates) - run].to_numpy()
    known = found["since"].notna().to_numpy()
    assert (found["since"].to_numpy()[known] == truth[known]).all()
    changed = found["moved"] | found["entered"]
    assert not known[~changed].any()
    assert known[changed].mean() > (0.7 if days == DAYS else 0.97)


def test_every_cause():
    before = table(
        [("buys", 70, 1, 10), ("sleeps", 5, 3, 30), ("returns", 20, 3, 50), ("window", 20, 5, 50),
         ("stays", 20, 3, 20), ("leaves", 20, 3, 30), ("undone", 5, 3, 50)], "2024-01-31",
    )  # fmt: skip
    after = table(
        [("buys", 5, 5, 60), ("sleeps", 65, 3, 30), ("returns", 80, 3, 4), ("window", 80, 1, 50),
         ("stays", 80, 3, 20), ("new", 10, 5, 60), ("added", 70, 3, 30), ("undone", 95, 3, 50)], "2024-03-31",
    )  # fmt: skip
    rows = after["customer_id"]
    after["refunds"] = after["refunds"].mask(rows == "returns", -46.0)
    after["spend"] = after["spend"].mask(rows == "returns", 50.0)
    after["orders"] = after["orders"].mask(rows == "window", 5)
    scheme = rfm.Scheme.from_dict({
        "name": "parts", "bins": 5, "default": "rest",
        "segment": [
            {"name": "poor", "rule": "M == 1"}, {"name": "rare", "rule": "F == 1"},
            {"name": "good", "rule": "R == 5 and F == 5"}, {"name": "late", "rule": "R == 1"},
            {"name": "sleepy", "rule": "R == 2 and M == 4"}, {"name": "rest"},
        ],
    })  # fmt: skip
    before, after = (scheme.assign(each.drop(columns="segment"), bins=5) for each in (before, after))
    found = rfm.compare_segments(before, after, scheme).set_index("customer_id")
    assert found["cause"].dropna().to_dict() == {
        "buys": "purchase", "sleeps": "silence", "returns": "refund", "window": "window", "undone": "refund",
        "leaves": "left the table", "new": "new customer", "added": "entered the table",
    }  # fmt: skip
    assert found["metric"].dropna().to_dict() == {
        "buys": "R+F", "sleeps": "R", "returns": "M", "window": "F", "undone": "R",
    }  # fmt: skip
    assert found.index[found["entered"]].tolist() == ["added", "new"]
    assert found.index[found["left"]].tolist() == ["leaves"]
    assert list(found.index) == sorted(found.index)
    assert found.loc["new", "previous_segment"] is None or pd.isna(found.loc["new", "previous_segment"])


def test_a_cut_point_that_moved_is_told_from_a_customer_that_did():
    """Half of the customers buy much more; the others, who do nothing, fall by comparison."""
    ids = np.arange(40)
    first = pd.DataFrame({"customer_id": ids, "date": "2024-01-15", "amount": 10.0 + ids})
    second = pd.DataFrame({"customer_id": ids[:20], "date": "2024-02-15", "amount": 500.0 + ids[:20]})
    log = pd.concat([first, second], ignore_index=True)
    tables = [
        rfm.segment(log, day, scheme="value", edges={k: EDGES[k] for k in "RF"})
        for day in ("2024-01-31", "2024-02-29")
    ]
    found = rfm.compare_segments(*tables, "value").set_index("customer_id")
    still = found.loc[20:]
    fell = still[still["metric"] == "M"]
    assert len(fell) > 5
    assert set(fell["cause"]) == {"cut point moved"}
    assert fell["since"].isna().all()
    assert (fell["value_before"] == fell["value_after"]).all()
    assert fell["why"].str.contains("the cut point moved").all()
    assert not found.loc[:19, "cause"].dropna().str.contains("cut point moved").any()
    scorers = [
        rfm.Scorer.fit(rfm.summarize(log, day), edges={k: EDGES[k] for k in "RF"})
        for day in ("2024-01-31", "2024-02-29")
    ]
    pd.testing.assert_frame_equal(
        rfm.compare_segments(*tables, "value", scorer=scorers).drop(columns=["cut_point", "why", "since"]),
        found.reset_index().drop(columns=["cut_point", "why", "since"]),
    )


def test_an_attribute_may_decide(tx, scorer):
    scheme = rfm.Scheme.load("value").with_segment("fan", "nps >= 9", before="high")
    ids = rfm.summarize(tx)[["customer_id"]]
    before, after = (
        rfm.segment(tx, DAYS[1], scheme, ids.assign(nps=nps), scorer=scorer)
        for nps in (np.where(ids.index % 2, 5.0, np.nan), np.where(ids.index % 5, 5.0, 10.0))
    )
    found = rfm.compare_segments(before, after, scheme)
    moved = found[found["moved"]]
    assert set(moved["metric"]) == {"attributes"}
    assert set(moved["cause"]) == {"attribute"}
    assert set(moved["segment"]) == {"fan"}
    assert set(moved["customer_id"]) == set(ids["customer_id"][ids.index % 5 == 0]) & set(
        found["customer_id"]
    )
    assert moved["score_before"].isna().all()


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Texts and categories as objects, missing as None."""
    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name]) and name != "since"]
    plain = table.astype(dict.fromkeys(texts, object))
    return plain.assign(**{name: plain[name].where(plain[name].notna(), None) for name in texts})


@pytest.mark.slow_on("dask", "spark")
def test_one_answer_on_every_engine(constructor, to_pandas, tx, scorer, both):
    scheme = rfm.Scheme.load("classic").with_segment("NZ", "country == 'NZ' and M >= 2", before="VIP")
    rng = np.random.default_rng(2)
    tables = [
        scheme.assign(
            each.drop(columns="segment").assign(country=rng.choice(["NZ", "TW"], len(each))), bins=5
        )
        for each in (each.iloc[:150] for each in both)
    ]
    tables[1] = tables[1].iloc[::-1].iloc[5:]
    given = [constructor(each.astype({"segment": str})) for each in tables]
    options = {"scheme": scheme, "scorer": scorer, "language": "zh-Hant"}
    expected, found = rfm.compare_segments(*tables, **options), rfm.compare_segments(*given, **options)
    assert type(found) is type(given[0])
    pd.testing.assert_frame_equal(
        in_words(to_pandas(found)), in_words(to_pandas(expected)), check_dtype=False
    )
    moves = in_words(to_pandas(rfm.compare_segments(*given, scheme, per="move")))
    expected = in_words(rfm.compare_segments(*tables, scheme, per="move"))
    if constructor.is_lazy:  # rows have no order there
        keys = list(expected)[:4]
        moves, expected = (each.sort_values(keys, ignore_index=True) for each in (moves, expected))
    pd.testing.assert_frame_equal(moves, expected, check_dtype=False)


def test_moves_count_every_customer_once(tx, scorer, both):
    before, after = both
    found = rfm.compare_segments(before, after)
    moves = rfm.compare_segments(before, after, per="move")
    assert moves["customers"].sum() == len(found)
    assert moves["customers"].is_monotonic_decreasing
    assert moves["share"].sum() == pytest.approx(1.0)
    keys = ["previous_segment", "segment", "metric", "cause"]
    counted = found.astype(dict.fromkeys(keys, object)).fillna(dict.fromkeys(keys, "-")).groupby(keys).size()
    said = (
        moves.astype(dict.fromkeys(keys, object))
        .fillna(dict.fromkeys(keys, "-"))
        .set_index(keys)["customers"]
    )
    assert said.sort_index().to_dict() == counted.sort_index().to_dict()
    assert list(found["segment"].cat.categories) == list(rfm.Scheme.load("classic").names)


def test_segments_of_no_known_scheme_name_every_changed_score(tx, scorer, both):
    before, after = (each.assign(segment=each["R"].map("group {}".format)) for each in both)
    moved = rfm.compare_segments(before, after).query("moved")
    assert moved["metric"].str.contains("R").all()
    assert moved["since"].isna().all()
    changed = [
        "+".join(
            name for name, a, b in zip(SCORES, row.scores_before, row.scores_after, strict=True) if a != b
        )
        for row in moved.itertuples()
    ]
    assert moved["metric"].tolist() == changed


def test_a_log_without_amounts_has_no_m():
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    scorer = rfm.Scorer.fit(rfm.summarize(log))
    found = rfm.compare_segments(*pair(log, scorer), scorer=scorer)
    assert found["scores_before"].dropna().str.len().eq(2).all()
    assert set(found["metric"].dropna()) <= {"R", "F", "R+F"}
    assert found.loc[found["moved"], "why"].notna().all()


def test_order_of_rows_and_empty_tables(tx, scorer, both):
    before, after = both
    expected = rfm.compare_segments(before, after)
    mixed = rfm.compare_segments(before.sample(frac=1, random_state=1), after.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(mixed, expected)
    nobody = rfm.compare_segments(before.iloc[:0], after.iloc[:0])
    assert (len(nobody), list(nobody)) == (0, list(expected))
    fresh = rfm.compare_segments(before.iloc[:0], after)
    assert fresh["entered"].all()


def test_what_does_not_fit_is_refused(tx, scorer, both):
    before, after = both
    with pytest.raises(DataError, match="before is 122 days later than after"):
        rfm.compare_segments(after, before)
    with pytest.raises(SchemeError, match=r"before: scheme 'value' gives .* customers another segment"):
        rfm.compare_segments(before, after, "value")
    other = rfm.Scorer.fit(rfm.summarize(tx), edges={"R": [400, 300, 200, 100]})
    with pytest.raises(DataError, match="where the scorer gives"):
        rfm.compare_segments(before, after, scorer=other)
    with pytest.raises(DataError, match="scorer must be one Scorer, or those of before and after; got 3"):
        rfm.compare_segments(before, after, scorer=[scorer] * 3)
    with pytest.raises(DataError, match="after: no column 'R'"):
        rfm.compare_segments(before, after.drop(columns="R"))
    with pytest.raises(DataError, match="Only before has scores of money"):
        rfm.compare_segments(before, after.drop(columns=["M", "monetary"]))
    with pytest.raises(DataError, match=r"customer_id is .* in before and .* in after"):
        rfm.compare_segments(before, after.astype({"customer_id": str}))
    with pytest.raises(DataError, match="per must be one of"):
        rfm.compare_segments(before, after, per="day")
    with pytest.raises(DataError, match="language must be one of"):
        rfm.compare_segments(before, after, language="fr")


def test_every_language_has_every_text_with_its_values():
    english = LANGUAGES["en"]
    changes = [
        Change(key[0], (2, 4) if key.endswith("up") else (4, 2), (10.0, 20.5), 12.0, cause)
        for key in english.english
        if key[:2] in ("R_", "F_", "M_")
        for cause in ["purchase" if key.endswith("up") else key[2:]]
    ] + [Change("M", (4, 2), (10.0, 20.5), float("nan"), "cut point moved")]
    for language, words in LANGUAGES.items():
        assert words.english.keys() == english.english.keys()
        for change in changes:
            said = clause(change, words)
            assert {"2", "4", "10", "20.50"} <= set(pd.Series(said).str.findall(r"[\d.]+").iloc[0]), said
            assert ("12" in said) == (change.cut == 12.0)
        if language != "en":
            assert all(
                words.english[key] != text for key, text in english.english.items() if key not in ("next",)
            )


def test_the_sentence_is_that_of_the_columns(tx, scorer):
    before, after = pair(tx, scorer, ("1998-03-31", "1998-06-30"))
    found = rfm.compare_segments(before, after, scorer=scorer).set_index("customer_id")
    row = found[(found["metric"] == "R") & (found["cause"] == "silence")].iloc[0]
    assert row["why"] == (
        f"R fell from {row['score_before']} to {row['score_after']}: without a purchase, recency went from "
        f"{row['value_before']:.0f} to {row['value_after']:.0f} days (cut point {row['cut_point']:.0f})."
    )
