"""The command `rfm-clv`: a thin layer over the library's functions."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO, get_args

import pandas as pd
from tqdm import tqdm

from clv._choice.candidates import AUTO, is_auto
from clv._files import FileFormat, read_table, suggest
from clv._files.opened import opened
from clv._files.text_files import find_layout
from clv._fits.prior import Prior
from clv._large_files.large_log import LargeLog, large_log
from clv._large_files.size import is_large, is_parquet, parquet_columns
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law, laws_of
from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom
from clv._report.cautions import sentences, text_of
from clv._report.command_sentences import (
    alive_sentence,
    backtest_sentence,
    caution_lines,
    left_out_sentence,
    objection_lines,
)
from clv._report.customers_at_risk import at_risk_columns, customers_at_risk
from clv._report.findings import Findings, find, parameters, top_customers
from clv._report.interval_sentences import correction_of, held_sentence, source_of
from clv._report.language import Language, built_in_languages, english_file
from clv._report.report import ENGLISH, write_report
from clv._report.wording import Wording
from clv._report.workbook import check_workbook, write_report_workbook
from clv._season.choice import CHOICES
from clv._season.season_words import season_note
from clv._spend_choice import spend_lines
from clv._spend_orders import SpendOrders
from clv._units import PERIODS
from rfm import datasets
from rfm._defaults import SCHEME
from rfm._orders.transactions import Returns, Transactions
from rfm._saved_files import check_folder, check_writable
from rfm._schemes.scheme import as_scheme
from rfm._spreadsheets import changes_in_words, write_csv
from rfm.errors import DataError, plain, printable

__all__ = ["main"]

STEPS = 9
COLUMNS = ("customer", "date", "amount")
NEEDED = ("customer", "date")
READING = ("consent", "date_format", "bad_rows", "returns")  # options of the log, as the library names them
REPORT, CUSTOMERS = "rfm-clv-report.html", "customers.csv"
BOOK = "--workbook names a file such as report.xlsx in a folder to which files can be written"
FOLDER = "--out names a folder to which files can be written"
INTERRUPTED: Final = 130  # as shells report a process that was interrupted …
NO_READER: Final = 141  # … and one whose output nobody reads any more
WIDEST: Final = 60  # characters of a text in a printed table
NONE = "none"  # --amount none reads no money
SHOWN = {
    **dict.fromkeys(("share_of_customers", "share_of_spend", "share_of_clv"), "{:.1%}"),
    "clv_per_customer": "{:,.2f}",
    "p_alive": "{:.0%}",
}
HOLDS: Final[dict[IntervalFrom, str]] = {
    LAW: "if the laws hold",
    PAST: "with the errors that the law made on this log before",
    TYPICAL: "with errors that are typical of other logs",
}
NEXT = "rfm-clv report orders.csv --customer CustomerID --date InvoiceDate --amount Revenue   (your own file)"
DIGITS = {"p_alive": 3, "expected_purchases": 1, "expected_spend": 2,
          **dict.fromkeys(("purchases_if_alive", "purchases_at_risk"), 1),
          **dict.fromkeys(("clv", "usual_gap", "value_if_alive", "value_at_risk"), 0)}  # fmt: skip
RISKY = ("customer_id", "segment", "last_purchase", "recency", "usual_gap", "p_alive")
AT_RISK = "Most at risk: repeat buyers inactive for longer than usual, with P(alive) of 20% to 80%"
RAW = argparse.RawDescriptionHelpFormatter
DEMO_EXAMPLES = """examples:
  rfm-clv demo                      CDNOW's 23,570 customers: a summary here, with a report and a table
  rfm-clv demo --out results        … written to the folder results
"""
REPORT_EXAMPLES = """examples:
  rfm-clv report orders.csv         lists the columns it finds
  rfm-clv report orders.csv --customer CustomerID --date InvoiceDate --amount Revenue
  rfm-clv report orders.parquet --customer id --date day --amount paid --horizon 12M --language zh-Hant --out results
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
        The exit code: 0 done; 1 the data cannot be read or are too few, or a file cannot be written; 2 the command is
        invalid; 130 it was interrupted; 141 nobody reads its output any more.
    """
    try:
        options = _parser().parse_args(arguments)
        code = int(options.run(options))
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except DataError as error:
        _complain(str(error))
        return 1
    except BrokenPipeError:
        _forget_output()
        return NO_READER
    except KeyboardInterrupt:
        _complain("interrupted.")
        return INTERRUPTED
    except OSError as error:
        _forget_output()
        _complain(f"the output cannot be written: {error.strerror or error}.")
        return 1
    except Exception as error:  # a fault of this library, which is shown whole where it was asked for
        if os.environ.get("RFM_CLV_TRACEBACK"):
            traceback.print_exc()
        _complain(
            f"unexpected {type(error).__name__}: {plain(str(error))}. Hint: please report it, with what "
            "RFM_CLV_TRACEBACK=1 rfm-clv … prints."
        )
        return 1


def _say(text: str, file: TextIO | None = None) -> None:
    """Print text whose lines hold no character that a terminal obeys or its encoding lacks."""
    stream = sys.stdout if file is None else file
    if stream is None:  # it was closed before the start
        return
    lines = "\n".join(map(printable, text.split("\n")))
    encoding = stream.encoding or "utf-8"
    print(lines.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def _complain(text: str) -> None:
    """Print an error to the standard error output."""
    if sys.stderr is not None:
        _say(f"rfm-clv: {text}", sys.stderr)


def _forget_output() -> None:
    """Send what is still to be printed nowhere, or Python complains about it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return  # it is no file of the system, so nothing is left to be printed


class _Parser(argparse.ArgumentParser):
    """A parser whose errors hold no character that a terminal obeys."""

    def error(self, message: str) -> NoReturn:
        super().error(plain(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rfm-clv",
        description="Score, segment and value customers from a table of orders.",
        epilog=DEMO_EXAMPLES + REPORT_EXAMPLES.removeprefix("examples:\n"),
        formatter_class=RAW,
    )
    parser.add_argument("--version", action="version", version=f"rfm-clv {version('rfm-clv')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    demo = commands.add_parser(
        "demo",
        help="the whole analysis on CDNOW's real customers",
        epilog=DEMO_EXAMPLES,
        formatter_class=RAW,
    )
    demo.add_argument(
        "--out", type=Path, default=Path(), help="folder for the report and the table (default: here)"
    )
    demo.set_defaults(run=_demo)
    _add_report(commands)
    words = commands.add_parser(
        "words",
        help="print the report's English as a language file, to be translated",
        epilog="example:\n  rfm-clv words > fr.toml         translate it, then: rfm-clv report … --language fr.toml\n",
        formatter_class=RAW,
    )
    words.set_defaults(run=_words)
    return parser


def _law_name(name: str) -> str:
    """The name of a purchase law, or "auto"."""
    try:
        if not is_auto(name):
            as_purchase_law(name)
    except DataError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    """The command `report` and its options."""
    report = commands.add_parser(
        "report",
        help="the same for your own file of orders",
        epilog=REPORT_EXAMPLES,
        formatter_class=RAW,
    )
    report.add_argument("file", type=Path, help="CSV, Parquet or Excel")
    for part in COLUMNS:
        less = '; leave it out if the file has none, or "none" to read no money' if part == "amount" else ""
        report.add_argument(f"--{part}", metavar="COLUMN", help=f"the column of the {part}{less}")
    report.add_argument(
        "--consent",
        metavar="COLUMN",
        help="the column that says who may be used: yes or no, 1 or 0, true or false",
    )
    report.add_argument("--date-format", help='how dates are written, for instance "%%d/%%m/%%Y"')
    report.add_argument(
        "--bad-rows", choices=["raise", "drop"], default="raise", help="rows that cannot be read"
    )
    report.add_argument(
        "--returns",
        choices=get_args(Returns),
        default="net",
        help='negative amounts: "net" treats them as returns, "keep" as purchases (for example, of negative profit)',
    )
    report.add_argument("--horizon", default="52W", help='how far ahead: "52W", "365D", "12M" (default: 52W)')
    report.add_argument("--rate", type=float, default=0.10, help="annual discount rate (default: 0.10)")
    report.add_argument(
        "--value-per-order",
        type=float,
        metavar="MONEY",
        help="the value of every order, in place of amounts",
    )
    report.add_argument(
        "--model",
        type=_law_name,
        default=AUTO,
        metavar="LAW",
        help=f'the purchase law: "auto" chooses the one that predicts held-out parts of the file best; or one of '
        f"{', '.join(laws_of(PurchaseLaw))}; mbg-cnbd and bg-cnbd, for regular buyers, choose k; mbg-cnbd-2 has k = 2 "
        "(default: auto)",
    )
    report.add_argument(
        "--season",
        choices=("none", *CHOICES),
        default="none",
        help='the season of the shop, learned from two years or more: "auto" keeps one only if it predicts better '
        "(default: none)",
    )
    report.add_argument(
        "--entry-after",
        metavar="TIME",
        help='for a file that begins in the middle of its customers\' histories: "auto", or a time such as 26W',
    )
    report.add_argument(
        "--price-growth",
        type=float,
        default=0.0,
        metavar="RATE",
        help="annual rate at which order values have grown and will grow: 0.03 for 3%% (default: 0)",
    )
    report.add_argument(
        "--spend-orders",
        choices=get_args(SpendOrders),
        default="repeat",
        help="the orders that say what a customer's later orders are worth: repeat orders, all (the first too), or "
        "those that predict better (default: repeat)",
    )
    report.add_argument("--scheme", default=SCHEME, help="a built-in segment scheme, or a TOML file")
    report.add_argument(
        "--language",
        default="en",
        help=f"of the report: {', '.join(built_in_languages())}, or your own language file (default: en)",
    )
    report.add_argument(
        "--out", type=Path, default=Path(), help="folder for the report and the table (default: here)"
    )
    report.add_argument(
        "--raw-ids",
        action="store_true",
        help=f"write the ids to {CUSTOMERS} as they are, also those that a spreadsheet would run as formulas",
    )
    report.add_argument(
        "--prior",
        action="store_true",
        help="weak priors on the laws' parameters, for files that say little of whether customers leave (clv.Prior)",
    )
    report.add_argument(
        "--workbook",
        type=Path,
        metavar="FILE",
        help="an Excel file (.xlsx) of the report's tables and all customers, as well (needs openpyxl)",
    )
    report.set_defaults(run=_report)


def _words(options: argparse.Namespace) -> int:
    """The file that a translation starts from."""
    text, stream = english_file(), getattr(sys.stdout, "buffer", None)
    if stream is None:  # standard output is closed, or is no file
        print(text, end="")
    else:
        stream.write(text.encode("utf-8"))  # TOML is UTF-8, whatever the terminal is
    return 0


def _demo(options: argparse.Namespace) -> int:
    """CDNOW's full log, from orders to a year's value."""
    _check_places(options.out)
    _say(
        "CDNOW, an online music shop: every order of 1997-01 to 1998-06 by those who first bought in early 1997."
    )
    code = _work(lambda: nullcontext(LargeLog(datasets.cdnow(), None)), options.out, {}, ENGLISH)
    _say(f"Next       {NEXT}")
    return code


def _report(options: argparse.Namespace) -> int:
    """A file of orders, from its rows to a year's value."""
    language = Language.load(options.language)
    scheme = options.scheme if options.scheme is SCHEME else as_scheme(options.scheme)
    _check_places(options.out)
    if options.workbook is not None:
        _check_workbook(options.workbook)
    mapped = {part: getattr(options, part) for part in COLUMNS}
    names = _column_names(options.file)
    looks = suggest(names)
    if mapped["amount"] == NONE and NONE not in names:
        mapped["amount"] = None
    elif mapped["amount"] is None and "amount" in looks:
        mapped |= dict.fromkeys(NEEDED)  # it has amounts, but columns are not guessed
    if None in (mapped[part] for part in NEEDED):
        _complain(_which_columns(options.file, names))
        return 2
    terms = {
        "horizon": options.horizon,
        "discount_rate": options.rate,
        "model": options.model,
        "scheme": scheme,
        "entry_after": options.entry_after,
        "spend_orders": options.spend_orders,
        "price_growth": options.price_growth,
        "value_per_order": options.value_per_order,
        "season": None if options.season == NONE else options.season,
        "prior": Prior() if options.prior else None,
    }
    read = {name: getattr(options, name) for name in READING}
    return _work(
        lambda: _log(options.file, {**mapped, **read}),
        options.out,
        terms,
        language,
        keep=("customer_id",) if options.raw_ids else (),
        workbook=options.workbook,
    )


def _column_names(path: Path) -> list[str]:
    """The columns of a file; of a large one from its beginning alone."""
    if not is_large(path):
        return [str(name) for name in read_table(path)]
    if is_parquet(path):
        return parquet_columns(path)
    return list(find_layout(partial(opened, path), path, FileFormat()).names)


def _log(path: Path, read: dict[str, Any]) -> AbstractContextManager[LargeLog]:
    """The orders of a file: at once, or through DuckDB where it is large."""
    if is_large(path):
        return large_log(path, FileFormat(), read)
    return nullcontext(LargeLog(Transactions(read_table(path, read["customer"]), **read), None))


def _check_workbook(path: Path) -> None:
    """Refuse a workbook that cannot be written, before anything is read or fitted.

    Raises
    ------
    DataError
    """
    try:
        check_workbook(path, BOOK)
    except ImportError as error:
        raise DataError(str(error)) from error


def _check_places(out: Path) -> None:
    """Refuse a folder to which the two files cannot be written, before anything is read or fitted.

    Raises
    ------
    DataError
    """
    check_folder(out, FOLDER)
    if out.exists():
        for name in (REPORT, CUSTOMERS):
            check_writable(out / name, FOLDER)


def _make(folder: Path) -> None:
    """Make the folder, with its parents.

    Raises
    ------
    DataError
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise DataError(
            f"{folder} cannot be written: {reason.strerror or reason}. Hint: {FOLDER}."
        ) from reason


def _which_columns(file: Path, columns: list[str]) -> str:
    """Columns are not guessed: list those in the file, and the command that would use the likely ones."""
    looks = suggest(columns)
    parts = [part for part in COLUMNS if part in NEEDED or part in looks]
    words = " ".join(f"--{part} {shlex.quote(looks[part]) if part in looks else '…'}" for part in parts)
    fact = plain(
        f"name the columns of the customer, the date and the amount. {file.name} has: {', '.join(columns)}."
    )
    return f"{fact}\nHint: rfm-clv report {shlex.quote(str(file))} {words}"


def _work(
    read: Callable[[], AbstractContextManager[LargeLog]],
    out: Path,
    terms: dict[str, Any],
    language: Language,
    keep: tuple[str, ...] = (),
    workbook: Path | None = None,
) -> int:
    """Analyse, write and print, with a progress bar; ``keep``: columns of `write_csv`."""
    with (
        warnings.catch_warnings(record=True) as noticed,
        read() as log,
    ):
        warnings.simplefilter("always")
        with tqdm(total=STEPS, bar_format="{desc}  {n_fmt}/{total_fmt} [{elapsed}]") as bar:

            def progress(step: str) -> None:
                bar.update(bar.desc != "")
                bar.set_description_str(step)

            found = find(log.tx, some=log.some, progress=progress, **terms)
            _make(out)
            report = write_report(found, out / REPORT, language, progress=progress)
            customers = out / CUSTOMERS
            changed = write_csv(found.table, customers, FOLDER, keep)
            if workbook is not None:
                write_report_workbook(found, workbook, language)
            bar.update()
            bar.set_description_str("Done")
        _say(_summary(found))
    said = _said(found)
    for note in found.cautions_on("data"):
        if note not in said:
            _say(f"\nNote: {plain(note)}")
    said |= set(found.cautions_on("data"))
    for note in dict.fromkeys(sentences([text_of(warning.message) for warning in noticed])):
        if note not in said:
            _say(f"\nNote: {plain(note)}")
    for note in changes_in_words(changed, CUSTOMERS):
        _say(f"\nNote: {plain(note)}")
    _say(f"\nReport     {plain(str(report.resolve()))}\nCustomers  {plain(str(customers.resolve()))}")
    if workbook is not None:
        _say(f"Workbook   {plain(str(workbook.resolve()))}")
    return 0


def _said(found: Findings) -> set[str]:
    """The warnings that the summary prints beside the numbers that they touch."""
    return {*caution_lines(found), *found.cautions_on("segments"), *found.cautions_on_tested}


def _summary(found: Findings) -> str:
    """The terminal's summary: the customer base, cautions, segments, laws, customers of interest."""
    table = found.table
    head = (
        f"\n{len(table):,} customers, {found.orders:,} orders in {found.rows:,} rows, "
        f"{found.first_day} to {found.as_of}."
    )
    season = found.model.season
    choice = found.model.choice
    conclusions = [
        held_sentence(found),
        _corrected(found),
        *_care(caution_lines(found)),
        alive_sentence(found),
        "" if choice is None else str(choice.sentence),
        backtest_sentence(found),
        *_care(found.cautions_on_tested),
        "" if season is None else str(season_note(season)),
        *_care(objection_lines(found)),
    ]
    segments = found.segments.copy()
    for name, form in SHOWN.items():
        if name in segments:
            segments[name] = segments[name].map(form.format)
    shown = [name for name in ("segment", "customers", *SHOWN) if name in segments]
    top = ["customer_id", "segment", "frequency", "last_purchase", "monetary", "p_alive", "expected_purchases",
           "expected_spend", "clv"]  # fmt: skip
    best = top_customers(table)[[name for name in top if name in table]].round(DIGITS)
    risky = customers_at_risk(table)
    return "\n".join(
        [
            head,
            *filter(None, (left_out_sentence(found), _money_sentence(found), *conclusions)),
            _block(_segments_title(segments), segments[shown]),
            *_care(found.cautions_on("segments")),
            _block(f"Parameters (time in {PERIODS[found.model.unit]})", _fitted(found)),
            *spend_lines(found.model.spend_orders, found.model.spend_note),
            _block(f"{_best_title(table)} of the next {_horizon(found)}", best),
            *(
                [_block(AT_RISK, risky[[*RISKY, *at_risk_columns(table)]].round(DIGITS))]
                if len(risky)
                else []
            ),
        ]
    )


def _care(lines: Sequence[str]) -> list[str]:
    """Cautions, under the number that they touch."""
    return [f"Take care: {line}" for line in lines]


def _horizon(found: Findings) -> str:
    return Wording(ENGLISH, found.scheme).time(found.horizon)


def _fitted(found: Findings) -> pd.DataFrame:
    """The parameters to four decimals; a diverging estimate does not put the others into scientific notation."""
    fitted = parameters(found)
    numbers = ["estimate", "standard_error"]
    fitted[numbers] = fitted[numbers].map(lambda x: f"{x:.4f}" if abs(x) < 1e5 else f"{x:.4g}")
    return fitted


def _grown(found: Findings) -> str:
    return (
        f", at order values that grow by {100 * found.price_growth:.3g}% a year" if found.price_growth else ""
    )


def _corrected(found: Findings) -> str:
    """What was corrected in the total; empty if nothing was."""
    factors = " and ".join(
        f"{factor:.3f} times the {what}"
        for factor, what in zip(correction_of(found), ("purchases", "value"), strict=False)
    )
    return factors and (
        f"The law's totals erred in the same direction before, and correcting them helped: the totals are {factors} "
        "that the law expects."
    )


def _returned(found: Findings) -> str:
    rate = found.model.refunds.rate
    return f", less the {rate:.1%} of spend that is sent back" if rate else ""


def _segments_title(segments: pd.DataFrame) -> str:
    shares = {"share_of_spend": "of past spend", "share_of_clv": "of predicted value"}
    *first, last = ["of customers", *(words for name, words in shares.items() if name in segments)]
    return f"Segments: share {', '.join(first)} and {last}" if first else f"Segments: share {last}"


def _best_title(table: pd.DataFrame) -> str:
    return (
        "The ten most valuable customers" if "clv" in table else "The ten customers with the most purchases"
    )


def _money_sentence(found: Findings) -> str:
    """Past spend and predicted value, or purchases if the log has no amounts."""
    table, days, total = found.table, _horizon(found), found.total
    name = "clv" if "clv" in table else "purchases"
    bounds = f"{total[f'{name}_low']:,.0f} to {total[f'{name}_high']:,.0f}"
    range_ = f"90% interval {bounds}, {HOLDS[source_of(found)]}"
    if name == "clv":
        terms = f"discounted at {found.discount_rate:.0%} a year{_grown(found)}{_returned(found)}; {range_}"
        to_come = f"worth in the next {days} {total['clv']:,.0f} ({terms})"
    else:
        to_come = f"purchases in the next {days}: {total['purchases']:,.0f} ({range_})"
    if "monetary" in table:
        return f"Spent so far {table['monetary'].sum():,.0f}; {to_come}."
    return f"No amounts were read; {to_come}."


def _block(title: str, frame: pd.DataFrame) -> str:
    shown = frame.rename(columns=lambda name: _short(str(name)))
    for name in shown:
        if not pd.api.types.is_numeric_dtype(shown[name].dtype):
            shown[name] = (
                shown[name]
                .astype(object)
                .map(lambda value: _short(value) if isinstance(value, str) else value)
            )
    return f"\n{title}\n{shown.to_string(index=False)}"


def _short(text: str) -> str:
    """A text as a cell of a printed table."""
    return printable(text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…")
