"""Customers as a file that an advertising platform takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._audiences.layouts import LAYOUTS, Layout, LayoutName
from rfm._audiences.normalising import country_code
from rfm._audiences.phones import check_country
from rfm._audiences.rows import Cells, Rows, cells_of, chosen_rows
from rfm._consent import consent_given
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._issuing import warn
from rfm._options import check_choice, check_flag, check_text, received, text_by_text
from rfm._printed import Printed
from rfm._requirements import (
    LARGEST_AMOUNT,
    Held,
    check_columns,
    check_groups,
    check_numbers,
    column_of_floats,
    outside,
)
from rfm._saved_files import check_writable
from rfm._spreadsheets import write_csv
from rfm.errors import DataError

__all__ = ["Audience", "to_audience"]

COLUMNS: Final = 'columns={"email": "E-mail", "phone": "mobile"}'
MADE: Final = "columns= maps fields to the columns of the table"
PLACE: Final = 'path="audience.csv", in a folder where you may write'
WORTH: Final = Held(0, LARGEST_AMOUNT)
DECIMALS: Final = 4
"""Of values: fewer digits than Python begins to write with an exponent."""


@dataclass(frozen=True)
class Audience(Generic[FrameT]):
    """An upload of customers; made by `to_audience`.

    Attributes
    ----------
    table : dataframe
        What is uploaded, under the platform's headers: texts, and numbers in the column of values. Its order says
        nothing of the customers.
    audit : dataframe
        What became of every row: ``rule`` ("read", "without consent", "refused in another row", "no address",
        "unreadable address", "same address twice", "written"), ``effect`` ("informs", "dropped", "kept") and ``rows``.
        Those read are the sum of those dropped and kept. Lines such as "email unreadable" inform of cells of those who
        have consented.
    layout : str
        The platform.
    hashed : bool
        Whether addresses are hashed.

    See Also
    --------
    to_audience : Makes it.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"email": ["Ann@x.com", "ann@x.com", "bob@y.org"], "ads": ["yes", "yes", "no"]})
    >>> rfm.to_audience(customers, consent="ads")
    Google Ads: 1 of 3 customers, hashed
      without consent       1
      same address twice    1
    """

    table: FrameT
    audit: FrameT
    layout: str
    hashed: bool
    _text: str = ""

    def __repr__(self) -> str:
        return str(Printed(self._text))

    def _repr_html_(self) -> str:
        return Printed(self._text)._repr_html_()


def to_audience(
    table: FrameT,
    path: str | Path | None = None,
    layout: LayoutName = "google",
    columns: Mapping[str, str] | None = None,
    *,
    country: str | None = None,
    consent: str | None = None,
    value: str | None = None,
    hashed: bool = True,
) -> Audience[FrameT]:
    """Customers as the file that an advertising platform takes: its headers, addresses as it writes them, and hashed.

    Parameters
    ----------
    table : dataframe
        One row per customer, such as the rows of a segment joined to their addresses.
    path : str or Path, optional
        A CSV file (UTF-8) to write.
    layout : {"google", "meta", "tiktok"}
        The platform.
    columns : mapping of str to str, optional
        From fields to columns of the table: ``email, phone, first_name, last_name, country, zip`` (Google); these and
        ``mobile_id, city, state, birth_date, gender`` (Meta); ``email, phone, mobile_id`` (TikTok). ``country`` is
        always read, for phone numbers. By default the columns that are named like the fields.
    country : str, optional
        Two letters (ISO 3166-1): where customers live whose row names no country, for phone numbers without a country's
        code and for postal addresses.
    consent : str, optional
        A column of yes and no (booleans, 1 and 0, yes/no, true/false, y/n, 是/否): who may be uploaded. A missing
        value is a no. An address with a row that refuses is not uploaded because of another row.
    value : str, optional
        A column of numbers such as ``clv``, for Meta's value-based audiences: finite, 0 or more, and not all the same.
    hashed : bool
        Whether to hash (SHA-256, hexadecimal) what the platform takes hashed. What is 64 hexadecimal digits already is
        taken as it is.

    Returns
    -------
    Audience
        The file as a table, and an audit of the rows.

    Raises
    ------
    DataError
        If there is no such layout, field or column; a row's consent is no yes or no; the platform takes no values or
        not these; nobody is left; or the file cannot be written.
    ImportError
        If phone numbers are to be read and `phonenumbers` is not installed (extra ``audience``).

    Warns
    -----
    DataWarning
        If addresses cannot be read: they are left out.

    See Also
    --------
    rfm.privacy.pseudonymize : Ids that nobody without a key can link to a customer.

    Notes
    -----
    Blanks around texts and characters that cannot be seen are removed, and full-width characters become plain ones.
    Then, as documented by the platforms (read in November 2026):

    - Google Ads [1]_ [2]_ [3]_: lower case; e-mail addresses without blanks, at gmail.com and googlemail.com without
      dots and without a plus and what follows; phone numbers as E.164; names with single blanks; country and postal
      code are not hashed. The file has all of first name, last name, country and postal code, or none.
    - Meta [4]_ [5]_ [6]_ [7]_: lower case; phone numbers with the country's code but without plus and zeros; names
      without punctuation, cities and states also without blanks; postal codes without blanks and dashes (United States:
      five digits); states of the United States by two letters; birth dates as YYYYMMDD; ids of mobile devices are not
      hashed. Values are numbers that are not negative.
    - TikTok [8]_: e-mail addresses in lower case without a plus and what follows, beginning with a letter or digit;
      phone numbers with the country's code, digits only.

    Titles in names ("Mrs", "Jr") are not removed. A phone number is left out if it is none of its country's numbering
    plan. Files that are not hashed hold no cell that a spreadsheet would run as a formula: such an address is left out,
    since the apostrophe that makes it harmless would make it another address. The plus of a phone number is kept: with
    digits only after it, a spreadsheet reads it as a number.

    LinkedIn, Microsoft Advertising and Pinterest have no layout: no description of their files' headers could be read.

    The addresses of the rows come into memory, from an engine too; with n customers this takes O(n) time, about 50 µs
    for a phone number.

    References
    ----------
    .. [1] https://support.google.com/google-ads/answer/7659867
    .. [2] https://support.google.com/google-ads/answer/7476159
    .. [3] https://developers.google.com/data-manager/api/devguides/concepts/formatting
    .. [4] https://www.facebook.com/business/help/2082575038703844
    .. [5] https://www.facebook.com/business/help/1033094474356222
    .. [6] https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
    .. [7] https://developers.facebook.com/docs/marketing-api/audiences/guides/value-based-lookalike-audiences
    .. [8] https://ads.tiktok.com/help/article/list-of-supported-ids-and-formats-for-a-customer-file

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"E-mail": ["Ann.Lee@gmail.com", "bob@y.org"], "clv": [120.0, 80.5]})
    >>> audience = rfm.to_audience(customers, layout="meta", columns={"email": "E-mail"}, value="clv", hashed=False)
    >>> audience.table
                   email  value
    0  ann.lee@gmail.com  120.0
    1          bob@y.org   80.5
    """
    check_choice("layout", layout, get_args(LayoutName))
    check_flag("hashed", hashed)
    plan = LAYOUTS[layout]
    frame = from_native(table, "to_audience takes a table with one row per customer")
    mapped = _mapped(frame, plan, columns)
    region = _region(country, phones="phone" in mapped)
    _written_fields(plan, mapped, region)
    if path is not None:
        check_writable(path, PLACE)
    held = _held(frame, plan, mapped, consent, value)
    read = len(held)
    if not read:
        raise DataError("The table has no rows. Hint: pass the customers to upload.")
    given = (
        np.ones(read, dtype=np.bool_) if consent is None else consent_given(_listed(held, consent), consent)
    )
    listed = {field: _listed(held, name) for field, name in mapped.items()}
    absent: list[Any] = [None] * len(held)
    texts = {field: listed.get(field, absent) for field in _written_fields(plan, mapped, region)}
    cells = cells_of(plan, texts, listed.get("country"), region, hashed)
    values = None if value is None else column_of_floats(held, value)
    ranks = None if values is None else np.where(np.isnan(values), -np.inf, values).tolist()
    rows = chosen_rows(plan, cells, given.tolist(), ranks)
    if not rows.written:
        raise DataError(_nobody(read, int(given.sum())))
    file = _file(plan, cells, rows, hashed)
    if value is not None and values is not None:
        file[plan.value] = _values(values[rows.written], value, plan)
    audit = _audit(read, cells.of(given), rows)
    _say_unreadable(cells.of(given), mapped)
    if path is not None:
        write_csv(pd.DataFrame(file), path, PLACE)
    like = empty_like(frame)
    return Audience(
        table=table_like(like, file),
        audit=table_like(like, {str(name): audit[name].to_numpy() for name in audit}),
        layout=layout,
        hashed=bool(hashed),
        _text=_printed(plan, audit, hashed),
    )


def _mapped(frame: Frame, plan: Layout, columns: Mapping[str, str] | None) -> dict[str, str]:
    """The column of each field, in the layout's order; a country is read also where the platform takes none."""
    known = list(dict.fromkeys([*plan.fields, "country"]))
    held = frame.collect_schema().names()
    if columns is None:
        found = {field: field for field in known if field in held}
    else:
        found = text_by_text("columns", columns, COLUMNS)
        for field in found:
            if field not in known:
                raise DataError(
                    f"columns: {plan.platform} takes no {received(field)}; it takes {', '.join(plan.fields)}. "
                    f"Hint: {COLUMNS}."
                )
        check_columns(frame, found.values(), MADE)
    if not any(all(name in found for name in each) for each in plan.identifying):
        sets = "; or ".join(", ".join(each) for each in plan.identifying)
        raise DataError(
            f"{plan.platform} knows people by {sets}; got {', '.join(found) or 'none of these'}. Hint: {COLUMNS}."
        )
    return {field: found[field] for field in known if field in found}


def _region(country: Any, *, phones: bool) -> str:
    """The shop's country in lower case; empty without one."""
    if country is None:
        if phones:
            check_country("TW")  # so that a missing library is noticed before any work
        return ""
    check_text("country", country, 'country="TW"')
    code = country_code(country)
    if code is None:
        raise DataError(
            f'country must be two letters of ISO 3166; got {received(country)}. Hint: country="TW".'
        )
    if phones:
        check_country(code)
    return code


def _written_fields(plan: Layout, mapped: Mapping[str, str], region: str) -> list[str]:
    """The fields of the file: those that have columns, and the shop's country where the platform wants it.

    A country alone is no address: it is read for phone numbers, and not written.

    Raises
    ------
    DataError
        For a part of the fields that a platform takes together.
    """
    found = {field for field in mapped if field in plan.fields}
    if region and "country" in plan.fields:
        found.add("country")
    partly = found & set(plan.together)
    if partly == {"country"}:
        found.discard("country")
    elif partly and partly != set(plan.together):
        lacking = ", ".join(field for field in plan.together if field not in partly)
        raise DataError(
            f"{plan.platform} takes {', '.join(plan.together)} together; {lacking} is missing. "
            'Hint: name its column, country="TW" if all live there, or leave out the others.'
        )
    return [field for field in plan.fields if field in found]


def _held(
    frame: Frame, plan: Layout, mapped: Mapping[str, str], consent: str | None, value: str | None
) -> nw.DataFrame[Any]:
    """The columns that are read, in memory."""
    needed = list(mapped.values())
    if consent is not None:
        check_text("consent", consent, 'consent="newsletter"')
        check_columns(frame, (consent,), "consent= names a column of yes and no")
        needed.append(consent)
    if value is not None:
        check_text("value", value, 'value="clv"')
        if not plan.value:
            raise DataError(
                f'{plan.platform} takes no column of values; got value={received(value)}. Hint: layout="meta", or '
                "an audience of the most valuable customers only."
            )
        check_columns(frame, (value,), "value= names a column of numbers, such as clv")
        check_numbers(frame, {value: Held(anything=True)}, "value= names a column of numbers, such as clv")
        needed.append(value)
    check_groups(frame, needed)
    return fetch(frame.select(*dict.fromkeys(needed)))


def _listed(held: nw.DataFrame[Any], name: str) -> list[Any]:
    """The values of a column, None where one is missing."""
    column = held.get_column(name)
    return [
        None if missing else each
        for each, missing in zip(column.to_list(), column.is_null().to_list(), strict=True)
    ]


def _nobody(read: int, consenting: int) -> str:
    fact = f"Nobody is left of {read:,} customers: "
    if not consenting:
        return f"{fact}none has consented. Hint: consent= names the column of those who have."
    return (
        f"{fact}{consenting:,} have consented, and no address of theirs can be used. "
        f'Hint: {COLUMNS}; country="TW" for phone numbers without a country\'s code.'
    )


def _file(plan: Layout, cells: Cells, rows: Rows, hashed: bool) -> dict[str, Any]:
    """The columns of the file under their headers."""
    return {
        plan.fields[name].name(hashed): np.array([column[row] for row in rows.written], dtype=object)
        for name, column in cells.columns.items()
    }


def _values(values: Any, name: str, plan: Layout) -> Any:
    """The values, checked as the platform wants them."""
    wrong = outside(values, WORTH)
    if wrong.any():
        got = values[wrong][0]
        raise DataError(
            f"{plan.platform} takes values from 0; {int(wrong.sum()):,} of {len(values):,} in {name!r} are missing, "
            f"negative or not finite, such as {got:.15g}. Hint: leave out these customers, or clip the column at 0."
        )
    rounded = np.round(values, DECIMALS)
    if len(values) > 1 and rounded.min() == rounded.max():
        raise DataError(
            f"All {len(values):,} values in {name!r} are {rounded[0]:.15g}, which tells {plan.platform} nothing. "
            "Hint: leave out value=, or a column such as clv."
        )
    return rounded


def _audit(read: int, cells: Cells, rows: Rows) -> pd.DataFrame:
    """What became of the rows, and of cells."""
    lines: list[tuple[str, str, int]] = [
        ("read", "informs", read),
        *((reason, "dropped", count) for reason, count in rows.left_out.items()),
        ("written", "kept", len(rows.written)),
        *((f"{field} unreadable", "informs", sum(odd)) for field, odd in cells.unreadable.items()),
    ]
    return pd.DataFrame(lines, columns=["rule", "effect", "rows"]).astype({"rows": np.int64})


def _say_unreadable(cells: Cells, mapped: Mapping[str, str]) -> None:
    """Warn of addresses that are left out."""
    counts = {mapped[field]: sum(odd) for field, odd in cells.unreadable.items() if field in mapped}
    told = [f"{count:,} of {name!r}" for name, count in counts.items() if count]
    if told:
        warn(
            f"Addresses that cannot be read are left out: {', '.join(told)}. Hint: the audit counts them; "
            'country="TW" reads phone numbers without a country\'s code.'
        )


def _printed(plan: Layout, audit: pd.DataFrame, hashed: bool) -> str:
    """The audit in words."""
    counts: dict[str, int] = dict(zip(audit["rule"], audit["rows"].tolist(), strict=True))
    head = f"{plan.platform}: {counts['written']:,} of {counts['read']:,} customers, {'' if hashed else 'not '}hashed"
    told: Sequence[tuple[str, int]] = [
        (rule, count) for rule, count in counts.items() if rule not in ("read", "written") and count
    ]
    width = max((len(rule) for rule, _ in told), default=0)
    return "\n".join([head, *(f"  {rule:<{width}} {count:>4,}" for rule, count in told)])
