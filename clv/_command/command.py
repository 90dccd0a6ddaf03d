"""The command `rfm-clv`: what it does, step by step, and its exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from tqdm import tqdm

from clv._command.asked import BOOK, CUSTOMERS, FOLDER, MOVES, REPORT
from clv._command.attributes import read_attributes
from clv._command.columns_taken import which_columns
from clv._command.customers_file import read_customers, write_customers
from clv._command.hints import in_command_words
from clv._command.moved import moves_sentences, write_moves
from clv._command.orders import Orders, open_orders
from clv._command.parser import make_parser
from clv._command.read_orders import ReadOrders, given_log, read_orders
from clv._command.screen import complain, forget_output, say
from clv._command.summary import said, summary
from clv._customer_model import load
from clv._fits.prior import Prior
from clv._report.cautions import sentences, text_of
from clv._report.findings import Findings, find
from clv._report.language import Language, english_file
from clv._report.money import NO_BRAND, Brand
from clv._report.moves import moved_customers
from clv._report.report import write_report
from clv._report.wording import Wording
from clv._report.workbook import check_workbook, write_report_workbook
from rfm import datasets
from rfm._defaults import SCHEME
from rfm._dynamics.segment_change_words import LANGUAGES
from rfm._saved_files import check_folder, check_writable
from rfm._schemes.scheme import as_scheme
from rfm._spreadsheets import changes_in_words
from rfm.errors import DataError, plain

__all__ = ["main"]

STEPS: Final = 9
INTERRUPTED: Final = 130  # as shells report a process that was interrupted …
NO_READER: Final = 141  # … and one whose output nobody reads any more
NEXT: Final = (
    "rfm-clv report orders.csv --customer CustomerID --date InvoiceDate --amount Revenue   (your own file)"
)
OF_THE_FIT: Final = ("season", "entry_after", "spend_orders", "prior", "value_per_order")


@dataclass(frozen=True)
class Job:
    """What is to be written where, and said."""

    out: Path
    language: Language
    brand: Brand = NO_BRAND
    raw_ids: bool = False
    workbook: Path | None = None
    previous: pd.DataFrame | None = None


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
        options = make_parser().parse_args(arguments)
        code = COMMANDS[options.command](options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except DataError as error:
        complain(in_command_words(str(error)))
        return 1
    except BrokenPipeError:
        forget_output()
        return NO_READER
    except KeyboardInterrupt:
        complain("interrupted.")
        return INTERRUPTED
    except OSError as error:
        forget_output()
        complain(f"the output cannot be written: {error.strerror or error}.")
        return 1
    except Exception as error:  # a fault of this library, which is shown whole where it was asked for
        if os.environ.get("RFM_CLV_TRACEBACK"):
            traceback.print_exc()
        complain(
            f"unexpected {type(error).__name__}: {plain(str(error))}. Hint: please report it, with what "
            "RFM_CLV_TRACEBACK=1 rfm-clv … prints."
        )
        return 1


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
    language = Language.load(options.language)
    _check_places(options.out)
    say(
        "CDNOW, an online music shop: every order of 1997-01 to 1998-06 by those who first bought in early 1997."
    )
    code = _work(given_log(datasets.cdnow()), {}, Job(options.out, language))
    say(f"Next       {NEXT}")
    return code


def _report(options: argparse.Namespace) -> int:
    """A file of orders, from its rows to a year's value."""
    language = Language.load(options.language)
    scheme = options.scheme if options.scheme is SCHEME else as_scheme(options.scheme)
    _check_places(options.out, moves=options.previous is not None)
    if options.workbook is not None:
        _check_workbook(options.workbook)
    job = Job(
        options.out,
        language,
        Brand.of(options.shop, options.currency_sign),
        options.raw_ids,
        options.workbook,
        None if options.previous is None else read_customers(options.previous, language),
    )
    model = _model(options)
    orders = open_orders(options)
    if orders.taken is None:
        complain(which_columns(options.file, orders.names))
        return 2
    return _work(read_orders(orders, options), _terms(options, orders, scheme, model), job)


def _model(options: argparse.Namespace) -> Any:
    """The name of a law, or the model of a file; with it nothing is fitted.

    Raises
    ------
    DataError
    """
    if not options.model.endswith(".json"):
        return options.model
    for name in OF_THE_FIT:
        if getattr(options, name) not in (None, False, "none"):
            raise DataError(
                f"{name}= is an option of the fit, and {Path(options.model).name} holds a fitted model. "
                f"Hint: leave it out, or fit again with --model and the name of a law."
            )
    return load(options.model)


def _terms(options: argparse.Namespace, orders: Orders, scheme: Any, model: Any) -> dict[str, Any]:
    """What is computed, as options of `clv.report`."""
    terms = {
        "horizon": options.horizon,
        "discount_rate": options.rate,
        "model": model,
        "scheme": scheme,
        "interval": options.interval,
        "entry_after": options.entry_after,
        "spend_orders": options.spend_orders or "repeat",
        "price_growth": options.price_growth,
        "value_per_order": options.value_per_order,
        "season": None if options.season == "none" else options.season,
        "prior": Prior() if options.prior else None,
    }
    if options.attributes is not None and orders.taken is not None:
        terms["attributes"] = read_attributes(options.attributes, str(orders.taken.columns["customer"]))
    return terms


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


def _check_places(out: Path, moves: bool = False) -> None:
    """Refuse a folder to which the files cannot be written, before anything is read or fitted.

    Raises
    ------
    DataError
    """
    check_folder(out, FOLDER)
    if out.exists():
        for name in (REPORT, CUSTOMERS, *([MOVES] if moves else [])):
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


def _work(reading: AbstractContextManager[ReadOrders], terms: Mapping[str, Any], job: Job) -> int:
    """Analyse, write and print, with a progress bar."""
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        with reading as read:
            found, report, changed = _written(read, terms, job)
            for note in read.notes:
                say(plain(note))
            say(summary(found))
    for note in found.cautions_on("data"):
        say(f"\nNote: {plain(in_command_words(note))}")
    _say_moves(found, job)
    known = said(found) | set(found.cautions_on("data"))
    notes = [
        text
        for text in dict.fromkeys(sentences([text_of(each.message) for each in noticed]))
        if text not in known
    ]
    for note in [*notes, *changes_in_words(changed, CUSTOMERS)]:
        say(f"\nNote: {plain(in_command_words(note))}")
    _say_places(report, job)
    return 0


def _written(
    read: ReadOrders, terms: Mapping[str, Any], job: Job
) -> tuple[Findings, Path, dict[str, list[str]]]:
    """The findings, the report's path, and what was changed in the table of customers; all are written."""
    with tqdm(total=STEPS, bar_format="{desc}  {n_fmt}/{total_fmt} [{elapsed}]") as bar:

        def progress(step: str) -> None:
            bar.update(bar.desc != "")
            bar.set_description_str(step)

        found = find(read.log, some=read.some, previous=job.previous, progress=progress, **terms)
        _make(job.out)
        report = write_report(found, job.out / REPORT, job.language, brand=job.brand, progress=progress)
        changed = write_customers(found, job.out / CUSTOMERS, job.language, job.raw_ids)
        if job.workbook is not None:
            write_report_workbook(found, job.workbook, job.language)
        bar.update()
        bar.set_description_str("Done")
    return found, report, changed


def _say_moves(found: Findings, job: Job) -> None:
    """Write and say who moved since the earlier table, if one was given."""
    if job.previous is not None:
        code = job.language.code
        moved = moved_customers(
            job.previous, found.table, found.scheme, language=code if code in LANGUAGES else "en"
        )
        write_moves(moved, job.out / MOVES, Wording(job.language, found.scheme), job.raw_ids)
        say("\n" + "\n".join(moves_sentences(moved, len(found.table))))


def _say_places(report: Path, job: Job) -> None:
    """Where the files are."""
    files = {"Report": report, "Customers": job.out / CUSTOMERS}
    if job.previous is not None:
        files["Moves"] = job.out / MOVES
    if job.workbook is not None:
        files["Workbook"] = job.workbook
    say("\n" + "\n".join(f"{name:<10} {plain(str(path.resolve()))}" for name, path in files.items()))


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "demo": _demo,
    "report": _report,
    "words": _words,
}
