"""The arguments of the command `rfm-clv`."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NoReturn, get_args

from clv._choice.candidates import AUTO, is_auto
from clv._command.asked import COLUMNS, CUSTOMERS, MOVES
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law, laws_of
from clv._report.language import built_in_languages
from clv._season.choice import CHOICES
from clv._spend_orders import SpendOrders
from rfm._defaults import SCHEME
from rfm._orders.spelled_amounts import DecimalMark
from rfm._orders.transactions import BadRows, Duplicates, FarDates, Returns
from rfm.errors import DataError, plain

__all__ = ["Parser", "make_parser"]

RAW: Final = argparse.RawDescriptionHelpFormatter
DEMO_EXAMPLES: Final = """examples:
  rfm-clv demo                      CDNOW's 23,570 customers: a summary here, with a report and a table
  rfm-clv demo --out results        … written to the folder results
"""
REPORT_EXAMPLES: Final = """examples:
  rfm-clv report orders.csv         takes the columns whose names say plainly what they are, or lists them
  rfm-clv report orders.csv --customer CustomerID --date InvoiceDate --amount Revenue
  rfm-clv report 訂單.xlsx --where "訂單狀態 not in ('已取消', '退貨')" --language zh-Hant --out results
  rfm-clv report orders.parquet --customer id --date day --amount paid --horizon 12M --previous customers.csv
"""


class Parser(argparse.ArgumentParser):
    """A parser whose errors hold no character that a terminal obeys."""

    def error(self, message: str) -> NoReturn:
        super().error(plain(message))


def make_parser() -> Parser:
    """The parser; each command's function is told by the name in ``command``."""
    parser = Parser(
        prog="rfm-clv",
        description="Score, segment and value customers from a table of orders.",
        epilog=DEMO_EXAMPLES + REPORT_EXAMPLES.removeprefix("examples:\n"),
        formatter_class=RAW,
    )
    parser.add_argument("--version", action="version", version=f"rfm-clv {version('rfm-clv')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command", dest="command")
    demo = commands.add_parser(
        "demo",
        help="the whole analysis on CDNOW's real customers",
        epilog=DEMO_EXAMPLES,
        formatter_class=RAW,
    )
    _add_places(demo)
    report = commands.add_parser(
        "report", help="the same for your own file of orders", epilog=REPORT_EXAMPLES, formatter_class=RAW
    )
    report.add_argument("file", type=Path, help="CSV, Excel, Parquet, or a web page that a shop calls .xls")
    _add_file(report.add_argument_group("the file, where it is not read rightly by itself"))
    _add_columns(report.add_argument_group("its columns"))
    _add_rows(report.add_argument_group("its rows"))
    _add_model(report.add_argument_group("what is computed"))
    _add_output(report.add_argument_group("what is written"))
    commands.add_parser(
        "words",
        help="print the report's English as a language file, to be translated",
        epilog="example:\n  rfm-clv words > fr.toml         translate it, then: rfm-clv report … --language fr.toml\n",
        formatter_class=RAW,
    )
    return parser


def _add_places(group: Any) -> None:
    group.add_argument(
        "--out", type=Path, default=Path(), help="folder for the report and the table (default: here)"
    )
    group.add_argument(
        "--language",
        default="en",
        help=f"of the report and of {CUSTOMERS}: {', '.join(built_in_languages())}, or your own language file "
        "(default: en)",
    )


def _add_file(group: Any) -> None:
    group.add_argument("--encoding", metavar="NAME", help="such as utf-8, big5, gb18030, utf-16 or cp1252")
    group.add_argument("--separator", metavar="CHARACTER", help="between the cells of a text file, or: tab")
    group.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook, by its name or number")
    group.add_argument(
        "--header", type=int, metavar="ROW", help="the row of the column names, counted from 1"
    )
    group.add_argument(
        "--decimal",
        choices=get_args(DecimalMark),
        help="the decimal mark of amounts that are written as text",
    )
    group.add_argument(
        "--date-format",
        metavar="FORMAT",
        help='how dates are written: "%%d/%%m/%%Y", "roc" for years of the Republic of China, "excel" for serial days',
    )


def _add_columns(group: Any) -> None:
    for part in COLUMNS:
        less = '; leave it out if the file has none, or "none" to read no money' if part == "amount" else ""
        group.add_argument(f"--{part}", metavar="COLUMN", help=f"the column of the {part}{less}")
    group.add_argument("--order-id", metavar="COLUMN", help="the column of the order's number")
    group.add_argument(
        "--quantity", metavar="COLUMN", help="with --price, in place of --amount: their product"
    )
    group.add_argument("--price", metavar="COLUMN", help="the price of one piece")
    group.add_argument("--currency", metavar="COLUMN", help="the currency of each amount; needs --rates")
    group.add_argument(
        "--rates",
        metavar="RATES",
        help="what one unit of each currency is worth, such as TWD=1,USD=32.5, for --currency or for amounts that name "
        "their currency",
    )
    group.add_argument(
        "--consent",
        metavar="COLUMN",
        help="the column that says who may be used: yes or no, 1 or 0, true or false",
    )


def _add_rows(group: Any) -> None:
    group.add_argument(
        "--where",
        metavar="RULE",
        help="the rows that count, such as \"status not in ('cancelled', 'returned')\"; `…` around a name with spaces",
    )
    group.add_argument(
        "--from", dest="first", metavar="DATE", help="the first day that counts, such as 2024-01-01"
    )
    group.add_argument("--until", metavar="DATE", help="the last day that counts")
    group.add_argument(
        "--duplicates",
        choices=get_args(Duplicates),
        default="keep",
        help="rows that are equal in every column (default: keep, and count them)",
    )
    group.add_argument(
        "--bad-rows", choices=get_args(BadRows), default="raise", help="rows that cannot be read"
    )
    group.add_argument(
        "--far-dates", choices=get_args(FarDates), default="raise", help="a few dates far from all others"
    )
    group.add_argument(
        "--returns",
        choices=get_args(Returns),
        default="net",
        help='negative amounts: "net" treats them as returns, "keep" as purchases (for example, of negative profit)',
    )


def _law_or_file(name: str) -> str:
    """The name of a purchase law, "auto", or a saved model's file."""
    try:
        if not is_auto(name) and not name.endswith(".json"):
            as_purchase_law(name)
    except DataError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def _add_model(group: Any) -> None:
    group.add_argument(
        "--attributes",
        type=Path,
        metavar="FILE",
        help="a table of the customers, joined by their ids, for a scheme's rules",
    )
    group.add_argument("--scheme", default=SCHEME, help="a built-in segment scheme, or a TOML file")
    group.add_argument("--horizon", default="52W", help='how far ahead: "52W", "365D", "12M" (default: 52W)')
    group.add_argument("--rate", type=float, default=0.10, help="annual discount rate (default: 0.10)")
    group.add_argument(
        "--interval",
        type=float,
        metavar="SHARE",
        help="each customer's interval, such as 0.9 (default: none)",
    )
    group.add_argument(
        "--value-per-order", type=float, metavar="MONEY", help="the value of every order, in place of amounts"
    )
    group.add_argument(
        "--model",
        type=_law_or_file,
        default=AUTO,
        metavar="LAW",
        help=f'the purchase law: "auto" chooses the one that predicts held-out parts of the file best; or one of '
        f"{', '.join(laws_of(PurchaseLaw))}; mbg-cnbd and bg-cnbd, for regular buyers, choose k; mbg-cnbd-2 has k = 2; "
        "or the file of a saved model, model.json (default: auto)",
    )
    group.add_argument(
        "--season",
        choices=("none", *CHOICES),
        default="none",
        help='the season of the shop, learned from two years or more: "auto" keeps one only if it predicts better '
        "(default: none)",
    )
    group.add_argument(
        "--entry-after",
        metavar="TIME",
        help='for a file that begins in the middle of its customers\' histories: "auto", or a time such as 26W',
    )
    group.add_argument(
        "--price-growth",
        type=float,
        default=0.0,
        metavar="RATE",
        help="annual rate at which order values have grown and will grow: 0.03 for 3%% (default: 0)",
    )
    group.add_argument(
        "--spend-orders",
        choices=get_args(SpendOrders),
        help="the orders that say what a customer's later orders are worth: repeat orders, all (the first too), or "
        "those that predict better (default: repeat)",
    )
    group.add_argument(
        "--prior",
        action="store_true",
        help="weak priors on the laws' parameters, for files that say little of whether customers leave (clv.Prior)",
    )


def _add_output(group: Any) -> None:
    _add_places(group)
    group.add_argument(
        "--previous",
        type=Path,
        metavar="FILE",
        help=f"an earlier {CUSTOMERS}: says who moved between segments since and why, in the report and in {MOVES}",
    )
    group.add_argument("--shop", metavar="NAME", help="the shop's name, for the report's title")
    group.add_argument("--currency-sign", metavar="SIGN", help="before amounts in the report, such as NT$")
    group.add_argument(
        "--raw-ids",
        action="store_true",
        help="write the ids as they are, also those that a spreadsheet would run as formulas",
    )
    group.add_argument(
        "--workbook",
        type=Path,
        metavar="FILE",
        help="an Excel file (.xlsx) of the report's tables and all customers, as well (needs openpyxl)",
    )
