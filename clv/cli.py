"""The command `rfm-clv`: a thin layer over the library's functions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from clv.findings import Findings, alive_sentence, find, parameters, top_customers
from clv.reporting import write_report
from rfm import datasets
from rfm.errors import DataError
from rfm.transactions import Transactions

__all__ = ["main"]

STEPS = 5
EXAMPLES = """examples:
  rfm-clv demo                      CDNOW's 23,570 customers: a summary here, a report and a table beside it
  rfm-clv demo --out results        … written to the folder results
  rfm-clv report orders.csv --customer CustomerID --date InvoiceDate --amount Revenue
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit code: 0 done; 1 the data cannot be read or hold too little; 2 the command cannot be understood.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except DataError as error:
        print(f"rfm-clv: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rfm-clv",
        description="Score, segment and value customers from a table of orders.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rfm-clv {version('rfm-clv')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    demo = commands.add_parser("demo", help="the whole road on CDNOW's real customers")
    demo.add_argument("--out", type=Path, default=Path(), help="folder for the report and the table (default: here)")
    demo.set_defaults(run=_demo)
    return parser


def _demo(options: argparse.Namespace) -> int:
    """CDNOW's full log, from orders to a year's value."""
    print("CDNOW, an online music shop: every order of 1997-01 to 1998-06 by those who first bought in early 1997.")
    options.out.mkdir(parents=True, exist_ok=True)
    found, report = _work(Transactions(datasets.cdnow()), options.out / "rfm-clv-report.html")
    customers = options.out / "customers.csv"
    found.table.to_csv(customers, index=False)
    print(_summary(found))
    print(f"\nReport     {report.resolve()}\nCustomers  {customers.resolve()}")
    return 0


def _work(tx: Transactions, path: Path) -> tuple[Findings, Path]:
    """Find and write, with a line of progress."""
    with tqdm(total=STEPS, bar_format="{n_fmt}/{total_fmt} {desc} [{elapsed}]", leave=False) as bar:

        def progress(step: str) -> None:
            bar.update(0 if bar.desc == "" else 1)
            bar.set_description_str(step)

        found = find(tx, progress=progress)
        return found, write_report(found, path, progress=progress)


def _summary(found: Findings) -> str:
    """What the terminal shows: the base, the segments, the laws, the ten most valuable customers."""
    table = found.table
    head = (
        f"\n{len(table):,} customers, {found.kept_rows:,} orders, {found.first_day} to {found.as_of}."
        f"\nSpent so far {table['monetary'].sum():,.0f}; worth in the next {found.horizon} "
        f"{table['clv'].sum():,.0f} (at {found.discount_rate:.0%} a year)."
        f"\n{alive_sentence(found)}"
    )
    segments = found.segments.assign(
        **{name: found.segments[name].map("{:.1%}".format) for name in found.segments if name.startswith("share")},
        clv_per_customer=found.segments["clv_per_customer"].map("{:,.2f}".format),
        p_alive=found.segments["p_alive"].map("{:.0%}".format),
    )
    shown = ["segment", "customers", "share_of_customers", "share_of_spend", "share_of_clv", "clv_per_customer", "p_alive"]
    top = ["customer_id", "segment", "frequency", "last_purchase", "monetary", "p_alive", "expected_purchases",
           "expected_spend", "clv"]  # fmt: skip
    best = top_customers(table)[top].round({"p_alive": 3, "expected_purchases": 1, "expected_spend": 2, "clv": 0})
    return "\n".join(
        [
            head,
            _block("Segments: share of customers, of past spend and of predicted value", segments[shown]),
            _block(f"Parameters (time in {found.model.unit})", parameters(found).round(4)),
            _block(f"The ten most valuable customers of the next {found.horizon}", best),
        ]
    )


def _block(title: str, frame: pd.DataFrame) -> str:
    return f"\n{title}\n{frame.to_string(index=False)}"
