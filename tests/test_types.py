"""Frame in, frame out for type checkers: a small user program, checked by mypy and by pyright."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = '''
import pandas as pd
import polars as pl
from typing_extensions import assert_type

import clv
import rfm

log = pd.DataFrame({"customer_id": [1], "date": ["2024-01-05"], "amount": [9.0]})
assert_type(rfm.summarize(log), pd.DataFrame)
assert_type(rfm.score(log), pd.DataFrame)
assert_type(rfm.segment(log, scheme="value"), pd.DataFrame)
assert_type(rfm.snapshots(log, every="1M"), pd.DataFrame)
assert_type(clv.summarize(log), pd.DataFrame)
assert_type(clv.predict(log), pd.DataFrame)
assert_type(clv.customer_table(log, horizon="26W"), pd.DataFrame)

tx = rfm.Transactions(log, bad_rows="drop")
assert_type(tx, rfm.Transactions[pd.DataFrame])
assert_type(tx.audit, pd.DataFrame)
segmented = rfm.segment(tx)
assert_type(segmented, pd.DataFrame)
assert_type(rfm.profile(segmented), pd.DataFrame)
assert_type(rfm.Scheme.load("classic").assign(rfm.score(tx)), pd.DataFrame)

lazy = pl.LazyFrame()
assert_type(rfm.segment(lazy), pl.LazyFrame)
assert_type(clv.segment_value(clv.customer_table(rfm.Transactions(lazy))), pl.LazyFrame)
assert_type(clv.prioritize(clv.customer_table(rfm.Transactions(lazy)), 5).contacts, pl.LazyFrame)

model = clv.fit(log, unit="W", end="2024-06-30")
assert_type(model, clv.CustomerModel[pd.DataFrame])
assert_type(model.customers, pd.DataFrame | None)
assert_type(model.predict(horizon="52W"), pd.DataFrame)
assert_type(model.predict("52W", 0.1, margin=0.3, interval=0.9), pd.DataFrame)
assert_type(model.predict(customers=clv.summarize(lazy)), pl.LazyFrame)
assert_type(model.due(0.3), pd.DataFrame)
assert_type(model.due(customers=clv.summarize(lazy)), pl.LazyFrame)
assert_type(model.total(by=segmented, interval=0.9), pd.DataFrame)
assert_type(model.total("segment", customers=clv.customer_table(lazy, model=model)), pd.DataFrame)
assert_type(model.forecast("26W", every="1M"), pd.DataFrame)
assert_type(model.new_customer("52W").expected_purchases, float)
assert_type(clv.fit(tx).predict(), pd.DataFrame)
assert_type(clv.fit(lazy).predict(), pl.LazyFrame)
assert_type(clv.fit_summary(clv.summarize(lazy), unit="W").due(), pl.LazyFrame)
assert_type(clv.load("model.json").predict(customers=clv.summarize(log)), pd.DataFrame)
assert_type(clv.backtest(tx).table, pd.DataFrame)
assert_type(clv.check(log), pd.DataFrame)
fit = clv.fit_law(clv.BGNBD, clv.summarize(lazy))
assert_type(fit, clv.Fit[clv.BGNBD])
assert_type(fit.law.posterior(2, 30.0, 39.0), clv.BGNBD)
assert_type(clv.fit_law(clv.GammaGamma, clv.summarize(log)).law, clv.GammaGamma)
assert_type(model.purchases.law, clv.PurchaseLaw)
clv.plot.p_alive_matrix(model)
clv.plot.heterogeneity(model.purchases)
clv.plot.spend_density(clv.GammaGamma(6.0, 4.0, 15.0), clv.summarize(log))
clv.plot.p_alive_history(fit.law, tx, 1, unit="W")


def later(tx: rfm.Transactions) -> int:
    """Without its frame's type, a log is of any."""
    return len(rfm.segment(tx))


def fitted(model: clv.CustomerModel) -> int:
    """So is a model."""
    return len(model.predict())
'''
WRONG = {
    "a file": 'rfm.segment("orders.csv")',
    "a scheme for a day": "rfm.segment(log, scheme=5)",
    "no option": "clv.customer_table(log, horizn='52W')",
    "a method of another frame": "rfm.segment(log).with_columns()",
    "a method of another frame, of a model's own customers": "clv.fit(log).predict().with_columns()",
    "a method of another frame, of customers given": "model.due(customers=clv.summarize(lazy)).iloc[0]",
    "a model of a file": 'clv.fit("orders.csv")',
    "a log for a horizon": "model.predict(log)",
    "a file for customers": 'model.predict(customers="customers.csv")',
    "a parameter of another law": "fit.law.beta",
    "a log for a model": "clv.plot.p_alive_matrix(log)",
}


def checked(checker: str, program: Path) -> subprocess.CompletedProcess[str]:
    """What a type checker says of a program, with the packages as they are here."""
    root = Path(__file__).parents[1]
    if checker == "mypy":
        cache = program.parent / "cache"
        command = [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--follow-imports=silent",
            f"--cache-dir={cache}",
        ]
        environment = {"MYPYPATH": str(root)}
    else:
        command, environment = (
            [str(shutil.which(checker)), "--pythonpath", sys.executable, "--level", "error"],
            {},
        )
        (program.parent / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{root.as_posix()}"]}}')
    return subprocess.run(
        [*command, str(program)], capture_output=True, text=True, cwd=program.parent, check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "basedpyright"])
def test_a_program_of_a_user_type_checks(checker, tmp_path):
    if checker == "mypy":
        pytest.importorskip("mypy")
    elif shutil.which(checker) is None:
        pytest.skip(f"{checker} is not installed")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM + "\n".join(WRONG.values()) + "\n")
    found = checked(checker, program)
    refused = {int(line) for line in re.findall(r"program\.py:(\d+):.*\berror\b", found.stdout)}
    first = PROGRAM.count("\n") + 1
    assert refused == set(range(first, first + len(WRONG))), found.stdout + found.stderr
