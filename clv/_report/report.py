"""The report on the customers of a log of orders, in words, tables and plots, as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from os import PathLike
from pathlib import Path
from typing import Literal

import pandas as pd

import rfm.plot
from clv import plot
from clv._fit import PurchaseModel
from clv._fits.prior import Prior
from clv._report.base_section import base_section
from clv._report.cautions import OF_VALUES
from clv._report.findings import QUARTER, Findings, Progress, find
from clv._report.first_sentences import first_sentences
from clv._report.formats import table
from clv._report.language import Language
from clv._report.money import NO_BRAND, Brand
from clv._report.moved_section import moved_section
from clv._report.notes import checked, notes_on, where_cautions_stand
from clv._report.page import Card, Page, Section, render
from clv._report.segment_medians import MEDIANS, with_medians
from clv._report.value_section import value_section
from clv._report.wording import Wording
from clv._report.workbook import check_workbook, write_report_workbook
from clv._season.season import SeasonChoice
from clv._spend_orders import SpendOrders
from clv._units import UNIT_WORDS, Horizon
from rfm._defaults import SCHEME
from rfm._frames.mapping import to_pandas
from rfm._frames.types import Table as NativeTable
from rfm._orders.transactions import Transactions
from rfm._saved_files import check_writable, write_text
from rfm._schemes.scheme import Scheme

__all__ = ["report", "write_report"]

MONEY = {
    "without_amounts": "monetary",
    "without_value": "clv",
}  # words used if a column is absent
DEFINED = ("purchase", "measures", "p_alive", "clv", "at_risk")
TOTALS = ("purchases", "clv")  # of the columns of a total
PREDICTED = ("alive", "value")  # of the cards
ENGLISH = Language("en")
PLACE = 'path="report.html", in a folder where you may write'


def report(
    tx: Transactions | NativeTable,
    path: str | Path = "rfm-clv-report.html",
    *,
    as_of: str | date | None = None,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    scheme: str | Scheme = SCHEME,
    model: PurchaseModel = "auto",
    language: str | PathLike[str] = "en",
    entry_after: Horizon | None = None,
    spend_orders: SpendOrders = "repeat",
    value_per_order: float | None = None,
    season: SeasonChoice = None,
    price_growth: float = 0.0,
    covariates: NativeTable | None = None,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    spend: str | Sequence[str] = (),
    prior: Prior | None = None,
    workbook: str | Path | None = None,
    shop: str | None = None,
    currency_sign: str | None = None,
    previous: NativeTable | None = None,
) -> Path:
    """Write one self-contained HTML file on a log of orders and its customers.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`, and `amount` where money is to be read.
    path : str or Path
        The file to write.
    as_of : str or date, optional
        The last day that counts; by default the log's last day.
    horizon : str or timedelta
        How far ahead values reach: "52W", "365D", "12M".
    discount_rate : float
        Annual rate; 0.10 means that 1.10 in a year is worth 1 today.
    scheme : str or Scheme
        Of the segments: a built-in name, a TOML file, or a `rfm.Scheme`.
    model : str
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd" or "bg-bb"; by default the one that predicts held-out parts
        of this log best, which the page names (see `clv.Choice`).
    language : str or path
        The report's words: "en", "zh-Hans" or "zh-Hant"; or the path of a language file of one's own, such as
        "fr.toml", for which the command `rfm-clv words` prints the English. What a file lacks stays English.
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `clv.fit`.
    spend_orders : {"repeat", "all", "auto"}
        The orders from which the spend law knows a customer, see `clv.fit`.
    value_per_order : float, optional
        What every order is worth, in currency, in place of the log's amounts. A log without amounts, and no value
        given, makes a report of purchases only.
    season : {None, "auto", "month", "week"} or Season
        The season of the shop, see `clv.fit`; with one, the report says what it is, and forecasts month by month.
    price_growth : float
        Annual rate at which order values have grown and will grow, see `CustomerModel.predict`.
    covariates : dataframe, optional
        `customer_id` and columns that were known of each customer from the start, see `fit`. If purchases depend on
        them, there is no one picture of P(alive), and the report has none.
    purchase, dropout, spend : str or sequence of str
        The columns on which the purchase rate, the end of purchases, and the worth of orders depend.
    prior : Prior, optional
        Weak priors for logs that say little of dropout, see `clv.fit`; the backtest has them too.
    workbook : str or Path, optional
        An Excel file (.xlsx) to write as well: a sheet for each table of the report and one of all customers, in the
        report's language, with numbers and dates as such. Needs openpyxl (extra ``excel``).
    shop : str, optional
        Name of the shop, above the title.
    currency_sign : str, optional
        Such as "NT$", "¥" or "€", written on the side of the number on which the language writes it.
    previous : dataframe, optional
        An earlier table of `clv.customer_table`, such as yesterday's: the page says who moved since, and why. By
        default it says so of the log's last quarter.

    Returns
    -------
    Path
        Where the file lies. It opens offline and is the same to the byte for the same input. Its one script sorts
        tables by a click on a column's head; the page's own policy allows it by its hash and nothing else, and without
        it all is there to read.

    Raises
    ------
    DataError
        See `clv.customer_table`; or if there are no words in that language, or they cannot be filled in; or if there
        are more customers than a sheet of Excel has rows. The HTML file is then written already.
    ImportError
        If a workbook is to be written and openpyxl is not installed.

    Warns
    -----
    DataWarning
        Once, if a language file lacks texts.
    UserWarning
        Once, if the pictures' words are Chinese and no font for them is installed; they are then English.

    See Also
    --------
    customer_table : The table behind it.
    check, backtest : What the report says about its numbers.

    Notes
    -----
    One set of fits to earlier days of the log chooses the law, tests the laws on the last part, and learns how wrong
    the law's totals have been (`CustomerModel.with_past_errors`). The page says what the interval of the total
    contains, and how many past totals of this log such intervals held. What was warned of stands beside the numbers
    that it touches.

    Examples
    --------
    >>> import clv, rfm
    >>> clv.report(rfm.datasets.cdnow_sample(), "cdnow.html", language="zh-Hant")  # doctest: +SKIP
    PosixPath('cdnow.html')
    """
    loaded = Language.load(
        language
    )  # an unknown language, or a path that cannot be written, is refused at once
    brand = Brand.of(shop, currency_sign)
    check_writable(path, PLACE)
    if workbook is not None:
        check_workbook(workbook)
    found = find(
        tx,
        as_of=as_of,
        horizon=horizon,
        discount_rate=discount_rate,
        scheme=scheme,
        model=model,
        entry_after=entry_after,
        spend_orders=spend_orders,
        value_per_order=value_per_order,
        season=season,
        price_growth=price_growth,
        depends={"covariates": covariates, "purchase": purchase, "dropout": dropout, "spend": spend},
        prior=prior,
        previous=previous,
    )
    written = write_report(found, path, loaded, brand=brand)
    if workbook is not None:
        write_report_workbook(found, workbook, loaded)
    return written


def write_report(
    found: Findings,
    path: str | Path,
    language: Language = ENGLISH,
    *,
    progress: Progress = lambda step: None,
    brand: Brand = NO_BRAND,
) -> Path:
    """Write the findings as HTML; see `report`."""
    progress("Drawing the pictures and writing the report")
    page = render(compose(found, language, brand))
    write_text(
        path, page.encode("utf-8", "replace").decode("utf-8"), PLACE
    )  # a lone surrogate in an id is a "?"
    return Path(path)


def compose(found: Findings, language: Language = ENGLISH, brand: Brand = NO_BRAND) -> Page:
    """The page, before it is rendered: every number is text, every picture drawn."""
    words = _wording(found, language, brand)
    facts = _facts(found, words)
    return Page(
        language=language.code,
        shop=brand.shop,
        title=words("title"),
        subtitle=words("subtitle", **facts),
        footer=words("footer"),
        first_title=words("first.title"),
        first=first_sentences(found, words),
        cards=_cards(found, words, facts),
        notice=_notice(found, words),
        sections=(
            _segments(found, words),
            moved_section(found, words, facts),
            *base_section(found, words),
            value_section(found, words, facts),
            _trust(found, words, facts),
            _data(found, words),
            _method(found, words),
        ),
    )


def _wording(found: Findings, language: Language, brand: Brand) -> Wording:
    """The words, without those on what the log lacks."""
    blocks = [block for block, column in MONEY.items() if column not in found.table]
    if found.model.spend is not None and found.model.spend.law.constant:
        blocks.append("one_value")
    return Wording.of(language, found.scheme, brand).without(*blocks)


def _cards(found: Findings, words: Wording, facts: dict[str, str]) -> tuple[Card, ...]:
    """The headline numbers; those that the log does not give are left out."""
    return tuple(
        Card(
            facts[key],
            words(f"cards.{_card(key, found)}", **facts),
            where_cautions_stand(found, words) if key in PREDICTED else "",
        )
        for key in ("customers", "spend", "alive", "value")
        if key in facts
    )


def _card(key: str, found: Findings) -> str:
    """Which words to put under a number; a law without dropout gives no number of customers alive."""
    return "nobody_leaves" if key == "alive" and found.nobody_leaves else key


def _notice(found: Findings, words: Wording) -> str:
    """A reference to the cautions on values and P(alive); empty if there are none."""
    count = len(found.cautions_on(*OF_VALUES)) + len(found.objections)
    return words("notice.text", title=words("value.title"), count=str(count)) if count else ""


def _facts(found: Findings, words: Wording) -> dict[str, str]:
    """The numbers that the sentences name."""
    customers = found.table
    return {
        "customers": f"{len(customers):,}",
        "rows": f"{found.rows:,}",
        "orders": f"{found.orders:,}",
        "first": found.first_day.isoformat(),
        "last": found.as_of.isoformat(),
        "horizon": words.time(found.horizon),
        "rate": f"{found.discount_rate:.0%}",
        "alive": "–" if found.nobody_leaves else f"{found.repeat_buyers['p_alive'].sum():,.0f}",
        "growth": f"{100 * found.price_growth:.3g}%",
        "returned": f"{found.model.refunds.rate:.1%}",
        "law": found.model.purchases.law.name,
        "unit": words.language(UNIT_WORDS(found.model.unit)),
        "quarter_ago": (found.as_of - timedelta(days=QUARTER)).isoformat(),
        **{
            key: words.money(customers[column].sum())
            for key, column in (("spend", "monetary"),)
            if column in customers
        },
        **({"value": words.money(found.total["clv"])} if "clv" in found.total else {}),
        **{
            f"total_{name}": words.money(value) if str(name).startswith("clv") else f"{value:,.0f}"
            for name, value in found.total.items()
            if str(name).startswith(TOTALS)
        },
    }


def _segments(found: Findings, words: Wording) -> Section:
    columns = ["segment", "customers", "share_of_customers", "share_of_spend", "share_of_clv", "clv_per_customer",
               *MEDIANS.values(), "p_alive", "action"]  # fmt: skip
    with_actions = with_medians(found.segments, found.table).assign(
        action=[words.action(str(name)) for name in found.segments["segment"]]
    )
    doubtless = found.undoubted and not found.nobody_leaves  # the card says the latter of all customers
    once: tuple[str, ...] = ()
    if doubtless:
        once = (words("segments.once", once=f"{found.undoubted:,}", law=found.model.purchases.law.title),)
    care = where_cautions_stand(found, words)
    shown = table(with_actions, columns, words("segments.caption"), words, care)
    spent = "monetary" in found.table
    what: Literal["spend", "customers"] = "spend" if spent else "customers"
    labels, words_of = words.drawn_labels(), words.words_of
    treemap = rfm.plot.treemap(found.table, what, labels=labels, words=words_of("treemap"))
    heatmap = rfm.plot.heatmap(found.table, what, words=words_of("heatmap"))
    return Section(
        words("segments.title"),
        (words("segments.text"), *once),
        (),
        (replace(shown, notes=notes_on(found, words, "segments")),),
        (words.draw(treemap, words("pictures.treemap")), words.draw(heatmap, words("pictures.heatmap"))),
    )


def _trust(found: Findings, words: Wording, facts: dict[str, str]) -> Section:
    """Reliability: the backtest, and its deciles in a plot."""
    title = words("trust.title")
    checks = checked(found, words)
    if found.backtest is None:
        none = (words("trust.none", **facts), *notes_on(found, words, "backtest"))
        return Section(title, none, tables=checks)
    tested = found.backtest.table
    best = tested.iloc[0]
    text = words("trust.text", origin=str(best["origin"]), happened=f"{best['happened']:,.0f}")
    columns = ["model", "kind", "predicted", "log_score", "rmse", "mae", "bias", "correlation"]
    one = found.backtest.predictions
    law = _pictured(found)
    shown = table(tested, columns, words("trust.caption"), words)
    picture = plot.decile_calibration(one[one["model"] == law], words=words.words_of("decile_calibration"))
    return Section(
        title,
        (text, words.language(found.backtest.recommendation)),
        (),
        (replace(shown, notes=notes_on(found, words, "backtest")), *checks),
        (words.draw(picture, words("pictures.decile")),),
    )


def _pictured(found: Findings) -> str:
    """The law whose deciles are drawn: the one that is used, or of the others the best."""
    assert found.backtest is not None
    tested = found.tested
    laws = found.backtest.table.loc[found.backtest.table["kind"] == "law", "model"]
    return str(laws.iloc[0] if tested is None else tested["model"])


def _data(found: Findings, words: Wording) -> Section:
    examples = pd.Series(
        [line.examples for line in found.tx._audit_lines], dtype=object
    )  # these have their own keys
    audit = to_pandas(found.tx.audit).assign(examples=examples)
    columns = [
        name for name in ("rule", "effect", "rows", "customers", "amount", "examples") if name in audit
    ]
    shown = table(audit, columns, words("data.caption"), words)
    shown = replace(shown, notes=notes_on(found, words, "data"))
    return Section(words("data.title"), (words("data.text"),), (), (shown,))


def _method(found: Findings, words: Wording) -> Section:
    """Definitions of the terms that the page uses."""
    used = [name for name in DEFINED if name != "clv" or "clv" in found.table]
    defined = ((f"method.definitions.{name}.term", f"method.definitions.{name}.meaning") for name in used)
    return Section(words("method.title"), definitions=tuple((words(a), words(b)) for a, b in defined))
