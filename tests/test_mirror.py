"""Every module has a test file at its mirrored place, or is listed here with the file that tests it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCES = sorted(
    path.relative_to(HERE.parent).as_posix()
    for package in ("rfm", "clv")
    for path in (HERE.parent / package).rglob("*.py")
    if not path.name.startswith("__")
)

# Module: the test file that covers it, and a name that the module and the test share.
COVERED = {
    "rfm/errors.py": ("rfm/test_hints.py", "DataError"),
    "rfm/sql.py": ("rfm/sql/test_learning.py", "learn_cuts"),
    "rfm/_issuing.py": ("test_warned_lines.py", "stacklevel"),
    "rfm/_defaults.py": ("rfm/test_without_amounts.py", "lifecycle"),
    "rfm/_base_report/customer_periods.py": ("rfm/base_report/test_report.py", "other_refunds"),
    "rfm/_base_report/revenue_tree.py": ("rfm/base_report/test_report.py", "orders_per_customer"),
    "rfm/_customers/late_rows.py": ("rfm/customers/test_customer_base.py", "late"),
    "rfm/_dynamics/window_rows.py": ("rfm/customers/test_window.py", "order_ids_in_window"),
    "rfm/_frames/mapping.py": ("rfm/frames/test_engines.py", "to_pandas"),
    "rfm/_orders/amount_expressions.py": ("rfm/orders/test_reading_expressions.py", "amount"),
    "rfm/_orders/date_expressions.py": ("rfm/orders/test_reading_expressions.py", "date_format"),
    "rfm/_orders/examples.py": ("rfm/orders/test_audit.py", "examples"),
    "rfm/_orders/log_totals.py": ("rfm/orders/test_transactions.py", "large"),
    "rfm/_orders/reading.py": ("rfm/orders/test_reading_expressions.py", "read_in_memory"),
    "rfm/_orders/currency_words.py": ("rfm/orders/test_spelled_amounts.py", "currencies"),
    "rfm/_orders/month_names.py": ("rfm/orders/test_spelled_dates.py", "avr"),
    "rfm/_orders/texts.py": ("rfm/orders/test_dates.py", "UNREADABLE"),
    "rfm/_orders/verdicts.py": ("rfm/orders/test_reading_expressions.py", "Verdict"),
    "rfm/_profile_statistics.py": ("rfm/test_profile.py", "MOST"),
    "rfm/_dynamics/score_steps.py": ("rfm/dynamics/test_segment_changes.py", "cuts"),
    "rfm/_dynamics/segment_causes.py": ("rfm/dynamics/test_segment_changes.py", "since"),
    "rfm/_dynamics/segment_change_rows.py": ("rfm/dynamics/test_segment_changes.py", "column"),
    "rfm/_dynamics/segment_change_words.py": ("rfm/dynamics/test_segment_changes.py", "LANGUAGES"),
    "rfm/_rules/rule.py": ("rfm/rules/test_interpreting.py", "Rule"),
    "rfm/_rules/syntax.py": ("rfm/rules/test_parsing.py", "Comparison"),
    "rfm/_schemes/ahead.py": ("clv/test_segments_with_predictions.py", "AHEAD"),
    "rfm/_schemes/assigning.py": ("rfm/schemes/test_scheme.py", "tagged"),
    "rfm/_schemes/segment.py": ("rfm/schemes/test_scheme.py", "Segment"),
    "rfm/_scores/score.py": ("rfm/scores/test_scorer.py", "score"),
    "rfm/_scores/scorer_files.py": ("rfm/scores/test_scorer.py", "format"),
    "rfm/_scores/scorer_options.py": ("rfm/scores/test_scorer.py", "edges"),
    "rfm/campaigns/_estimates.py": ("rfm/campaigns/test_lift.py", "p_holm"),
    "rfm/_baskets/lines.py": ("rfm/baskets/test_affinity.py", "lines"),
    "rfm/privacy/_complementing.py": ("rfm/privacy/test_suppression.py", "hidden"),
    "rfm/_audiences/rows.py": ("rfm/audiences/test_audience.py", "same address twice"),
    "rfm/_baskets/by_segment.py": ("rfm/baskets/test_white_space.py", "segmented"),
    "rfm/_baskets/pairs.py": ("rfm/baskets/test_cross_shop.py", "both"),
    "rfm/_baskets/choosing_offers.py": ("rfm/baskets/test_next_best_offers.py", "rank"),
    "rfm/_frames/ids.py": ("rfm/campaigns/test_hashing.py", "as_text"),
    "rfm/plot/_flow.py": ("rfm/plot/test_migration.py", "migration_flow"),
    "rfm/plot/_tables.py": ("rfm/test_profile.py", "segment_sizes"),
    "clv/_command/asked.py": ("clv/command/test_command.py", "COLUMNS"),
    "clv/_files/characters.py": ("clv/files/test_encodings.py", "likelihood"),
    "clv/_files/column_words.py": ("clv/files/test_suggesting.py", "plain_names"),
    "clv/_files/parquet_files.py": ("clv/files/test_reading.py", "ids"),
    "clv/_retention/advice.py": ("clv/retention/test_fit_retention.py", "fit"),
    "clv/_retention/bdw.py": ("clv/retention/test_sbg.py", "BdW"),
    "clv/_retention/contract_values.py": ("clv/retention/test_retention_model.py", "discounted_renewals"),
    "clv/_retention/curves.py": ("clv/retention/test_retention_model.py", "product_limit"),
    "clv/_retention/discounted_sums.py": ("clv/retention/test_retention_law.py", "discounted_tail"),
    "clv/_retention/likelihood.py": ("clv/retention/test_retention_fit.py", "RetentionLikelihood"),
    "clv/_retention/renewals.py": ("clv/retention/test_retention_fit.py", "of_cohorts"),
    "clv/_retention/retention_words.py": ("clv/retention/test_retention_model.py", "WORDS"),
    "clv/errors.py": ("test_public_names.py", "errors"),
    "clv/_fit_options.py": ("clv/test_covariates.py", "weights"),
    "clv/_season/timed_fit.py": ("clv/test_customer_model_seasons.py", "log_likelihood"),
    "clv/_fits/covariate_effects.py": ("clv/fits/test_covariates.py", "effects_of"),
    "clv/_fits/estimates.py": ("clv/fits/test_fit_law.py", "standard_errors"),
    "clv/_laws/beta_geometric.py": ("clv/laws/test_bg_nbd.py", "log_p_alive"),
    "clv/_laws/beta_geometric_likelihood.py": ("clv/laws/test_bg_nbd.py", "total_derivatives"),
    "clv/_laws/erlang_counts.py": ("clv/laws/test_erlang_member.py", "pmf_table"),
    "clv/_laws/erlang_likelihood.py": ("clv/laws/test_erlang.py", "total_derivatives"),
    "clv/_laws/bg_bb_derivatives.py": ("clv/laws/test_bg_bb.py", "hessian"),
    "clv/_laws/bg_bb_periods_alive.py": ("clv/laws/test_bg_bb.py", "periods_alive"),
    "clv/_laws/bg_bb_sums.py": ("clv/laws/test_bg_bb.py", "log_pmf"),
    "clv/_laws/gamma_gamma_likelihood.py": ("clv/laws/test_gamma_gamma.py", "derivatives"),
    "clv/_laws/ggompertz_nbd_counts.py": ("clv/laws/test_ggompertz_nbd.py", "mean_time_alive"),
    "clv/_laws/ggompertz_nbd_likelihood.py": ("clv/laws/test_ggompertz_nbd.py", "Dropout"),
    "clv/_laws/log_concave.py": ("clv/laws/test_pareto_nbd.py", "digits"),
    "clv/_laws/pareto_nbd_likelihood.py": ("clv/laws/test_pareto_nbd.py", "Dropout"),
    "clv/_laws/pareto_nbd_pmf.py": ("clv/laws/test_pareto_nbd.py", "log_pmf"),
    "clv/_laws/pareto_nbd_tables.py": ("clv/laws/test_pareto_nbd.py", "Cells"),
    "clv/_contacts/answer.py": ("clv/contacts/test_prioritize.py", "left_out"),
    "clv/_contacts/contact_plan.py": ("clv/contacts/test_prioritize.py", "ContactPlan"),
    "clv/_contacts/contacted.py": ("clv/contacts/test_prioritize.py", "contact_on"),
    "clv/_contacts/judging.py": ("clv/contacts/test_prioritize.py", "as_of"),
    "clv/_contacts/planning.py": ("clv/contacts/test_prioritize.py", "first_contacts"),
    "clv/_report/page_words.py": ("clv/report/test_language.py", "flatten"),
    "clv/_given_model.py": ("clv/test_customer_model_seasons.py", "is an option of the fit"),
    "clv/_payback/observed.py": ("clv/payback/test_payback.py", "joined"),
    "clv/_payback/tables.py": ("clv/payback/test_payback.py", "value_low"),
    "clv/_payback/payback_words.py": ("clv/payback/test_payback.py", "month"),
    "clv/_segment_forecast/log_model.py": ("clv/segment_forecast/test_segment_forecast.py", "Budget"),
    "clv/_past_errors/from_refits.py": ("clv/report/test_findings.py", "choice"),
    "clv/_segment_bounds.py": ("clv/test_segment_value.py", "correction"),
    "clv/_report/value_section.py": ("clv/report/test_report.py", "objections"),
    "clv/_report/pictures.py": ("clv/report/test_report.py", "draw"),
    "rfm/_frames/columns.py": ("rfm/frames/test_native.py", "new_texts"),
    "rfm/_frames/dates.py": ("rfm/frames/test_engines.py", "with_day_numbers"),
    "rfm/_frames/execution.py": ("rfm/frames/test_native.py", "fetch"),
    "rfm/_frames/types.py": ("test_types.py", "checkers"),
    "rfm/_frames/engines/arrow_batches.py": ("rfm/frames/test_engine_questions.py", "engines"),
    "rfm/_frames/engines/engine.py": ("rfm/frames/test_engines.py", "LazyEngine"),
    "rfm/_frames/engines/dask.py": ("test_engines.py", "dask"),
    "rfm/_frames/engines/duckdb.py": ("test_engines.py", "duckdb"),
    "rfm/_frames/engines/ibis.py": ("test_engines.py", "ibis"),
    "rfm/_frames/engines/pandas.py": ("rfm/frames/test_engines.py", "pandas"),
    "rfm/_frames/engines/polars.py": ("rfm/frames/test_engines.py", "polars"),
    "rfm/_frames/engines/pyarrow.py": ("test_engines.py", "pyarrow"),
    "rfm/_frames/engines/spark.py": ("rfm/frames/test_engines.py", "pyspark"),
    "clv/_values/ahead_at_draws.py": ("clv/values/test_customer_moments.py", "AheadAtDraws"),
    "clv/_values/alike_members.py": ("clv/values/test_customer_moments.py", "Alike"),
    "clv/_values/expected_ahead.py": ("clv/values/test_totals.py", "purchases"),
    "clv/_values/order_moments.py": ("clv/values/test_customer_moments.py", "order_moments"),
    "clv/_values/periods_ahead.py": ("clv/values/test_times_ahead.py", "_buys"),
    "clv/_customers.py": ("clv/test_customer_model.py", "data_columns"),
    "clv/_horizons.py": ("clv/test_customer_model.py", "as_of"),
    "clv/_laws/beta_geometric_law.py": ("clv/laws/test_bg_nbd.py", "first_coin"),
    "clv/_laws/law.py": ("clv/laws/test_law_defaults.py", "from_log"),
    "clv/_laws/law_words.py": ("clv/fits/test_fit_words.py", "alike"),
}


def mirrored(module: str) -> str:
    """The place of a module's test file: the same names without underscores in front."""
    *packages, name = (part.lstrip("_") for part in Path(module).with_suffix("").parts)
    return "/".join([*packages, f"test_{name}.py"])


def uses(path: Path, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", path.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_is_tested_at_its_mirrored_place_or_where_the_table_says(module):
    if (HERE / mirrored(module)).exists():
        assert module not in COVERED, "it has a test file of its own"
        return
    assert module in COVERED, f"no tests/{mirrored(module)}, and no line in the table"
    file, name = COVERED[module]
    assert uses(HERE.parent / module, name)
    assert uses(HERE / file, name)


def test_the_table_has_no_modules_that_are_gone():
    assert set(COVERED) <= set(SOURCES)
