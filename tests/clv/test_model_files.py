"""A model as a file: everything is restored, no customer data are stored, and hostile files are refused."""

from __future__ import annotations

import functools
import json
import math
import operator
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._season.season_files import season_to_dict
from clv.errors import FitError, FitWarning

END = "1997-09-30"


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def tx(log):
    return rfm.Transactions(log)


@pytest.fixture(scope="module")
def customers(tx):
    return clv.summarize(tx, unit="W", end=END)


@pytest.fixture(scope="module", params=["bg-nbd", "mbg-nbd", "pareto-nbd"])
def model(tx, request):
    return clv.fit(tx, model=request.param, end=END)


@pytest.fixture(scope="module")
def written(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m.json"
    model.save(path)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def saved(written, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(written, encoding="utf-8")
    return path


def test_a_model_comes_back_as_it_was(model, saved, customers):
    loaded = clv.load(saved)
    assert loaded.purchases.law == model.purchases.law
    assert loaded.spend.law == model.spend.law
    assert (loaded.unit, loaded.end, loaded.fingerprint) == (model.unit, model.end, model.fingerprint)
    np.testing.assert_array_equal(loaded.purchases.covariance, model.purchases.covariance)
    assert loaded.summary() == model.summary()
    pd.testing.assert_frame_equal(loaded.predict(customers=customers), model.predict())


def test_a_loaded_model_has_the_intervals_of_the_live_one(model, saved, customers):
    loaded, some = clv.load(saved), {"customers": customers.head(60)}
    pd.testing.assert_frame_equal(loaded.total(horizon="26W", **some), model.total(horizon="26W", **some))
    assert isinstance(loaded.forecast("4W", **some), pd.DataFrame)


def test_fewer_draws_are_a_seeded_sample(model, saved, customers):
    loaded, some = clv.load(saved), {"horizon": "26W", "interval": 0.9, "customers": customers.head(60)}
    one, same, other = (loaded.predict(**some, seed=seed)["clv_high"].sum() for seed in (1, 1, 2))
    assert one == same
    live = model.predict(**some)["clv_high"].sum()
    assert [one, other] == pytest.approx([live, live], rel=0.1)


def test_saving_a_loaded_model_changes_nothing(saved, tmp_path):
    again = tmp_path / "again.json"
    clv.load(saved).save(again)
    assert again.read_text(encoding="utf-8") == saved.read_text(encoding="utf-8")


def test_no_customer_is_saved(saved, customers):
    document = json.loads(saved.read_text())
    assert set(document) == {
        "format",
        "schema",
        "version",
        "purchases",
        "spend",
        "unit",
        "end",
        "fingerprint",
        "draws",
        "refunds",
        "first_order",
        "season",
        "spend_orders",
        "spend_note",
        "order_ages",
        "log_start",
        "choice",
        "memory",
        "past_errors",
        "calibration",
    }
    purchases, spend = (len(document["draws"][name]) for name in ("purchases", "spend"))
    assert purchases == spend == int(2e6 / 2357)  # fewer than the customers, and of parameters alone
    assert saved.stat().st_size < 200_000


def test_a_loaded_model_asks_for_customers(saved):
    loaded = clv.load(saved)
    asked = "This model was loaded, .* holds no customers. Hint: pass them, customers=clv.summarize"
    for ask in (loaded.predict, loaded.due, loaded.total, loaded.forecast):
        with pytest.raises(rfm.DataError, match=asked):
            ask()


def test_bg_bb_asks_for_periods(tx, tmp_path):
    clv.fit(tx, "bg-bb", unit="M", end=END).save(tmp_path / "m.json")
    with pytest.raises(rfm.DataError, match="unit='M', end=…, discrete='M'"):
        clv.load(tmp_path / "m.json").total()


def test_fits_and_models_pickle(model, saved, customers):
    again = pickle.loads(pickle.dumps(model))
    assert again.purchases.law == model.purchases.law
    pd.testing.assert_frame_equal(again.predict(), model.predict())
    loaded = clv.load(saved)
    assert pickle.loads(pickle.dumps(loaded)).draws == loaded.draws


def old(text):
    """The same model as schema 1 wrote it: no draws, and the parameters' own covariance."""
    document = json.loads(text)
    del document["draws"], document["refunds"]
    for name in ("purchases", "spend"):
        document[name]["covariance"] = document[name]["log_covariance"]
    return json.dumps({**document, "schema": 1})


def test_a_file_of_schema_2_knows_no_refunds(model, saved, customers):
    document = json.loads(saved.read_text())
    del document["refunds"], document["first_order"]
    saved.write_text(json.dumps({**document, "schema": 2}))
    assert clv.load(saved).refunds == clv.RefundRate()
    pd.testing.assert_frame_equal(clv.load(saved).predict(customers=customers), model.predict())


def test_a_file_of_schema_2_knows_no_first_orders(saved, customers, tmp_path):
    """Its first order is valued like a repeat order, as the version that wrote it did, and says so."""
    document = json.loads(saved.read_text())
    del (
        document["refunds"],
        document["first_order"],
        document["spend"]["mean_order"],
        document["purchases"]["mean_order"],
    )
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**document, "schema": 2}))
    loaded = clv.load(path)
    assert loaded.first_order is None
    with pytest.warns(rfm.DataWarning, match=r"has no mean of first orders.*clv\.fit\(tx\)"):
        newcomer = loaded.new_customer()
    assert newcomer.first_order == newcomer.expected_spend == loaded.spend.law.expected_spend()
    assert clv.load(saved).new_customer().first_order != newcomer.first_order


def test_a_file_of_schema_1_is_read_and_says_what_it_lacks(model, saved, customers, tmp_path):
    saved.write_text(old(saved.read_text()))
    loaded = clv.load(saved)
    assert loaded.summary() == model.summary()
    pd.testing.assert_frame_equal(loaded.predict(customers=customers), model.predict())
    with pytest.warns(FitWarning, match="normal approximation around the estimates. Fit again") as caught:
        loaded.predict(customers=customers.head(60), interval=0.9)
    assert [warning.filename for warning in caught] == [__file__]
    loaded.save(tmp_path / "again.json")  # still without draws, which nothing can make
    assert clv.load(tmp_path / "again.json").draws is None


def test_draws_that_miss_something_say_so_after_loading(model, saved, customers, tmp_path):
    doubtful = clv.load(saved)
    doubtful = replace(doubtful, draws=replace(doubtful.draws, warnings=("Too narrow.",)))
    doubtful.save(tmp_path / "d.json")
    with pytest.warns(FitWarning, match=r"Too narrow\."):
        clv.load(tmp_path / "d.json").total(customers=customers.head(60))


@pytest.mark.parametrize("law", ["bg-nbd", "mbg-nbd", "pareto-nbd"])
def test_a_fit_at_the_boundary_is_saved_whole(law, tmp_path):
    x = np.where(np.arange(300) < 2, 1.0, 0.0)
    spent = x * (7 + np.arange(300))
    rows = {"frequency": x, "recency": 5 * x, "T": 30.0 + np.arange(300) % 3, "monetary_value": spent}
    table = pd.DataFrame({"customer_id": np.arange(300), **rows})
    with pytest.warns(FitWarning, match="the estimates diverge"):
        model = clv.fit_summary(table.assign(unit="W"), law)
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.purchases.at_boundary
    assert loaded.purchases.warnings == model.purchases.warnings
    np.testing.assert_array_equal(loaded.purchases.log_covariance, model.purchases.log_covariance)
    old_path = tmp_path / "old.json"
    old_path.write_text(old((tmp_path / "m.json").read_text()))
    with pytest.warns(FitWarning, match="normal approximation"):  # and no RuntimeWarning
        total = clv.load(old_path).total(customers=table.head(60), unit="W")
    with pytest.warns(FitWarning, match="normal approximation"):
        clv.load(old_path).predict(customers=table.head(60), unit="W", interval=0.9)
    assert np.isfinite(total.drop(columns=["group", "interval_from"]).to_numpy(dtype=float)).all()


def test_the_fingerprint_does_not_depend_on_order(log, tx):
    shuffled = clv.fit(log.sample(frac=1, random_state=1), end="1997-09-30")
    assert shuffled.fingerprint == clv.fit(tx, end="1997-09-30").fingerprint
    assert shuffled.fingerprint != clv.fit(tx, end="1997-10-31").fingerprint


def put(*path):
    """A change of one value inside the document: the path to it, and the value last."""
    *keys, last, value = path
    return edited(keys, lambda place: operator.setitem(place, last, value))


def without(*path):
    """A change that takes one value out of the document."""
    *keys, last = path
    return edited(keys, lambda place: operator.delitem(place, last))


def edited(keys, edit):
    def change(text):
        document = json.loads(text)
        edit(functools.reduce(operator.getitem, keys, document))
        return json.dumps(document)

    return change


def swapped(text):
    document = json.loads(text)
    return json.dumps({**document, "purchases": document["spend"], "spend": document["purchases"]})


def twice(text):
    document = json.loads(text)
    return json.dumps({**document, "spend": document["purchases"]})


def scaled(factor):
    def change(text):
        document = json.loads(text)
        matrix = np.array(document["spend"]["log_covariance"]) * factor
        document["spend"]["log_covariance"] = matrix.tolist()
        return json.dumps(document)

    return change


def raw_n(number):
    return lambda text: text.replace('"n": ', f'"n": {number}, "m": ')


NO_COUNT = "n must be a whole number of customers, got "
HOSTILE = {
    "empty": (lambda text: "", "is not a model file"),
    "cut short": (lambda text: text[: len(text) // 2], "is not a model file"),
    "not JSON": (lambda text: "cos\nsystem\n(S'true'\ntR.", "is not a model file"),
    "nested without end": (lambda text: "[" * 100_000, "is not a model file"),
    "another document": (lambda text: "[1, 2]", "is not a model file of rfm-clv"),
    "a later schema": (put("schema", 7), "has schema 7, and this version reads schemas 1 to 6"),
    "no schema": (without("schema"), "has schema None"),
    "a true schema": (put("schema", True), "has schema True"),
    "a schema in text": (put("schema", "1"), "has schema '1'"),
    "an unknown law": (
        put("spend", "law", "os.system"),
        "unknown law 'os.system' instead of one of gamma-gamma",
    ),
    "laws swapped": (
        swapped,
        "unknown law 'gamma-gamma' instead of one of bg-nbd, mbg-nbd, pareto-nbd, bg-bb, bg-cnbd, mbg-cnbd, "
        "ggompertz-nbd",
    ),
    "two purchase laws": (twice, "instead of one of gamma-gamma, constant-spend"),
    "a missing field": (without("spend"), "is damaged: the field 'spend' is missing"),
    "a fit without a field": (without("spend", "n"), "is damaged: the field 'n' is missing"),
    "a fit that is a list": (put("spend", []), "is damaged: the field 'law' is missing"),
    "n of 5000 digits": (raw_n("9" * 5000), "is not a model file: Exceeds the limit"),
    "n of 400 digits": (raw_n("9" * 400), f"{NO_COUNT}9{{5,}}.*9{{5,}}. Hint"),
    "n beyond counting": (raw_n(2**53 + 1), NO_COUNT),
    "n in text": (raw_n('"x"'), f"{NO_COUNT}'x'"),
    "n infinite": (raw_n("Infinity"), "Infinity is not a number of JSON"),
    "n below 0": (raw_n(-3), f"{NO_COUNT}-3"),
    "n of 0": (raw_n(0), f"{NO_COUNT}0"),
    "n not whole": (raw_n(2.5), f"{NO_COUNT}2.5"),
    "n true": (raw_n("true"), f"{NO_COUNT}True"),
    "a number of 400 digits": (
        put("spend", "log_likelihood", int("9" * 400)),
        "a finite number is expected, got 9{5,}",
    ),
    "text for a number": (put("spend", "log_likelihood", "x"), "a finite number is expected, got 'x'"),
    "not finite": (put("spend", "log_likelihood", math.inf), "Infinity is not a number of JSON"),
    "a parameter true": (put("spend", "parameters", "p", True), "a finite number is expected, got True"),
    "a law that cannot be": (
        put("spend", "parameters", "p", -1),
        "is damaged: GammaGamma: the parameter p must be finite and above 0, got p = -1. Hint: save",
    ),
    "another parameter": (
        put("spend", "parameters", {"r": 1}),
        "the parameters of gamma-gamma are p, q, gamma",
    ),
    "converged in text": (put("spend", "converged", "false"), "true or false is expected, got 'false'"),
    "at_boundary in numbers": (put("spend", "at_boundary", 0), "true or false is expected, got 0"),
    "warnings in one text": (put("spend", "warnings", "none"), "a list is expected, got 'none'"),
    "warnings in numbers": (put("spend", "warnings", [1]), "text is expected, got 1"),
    "no unit": (put("unit", "week"), "'week' is not a unit of time"),
    "a list of units": (put("unit", ["W"]), r"\['W'\] is not a unit of time"),
    "another unit": (put("unit", "D"), "the model's unit is 'D', but its fits have others"),
    "no unit of a fit": (put("purchases", "unit", "H"), "'H' is not a unit of time"),
    "no date": (put("end", "yesterday"), "Invalid isoformat string"),
    "a date in numbers": (put("end", 19970930), "text is expected, got 19970930"),
    "a covariance too small": (put("spend", "log_covariance", [[1]]), "has 3 rows of 3 numbers"),
    "a covariance of rows of text": (
        put("spend", "log_covariance", 0, "abc"),
        "a list is expected, got 'abc'",
    ),
    "a covariance with a gap": (put("spend", "log_covariance", 0, 0, None), "number is expected, got None"),
    "a lopsided covariance": (put("spend", "log_covariance", 0, 1, 0.0), "must be symmetric"),
    "a variance below 0": (scaled(-1), "must be symmetric, with no variance below 0"),
    "a covariance too large": (scaled(1e300), r"must be within ±100000"),
    "draws of one law": (put("draws", "spend", []), "848 draws of the purchase law and 0 of the spend law"),
    "no draws": (put("draws", {"purchases": [], "spend": [], "warnings": []}), "0 draws of the purchase law"),
    "a draw too short": (put("draws", "spend", 7, [1.0]), "gamma-gamma has the 3 parameters p, q, gamma"),
    "a draw that cannot be": (put("draws", "spend", 7, [1.0, 2.0, 0.0]), "must be finite and above 0"),
    "a rate above 1": (put("refunds", "rate", 1.5), "a refund rate must be between 0 and 1"),
    "a prior of no weight": (put("refunds", "prior_orders", 0), "the weight of its prior above 0"),
    "refunds that never come": (put("refunds", "ages", [9.0]), "the shares of refunds received must rise"),
    "no refunds": (without("refunds"), "the field 'refunds' is missing"),
    "draws in text": (put("draws", "many"), "the field 'purchases' is missing"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_errors(saved, case):
    change, message = HOSTILE[case]
    saved.write_text(change(saved.read_text()))
    with pytest.raises(FitError, match=message) as caught:
        clv.load(saved)
    assert str(caught.value).count("Hint:") == 1
    assert len(str(caught.value)) < 500


def paths(document, here=()):
    """The way to every value of a document; of a list, to the first and the last."""
    yield here
    if isinstance(document, dict):
        for key, value in document.items():
            yield from paths(value, (*here, key))
    elif isinstance(document, list) and document:
        for row in {0, len(document) - 1}:
            yield from paths(document[row], (*here, row))


@pytest.mark.parametrize("value", [None, True, -1, 10**400, 1e300, "", "x", [], [[]], {}, {"a": 1}], ids=repr)
def test_any_value_anywhere_is_read_or_refused(written, tmp_path, value):
    path, document = tmp_path / "m.json", json.loads(written)
    for name in ("purchases", "spend"):  # a few draws are as good as all
        del document["draws"][name][3:]
    short = json.dumps(document)
    for place in paths(document):
        path.write_text(put(*place, value)(short) if place else json.dumps(value))
        assert answer(path).count("Hint:") in (0, 1), place


def answer(path):
    """What a file says: the summary of its model, or the error that refuses it."""
    try:
        return str(clv.load(path).summary())
    except FitError as error:
        return str(error)


@pytest.mark.parametrize(("name", "message"), [("", "cannot be read: .*directory"), ("none.json", "No file")])
def test_what_is_no_file_is_an_error(tmp_path, name, message):
    with pytest.raises(FitError, match=message):
        clv.load(tmp_path / name)


def test_a_file_of_schema_3_knows_no_season(saved, customers, tmp_path):
    document = json.loads(saved.read_text())
    del document["season"]
    for name in ("purchases", "spend"):
        del document[name]["season_parameters"]
    path = tmp_path / "m.json"
    path.write_text(json.dumps({**document, "schema": 3}))
    old = clv.load(path)
    assert old.season is None
    pd.testing.assert_frame_equal(
        old.predict("39W", customers=customers), clv.load(saved).predict("39W", customers=customers)
    )


HOSTILE_SEASONS = {
    "without a last day": (lambda d: d.update(end=None), "a model with a season knows the last day"),
    "of no object": (lambda d: d.update(season=[1]), "a season is an object with fields"),
    "of negative factors": (lambda d: d["season"].update(yearly=[-1.0] * 366), "from 0 to 10000"),
    "worth too many": (lambda d: d["purchases"].update(season_parameters=1e9), "from 0 to 366 parameters"),
    "worth a text": (lambda d: d["purchases"].update(season_parameters="1"), "a finite number is expected"),
}


@pytest.mark.parametrize("case", HOSTILE_SEASONS)
def test_hostile_seasons_are_errors(saved, case, tmp_path):
    change, message = HOSTILE_SEASONS[case]
    document = json.loads(saved.read_text())
    document["season"] = season_to_dict(clv.Season.from_factors({"1997-03-01": 2.0}))
    change(document)
    path = tmp_path / "m.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FitError, match=message):
        clv.load(path)


@pytest.fixture(scope="module")
def with_chosen_k(tmp_path_factory):
    """A model of regular buyers, and its file."""
    law, spend = clv.MBGCNBD(r=1.2, alpha=3.0, a=0.8, b=3.0, k=2), clv.GammaGamma(6.25, 3.74, 15.44)
    model = clv.fit(clv.simulate(law, spend, customers=400, rng=np.random.default_rng(1)), "mbg-cnbd")
    path = tmp_path_factory.mktemp("chosen") / "m.json"
    model.save(path)
    return model, path


def test_a_chosen_k_is_saved_with_the_likelihoods_of_the_others(with_chosen_k):
    model, path = with_chosen_k
    loaded = clv.load(path)
    assert loaded.purchases.law == model.purchases.law
    assert loaded.purchases.law.k == 2
    assert loaded.purchases.by_k == model.purchases.by_k
    assert list(loaded.purchases.by_k) == [1, 2, 3, 4]
    assert loaded.purchases.aic == model.purchases.aic
    assert loaded.summary() == model.summary()
    pd.testing.assert_frame_equal(loaded.predict(customers=model.customers), model.predict())


def test_a_file_of_schema_4_knows_no_chosen_k(with_chosen_k, tmp_path):
    model, saved = with_chosen_k
    document = json.loads(saved.read_text())
    del document["purchases"]["by_k"]
    path = tmp_path / "m.json"
    path.write_text(json.dumps({**document, "schema": 4}))
    old = clv.load(path).purchases
    assert (old.law, old.by_k) == (model.purchases.law, {})


HOSTILE_K = {
    "no list": ({"2": -1.0}, "a list is expected"),
    "no pairs": ([[2]], "are pairs"),
    "of no number": ([[2, "x"]], "a finite number is expected, got 'x'"),
    "of too many phases": ([[13, -1.0], [2, 0.0]], "cannot have chosen among k = 13, 2"),
    "twice": ([[2, -1.0], [2, 0.0]], "cannot have chosen among k = 2"),
    "with a better one": ([[1, 0.0], [2, -1.0]], "does not have the k of the highest log-likelihood"),
}


@pytest.mark.parametrize("case", HOSTILE_K)
def test_hostile_choices_of_k_are_errors(with_chosen_k, case, tmp_path):
    value, message = HOSTILE_K[case]
    document = json.loads(with_chosen_k[1].read_text())
    document["purchases"]["by_k"] = value
    path = tmp_path / "m.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FitError, match=message):
        clv.load(path)


def test_a_law_without_k_has_chosen_none(saved, tmp_path):
    document = json.loads(saved.read_text())
    document["purchases"]["by_k"] = [[1, 0.0]]
    path = tmp_path / "m.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FitError, match="-nbd cannot have chosen among k = 1"):
        clv.load(path)
