"""Models by covariates: every answer is that of the customer's own law, and what cannot be joined is refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._covariates import column_names, design_of, known_covariates, with_covariates
from clv._fits.fit_law import Fit
from clv._fits.posterior import SPREAD, Posterior, law_at, law_behind
from rfm.errors import DataError, EngineError

END = "1997-09-30"
DEPENDS: dict[str, Any] = {"purchase": ["channel", "age"], "dropout": "vip", "spend": ["channel"]}
LOCAL_DATA = os.environ.get("RFM_LOCAL_DATA", "")  # a folder of logs that are not ours to ship
ORACLES = json.loads((Path(__file__).parents[1] / "oracles" / "apparel.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return rfm.datasets.cdnow_sample().query("customer_id <= 450")


@pytest.fixture(scope="module")
def covariates(log: pd.DataFrame) -> pd.DataFrame:
    rng, ids = np.random.default_rng(0), np.sort(log["customer_id"].unique())
    return pd.DataFrame(
        {
            "customer_id": ids,
            "channel": rng.choice(["web", "shop", "app"], len(ids)),
            "vip": rng.random(len(ids)) < 0.3,
            "age": np.round(rng.normal(40, 9, len(ids))),
        }
    ).sample(frac=1, random_state=1)


@pytest.fixture(scope="module", params=["pareto-nbd", pytest.param("bg-nbd", marks=pytest.mark.slow)])
def model(request: pytest.FixtureRequest, log: pd.DataFrame, covariates: pd.DataFrame) -> clv.CustomerModel:
    fitted = clv.fit(log, request.param, end=END, covariates=covariates, **DEPENDS)
    return replace(fitted, draws=Posterior(fitted._posterior(SPREAD, 0).pairs[:6]))  # few, to be quick


def scaled(value: float, *effects: float) -> float:
    return value * float(np.exp(sum(effects)))


def laws_by_hand(
    model: clv.CustomerModel, row: Any, purchases: Any = None, spend: Any = None
) -> tuple[Any, Any]:
    """The two laws of one customer by the formulas of Fader & Hardie (2007), from estimates or a draw of them."""
    fit, money = model.purchases, model.spend
    law = fit.law if purchases is None else purchases.law
    e = (
        fit.coefficients
        if purchases is None
        else dict(zip(fit.coefficients, purchases.coefficients, strict=True))
    )
    bought = e["purchase[age]"] * row.age
    if row.channel != "app":
        bought += e[f"purchase[channel={row.channel}]"]
    alpha = scaled(law.alpha, -bought)
    if law.name == "pareto-nbd":
        own = clv.ParetoNBD(law.r, alpha, law.s, scaled(law.beta, -e["dropout[vip]"] * row.vip))
    else:
        a, b = (scaled(getattr(law, name), e[f"dropout_{name}[vip]"] * row.vip) for name in "ab")
        own = clv.BGNBD(law.r, alpha, a, b)
    law = money.law if spend is None else spend.law
    f = (
        money.coefficients
        if spend is None
        else dict(zip(money.coefficients, spend.coefficients, strict=True))
    )
    dearer = f[f"spend[channel={row.channel}]"] if row.channel != "app" else 0.0
    return own, clv.GammaGamma(law.p, law.q, scaled(law.gamma, dearer))


def test_each_prediction_is_that_of_the_customer_s_own_law(model: clv.CustomerModel) -> None:
    predicted, due = model.predict("39W", 0.0), model.due(0.3)
    asked = [0, 1, 2, 5, 30, 31, 200, 400]
    for place in asked:
        row = model.customers.iloc[place]
        law, spend = laws_by_hand(model, row)
        history, answer = (row.frequency, row.recency, row["T"]), predicted.iloc[place]
        p_alive, orders = law.p_alive(*history), law.conditional_expected_purchases(39, *history)
        assert answer.p_alive == pytest.approx(p_alive, rel=1e-10)
        assert answer.expected_purchases == pytest.approx(orders, rel=1e-9)
        mean = spend.expected_spend(row.frequency, row.monetary_value)
        assert answer.expected_spend == pytest.approx(
            mean, rel=2e-3
        )  # q is known to be above 1, nearly for sure
        assert answer.clv == pytest.approx(
            answer.expected_spend * orders * (1 - answer.refund_rate), rel=1e-9
        )
        if not pd.isna(due["due"].iloc[place]):
            silent = (due["due"].iloc[place] - pd.Timestamp(END)).days / 7
            before, at = (law.p_alive(*history[:2], history[2] + silent + step) for step in (-1 / 7, 0))
            assert at < 0.3 <= before


# Log-odds are nearly linear in the parameters: by other directions bounds are nearly equal.
OF_ODDS = ["p_alive_low", "p_alive_high"]


def covariance_of_kind(model: clv.CustomerModel, row: Any) -> np.ndarray:
    """Of the log-parameters of one kind of customer, which are linear in the law's and the coefficients."""
    behind = law_behind(model.purchases)
    theta = behind.log_parameters

    def of_kind(point: np.ndarray) -> np.ndarray:
        return laws_by_hand(model, row, law_at(behind, point), law_behind(model.spend))[0].log_parameters

    slope = np.array([of_kind(theta + step) - of_kind(theta) for step in np.eye(len(theta))])
    return slope.T @ model.purchases.log_covariance @ slope


def of_one_kind(model: clv.CustomerModel, row: Any) -> clv.CustomerModel:
    """A model without covariates whose laws, and draws of them, are those of one kind of customer."""
    law, spend = laws_by_hand(model, row)
    pairs = tuple(laws_by_hand(model, row, *pair) for pair in model.draws.pairs)
    plain = {"covariance": np.eye(4), "log_likelihood": 0.0, "n": 1, "converged": True, "at_boundary": False}
    purchases = Fit(law, log_covariance=covariance_of_kind(model, row), unit="W", **plain)
    # A spend law that is known for sure has the population mean of its parameters.
    return replace(
        model,
        purchases=purchases,
        spend=Fit(spend, log_covariance=1e-12 * np.eye(3), **plain),
        draws=Posterior(pairs),
        customers=model.customers.drop(columns=["channel", "vip", "age"]),
    )


@pytest.fixture
def sure(model: clv.CustomerModel) -> clv.CustomerModel:
    """The same model with a spend law that is known for sure, and one age."""
    known = replace(model.spend, log_covariance=1e-12 * np.eye(5))
    return replace(model, spend=known, customers=model.customers.assign(age=40.0))


@pytest.mark.slow
def test_intervals_and_totals_of_one_kind_are_those_of_a_model_of_its_laws(sure: clv.CustomerModel) -> None:
    kind = sure.customers.query("channel == 'web' and vip").iloc[0]
    customers = sure.customers.query("channel == 'web' and vip").reset_index(drop=True)
    alone = of_one_kind(sure, kind)
    for ask in (
        lambda model, table: model.predict("39W", interval=0.8, customers=table),
        lambda model, table: model.due(0.3, customers=table),
        lambda model, table: model.total(horizon="39W", customers=table),
        lambda model, table: model.forecast("26W", every="13W", customers=table),
    ):
        with_covariates, without = ask(sure, customers), ask(alone, customers)
        for name in without:
            if name in OF_ODDS:
                np.testing.assert_allclose(with_covariates[name], without[name], atol=0.01, err_msg=name)
            elif pd.api.types.is_float_dtype(without[name]):
                # Whole customers are counted in simulated futures, and a quantile may fall on the next one.
                counted = 1.0 if name.startswith("active_") else 0.0
                np.testing.assert_allclose(
                    with_covariates[name], without[name], rtol=1e-6, atol=counted, err_msg=name
                )
            else:
                assert with_covariates[name].tolist() == without[name].tolist()


def test_a_customer_s_bounds_do_not_depend_on_other_kinds(sure: clv.CustomerModel) -> None:
    kind = sure.customers.query("channel == 'web' and vip").iloc[0]
    some = (sure.customers["channel"] == "web") & sure.customers["vip"]
    everybody = sure.predict("39W", interval=0.8)[some].reset_index(drop=True)
    alone = of_one_kind(sure, kind).predict("39W", interval=0.8)[some].reset_index(drop=True)
    pd.testing.assert_frame_equal(everybody.drop(columns=OF_ODDS), alone.drop(columns=OF_ODDS), rtol=1e-6)
    np.testing.assert_allclose(everybody[OF_ODDS], alone[OF_ODDS], atol=0.01)


@pytest.mark.slow
def test_the_total_is_the_sum_of_the_customers(model: clv.CustomerModel) -> None:
    predicted = model.predict("39W")
    total = model.total(by="channel", horizon="39W", customers=model.customers).set_index("group")
    expected = predicted.groupby(model.customers["channel"])[["expected_purchases", "clv"]].sum()
    assert total["purchases"].to_dict() == pytest.approx(expected["expected_purchases"].to_dict(), rel=1e-9)
    assert total["clv"].to_dict() == pytest.approx(expected["clv"].to_dict(), rel=1e-6)
    periods = model.forecast("39W", every="13W")
    assert periods["purchases"].sum() == pytest.approx(predicted["expected_purchases"].sum(), rel=1e-9)


def test_the_order_of_rows_and_of_columns_changes_nothing(
    model: clv.CustomerModel, log: pd.DataFrame, covariates: pd.DataFrame
) -> None:
    name = model.purchases.law.name
    other = clv.fit(
        log.sample(frac=1, random_state=5), name, end=END,
        covariates=covariates[["age", "vip", "customer_id", "channel"]].sort_values("age"), **DEPENDS,
    )  # fmt: skip
    assert other.fingerprint == model.fingerprint
    assert other.purchases.coefficients == model.purchases.coefficients
    assert other.purchases.law == model.purchases.law
    pd.testing.assert_frame_equal(other.predict("39W"), model.predict("39W"))


def test_covariates_come_from_the_argument_the_table_or_the_fit(
    model: clv.CustomerModel, log: pd.DataFrame, covariates: pd.DataFrame
) -> None:
    later = clv.summarize(log, unit="W", end="1998-03-31")
    kept = model.predict("39W", customers=later)
    pd.testing.assert_frame_equal(kept, model.predict("39W", customers=later, covariates=covariates))
    own = later.merge(covariates, on="customer_id")
    pd.testing.assert_frame_equal(kept, model.predict("39W", customers=own))
    others = covariates.assign(channel="web")
    changed = model.predict("39W", customers=own, covariates=others)
    assert (changed["p_alive"][own["channel"] == "web"] == kept["p_alive"][own["channel"] == "web"]).all()
    assert (changed["clv"][own["channel"] != "web"] != kept["clv"][own["channel"] != "web"]).all()
    assert not model.predict("39W", covariates=others).equals(model.predict("39W"))
    table = clv.customer_table(log, model=model, as_of="1998-03-31", horizon="39W")
    assert table["clv"].tolist() == pytest.approx(kept["clv"].tolist())


def test_a_saved_model_codes_customers_as_before(
    model: clv.CustomerModel, log: pd.DataFrame, covariates: pd.DataFrame, tmp_path: Path
) -> None:
    model.save(tmp_path / "model.json")
    loaded = clv.load(tmp_path / "model.json")
    assert loaded.design == model.design
    for ours, theirs in ((loaded.purchases, model.purchases), (loaded.spend, model.spend)):
        assert ours.law == theirs.law
        assert ours.coefficients == theirs.coefficients
        assert ours.plain.law == theirs.plain.law
        assert ours.summary() == theirs.summary()
    customers = clv.summarize(log, unit="W", end=END)
    with pytest.raises(
        DataError, match="customers: no column 'channel', 'age', 'vip', on which this model depends"
    ):
        loaded.predict("39W", customers=customers)
    asked = {"interval": 0.8, "customers": customers, "covariates": covariates}
    pd.testing.assert_frame_equal(loaded.predict("39W", **asked), model.predict("39W", **asked))
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == (tmp_path / "model.json").read_text()


def test_a_new_customer_has_the_value_of_their_kind(model: clv.CustomerModel) -> None:
    kind = pd.Series({"channel": "web", "age": 40.0, "vip": True})
    law, spend = laws_by_hand(model, kind)
    newcomer = model.new_customer("52W", 0.0, covariates=kind.to_dict())
    assert newcomer.expected_purchases == pytest.approx(law.expected_purchases(52))
    assert newcomer.p_purchase == pytest.approx(1 - law.pmf(0, 52))
    assert newcomer.expected_spend == pytest.approx(spend.expected_spend(), rel=2e-3)
    assert model.new_customer("52W", 0.0, covariates=pd.DataFrame([kind.to_dict()])) == newcomer
    # First orders differ between kinds as repeat orders do, and their mean over the customers is what was observed.
    effects = model.spend.coefficients
    factor = {"app": 1.0} | {name: np.exp(effects[f"spend[channel={name}]"]) for name in ("shop", "web")}
    firsts = {
        name: model.new_customer(covariates={"channel": name, "age": 40, "vip": False}).first_order
        for name in factor
    }
    assert firsts["web"] / firsts["app"] == pytest.approx(factor["web"])
    mean = model.customers["channel"].map(firsts).mean()
    assert mean == pytest.approx(model.customers["first_order_spend"].mean())
    with pytest.raises(DataError, match="depends on the covariates channel, age, vip, and none are given"):
        model.new_customer()


def test_without_covariates_none_are_taken(log: pd.DataFrame, covariates: pd.DataFrame) -> None:
    plain = clv.fit(log, end=END)
    for ask in (plain.predict, plain.due, plain.total, plain.forecast):
        with pytest.raises(DataError, match=r"this model depends on none\. Hint: leave out covariates"):
            ask(covariates=covariates)
    with pytest.raises(DataError, match=r"this model depends on none\. Hint: leave out covariates"):
        plain.new_customer(covariates={"channel": "web"})


def test_columns_of_the_summary_are_covariates_too(log: pd.DataFrame) -> None:
    model = clv.fit(log, "pareto-nbd", end=END, purchase="first_order_spend")
    alone = clv.fit_covariates(
        "pareto-nbd", clv.summarize(log, unit="W", end=END), purchase="first_order_spend"
    )
    assert model.purchases.effects == pytest.approx(alone.effects)
    assert model.predict("39W")["clv"].notna().all()


def test_weights_are_customers_in_the_fit_and_a_prior_is_that_of_fit_law(log: pd.DataFrame) -> None:
    summary = clv.summarize(log, unit="W", end=END)
    again = pd.concat([summary, summary.assign(customer_id=-summary["customer_id"])])
    twice, weighted = clv.fit_summary(again), clv.fit_summary(summary, weights=np.full(len(summary), 2.0))
    named = clv.fit_summary(summary.assign(w=2), weights="w")
    ids = summary[["customer_id"]].assign(w=2)
    from_log = clv.fit(log, end=END, weights=ids)
    for model in (weighted, named, from_log):
        assert model.purchases.n == 2 * len(summary)
        for ours, theirs in ((model.purchases, twice.purchases), (model.spend, twice.spend)):
            assert ours.law.log_parameters == pytest.approx(theirs.law.log_parameters, abs=1e-5)
            assert ours.log_likelihood == pytest.approx(theirs.log_likelihood)
        assert model.first_order == pytest.approx(twice.first_order)
    assert len(weighted.predict()) == len(summary)
    spread = [
        np.std([law.log_parameters for law, _ in each._posterior(SPREAD, 0).pairs], axis=0)
        for each in (weighted, clv.fit_summary(summary))
    ]
    assert spread[0][:2] / spread[1][:2] == pytest.approx(1 / np.sqrt(2), rel=0.15)  # draws know the weights
    prior = clv.Prior(shape=(1.0, 0.2))
    fitted = clv.fit(log, end=END, prior=prior)
    assert fitted.purchases.law == clv.fit_law(clv.BGNBD, summary, prior=prior).law
    assert fitted.spend.law == clv.fit_law(clv.GammaGamma, summary, prior=prior).law
    assert fitted.purchases.law != clv.fit(log, end=END).purchases.law


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"purchase": "size"}, DataError, "covariates: no column 'size'"),
        (
            {"purchase": "T"},
            DataError,
            "purchase: 'T' is a column of the BTYD summary, which the law explains",
        ),
        ({"purchase": 3}, DataError, "purchase must be"),
        (
            {"purchase": (), "dropout": (), "spend": ()},
            DataError,
            "covariates are given, but not what depends on them",
        ),
        ({"model": "bg-bb", "unit": "M"}, DataError, "No covariates for bg-bb"),
        ({"value_per_order": 3}, DataError, r"spend=\['channel'\] says on what the worth of orders depends"),
        ({"engine": "lifetimes"}, DataError, "engine='lifetimes' has no covariates"),
        ({"prior": 3}, DataError, r"prior must be a Prior; got 3\. Hint: prior=clv.Prior"),
        ({"weights": "w"}, DataError, "No column 'w'"),
        ({"covariates": None}, DataError, "covariates: no column 'channel', 'age', 'vip'"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    log: pd.DataFrame, covariates: pd.DataFrame, changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        clv.fit(log, **({"end": END, "covariates": covariates, **DEPENDS} | changes))


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda t: t.iloc[10:], DataError, r"covariates: no row for 10 of the customers, such as \d+"),
        (lambda t: pd.concat([t, t.head(2)]), DataError, "covariates: more than one row for customer"),
        (
            lambda t: t.assign(customer_id=t["customer_id"].astype(str)),
            DataError,
            "customer_id is String there and",
        ),
        (lambda t: t.assign(channel="web"), clv.FitError, "'channel' is constant, 'web' for everybody"),
        (lambda t: t.assign(age=1.0), clv.FitError, "The covariate 'age' is constant"),
        (
            lambda t: t.assign(age=(t["channel"] == "web").astype(int)),
            clv.FitError,
            "'age' follows from the others",
        ),
        (
            lambda t: t.assign(channel=t["channel"].where(t["age"] > 20)),
            DataError,
            "'channel' has .* missing values",
        ),
        (lambda t: t.drop(columns="customer_id"), DataError, "covariates: no column 'customer_id'"),
    ],
)
def test_a_table_that_does_not_say_what_it_must_is_refused(
    log: pd.DataFrame, covariates: pd.DataFrame, change: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        clv.fit(log, end=END, covariates=change(covariates), **DEPENDS)


def test_a_level_that_the_fit_has_not_seen_is_refused_by_its_name(
    model: clv.CustomerModel, covariates: pd.DataFrame
) -> None:
    with pytest.raises(
        DataError, match="the levels 'fax', which the model has not seen; it knows 'app', 'shop'"
    ):
        model.predict(covariates=covariates.assign(channel="fax"))
    with pytest.raises(DataError, match="no row for 3 of the customers"):
        model.predict(covariates=covariates.iloc[3:])


def test_spend_without_a_spend_law_is_refused(log: pd.DataFrame, covariates: pd.DataFrame) -> None:
    asked = {"end": END, "covariates": covariates, "spend": "channel"}
    with pytest.raises(DataError, match=r"spend=\['channel'\]: the log has no amounts"):
        clv.fit(log[["customer_id", "date"]], **asked)
    with pytest.raises(clv.FitError, match=r"spend=\['channel'\]: no spend law can be estimated"):
        clv.fit(log.drop_duplicates(["customer_id", "date"]).assign(amount=5.0), **asked)


def test_a_column_named_like_one_of_the_summary_is_refused(
    log: pd.DataFrame, covariates: pd.DataFrame
) -> None:
    named = covariates.rename(columns={"age": "first_order_spend"})
    with pytest.raises(
        DataError, match="covariates: the name 'first_order_spend' is taken by the BTYD summary"
    ):
        clv.fit(log, end=END, covariates=named, purchase="first_order_spend")
    duckdb = pytest.importorskip("duckdb")  # does not tell t from T
    there = [duckdb.from_df(table) for table in (log, covariates.rename(columns={"age": "t"}))]
    with pytest.raises(DataError, match="covariates: the name 't' is taken"):
        clv.fit(there[0], end=END, covariates=there[1], purchase="t")


def test_weights_may_be_a_column_of_the_covariates(log: pd.DataFrame, covariates: pd.DataFrame) -> None:
    known = covariates.assign(w=1 + covariates["customer_id"] % 2)
    by_channel = clv.fit(log, end=END, covariates=known, purchase="channel", weights="w")
    assert by_channel.purchases.n == known["w"].sum()
    assert clv.fit(log, end=END, covariates=known, weights="w").purchases.n == known["w"].sum()
    with pytest.raises(DataError, match="'w' must hold finite numbers from 0"):
        clv.fit(log, end=END, covariates=known.assign(w=-1), weights="w")
    with pytest.raises(DataError, match="weights must be a table of customer_id and exactly one more column"):
        clv.fit(log, end=END, weights=covariates)
    summary = clv.summarize(log, unit="W", end=END)
    with pytest.raises(DataError, match="weights must be one number per row, 450; got 2"):
        clv.fit_summary(summary, weights=[1, 2])
    with pytest.raises(DataError, match="weights= are of the native engine"):
        clv.fit_summary(summary, weights=np.ones(450), engine="lifetimes")


def test_the_summary_states_the_reference(model: clv.CustomerModel) -> None:
    lines = model.summary().splitlines()
    assert lines.count("reference: channel = app") == 2
    assert model.design.reference == {"channel": "app", "age": 0.0, "vip": 0.0}


def test_nobody_is_predicted_for_nobody(model: clv.CustomerModel) -> None:
    nobody = model.customers.head(0)
    assert len(model.predict("39W", interval=0.9, customers=nobody)) == len(model.due(customers=nobody)) == 0
    assert model.total(horizon="4W", customers=nobody)["purchases"].tolist() == [0]


def test_tables_of_two_engines_are_joined_in_memory(log: pd.DataFrame, covariates: pd.DataFrame) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    summary = clv.summarize(log, unit="W", end=END)
    joined = with_covariates(summary, polars.from_pandas(covariates), ["channel"])
    assert joined["channel"].tolist() == summary.merge(covariates, on="customer_id")["channel"].tolist()
    there = duckdb.from_df(summary)
    with pytest.raises(
        EngineError, match=r"The customers are on DuckDB and covariates on pandas\. Hint: convert both"
    ):
        with_covariates(there, covariates, ["channel"])


def test_the_parts() -> None:
    assert column_names("purchase", ["b", "a", "b"]) == ("b", "a")
    table = pd.DataFrame({"customer_id": [1, 2], "web": ["yes", "no"]})
    design = design_of(table, ["web"])
    assert design.reference == {"web": "no"}
    bare = table[["customer_id"]]
    assert known_covariates(bare, design, None, table)["web"].tolist() == ["yes", "no"]
    assert known_covariates(table, design, None, None) is table
    with pytest.raises(DataError, match="customers: no column 'web', on which this model depends"):
        known_covariates(bare, design, None, None)


@pytest.mark.parametrize("kind", ["plain", "Gender and Channel on both processes"])
def test_the_published_estimates_of_the_apparel_retailer(kind: str) -> None:
    folder = Path(LOCAL_DATA)
    if not LOCAL_DATA or not (folder / "apparel_covariates.parquet").exists():
        pytest.skip(
            "RFM_LOCAL_DATA names no folder with apparel_covariates.parquet, which is not ours to ship"
        )
    names = {"Id": "customer_id", "Date": "date", "Price": "amount"}
    log = pd.read_parquet(folder / "apparel_transactions.parquet").rename(columns=names)
    table = pd.read_parquet(folder / "apparel_covariates.parquet").rename(columns=names)
    both = ["Gender", "Channel"]
    options = {} if kind == "plain" else {"covariates": table, "purchase": both, "dropout": both}
    fit = clv.fit(log, "pareto-nbd", end=ORACLES["end"], **options).purchases
    expected = ORACLES[kind]
    assert fit.n == ORACLES["customers"]
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=5e-4)
    assert fit.log_likelihood > expected["log_likelihood"] - 5e-4
    for name in ("r", "alpha", "s", "beta"):  # another search stopped a little before the maximum
        assert fit.parameters[name] == pytest.approx(expected[name], rel=3e-3)
