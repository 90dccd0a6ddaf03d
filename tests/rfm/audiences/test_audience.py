"""Uploads: every row is accounted for, on every engine alike; files that spreadsheets do not run."""

from __future__ import annotations

import csv
import hashlib
import itertools

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError, DataWarning

COLUMNS = {"email": "E-mail", "first_name": "first", "last_name": "last", "zip": "zip", "country": "land"}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def customers():
    return pd.DataFrame(
        {
            "E-mail": [
                "Ann@x.com",
                " ann@X.com ",
                "bob@y.org",
                "nobody",
                None,
                "eve@z.net",
                sha("carl@x.com").upper(),
            ],
            "first": ["Ann", "Ann", None, None, None, "Eve", "Carl"],
            "last": ["Lee", None, None, None, None, "O'Neill", "Roe"],
            "zip": ["100", "100", None, None, None, "94016", "94016"],
            "land": ["TW", "TW", None, "TW", None, "US", "US"],
            "ads": ["yes", "yes", "y", "1", "true", "no", "是"],
            "clv": [10.0, 20.0, 0.0, 5.0, 5.0, 100.0, 7.123456],
        }
    )


def counts(audience, to_pandas=lambda table: table):
    audit = to_pandas(audience.audit)
    return dict(zip(audit["rule"], audit["rows"].tolist(), strict=True))


def test_every_row_is_accounted_for():
    with pytest.warns(DataWarning, match="left out: 1 of 'E-mail'. Hint: the audit counts them"):
        audience = rfm.to_audience(customers(), layout="meta", columns=COLUMNS, consent="ads", value="clv")
    found = counts(audience)
    assert {rule: n for rule, n in found.items() if not rule.endswith(" unreadable")} == {
        "read": 7,
        "without consent": 1,
        "refused in another row": 0,
        "no address": 1,
        "unreadable address": 1,
        "same address twice": 1,
        "written": 3,
    }
    dropped = audience.audit.loc[audience.audit["effect"] == "dropped", "rows"].sum()
    assert found["read"] == dropped + found["written"]
    table = audience.table.set_index("email")
    assert list(audience.table) == ["email", "fn", "ln", "zip", "country", "value"]
    assert set(table.index) == {sha("ann@x.com"), sha("bob@y.org"), sha("carl@x.com")}
    assert table.loc[sha("ann@x.com"), "value"] == 20  # the higher value of the two rows stays
    assert table.loc[sha("carl@x.com"), "value"] == 7.1235
    assert table.loc[sha("carl@x.com"), "ln"] == sha("roe")
    assert pd.isna(table.loc[sha("bob@y.org"), "fn"])
    assert "3 of 7 customers, hashed" in repr(audience)
    assert "<pre>" in audience._repr_html_()


@pytest.mark.filterwarnings("ignore:Addresses that cannot be read")
def test_every_engine_gives_one_answer(constructor, to_pandas):
    options = {"layout": "meta", "columns": COLUMNS, "consent": "ads", "value": "clv", "country": "TW"}
    expected = rfm.to_audience(customers(), **options)
    made = rfm.to_audience(constructor(customers()), **options)
    assert type(made.table) is type(constructor(customers()))
    table = to_pandas(made.table).sort_values("email").reset_index(drop=True)
    assert list(table) == list(expected.table)
    for name in table:
        assert table[name].fillna("").tolist() == expected.table[name].fillna("").tolist()
    assert counts(made, to_pandas) == counts(expected)


@pytest.mark.filterwarnings("ignore:Addresses that cannot be read")
def test_headers_with_blanks_on_every_engine(constructor, to_pandas):
    made = rfm.to_audience(constructor(customers()), columns=COLUMNS)
    assert list(to_pandas(made.table)) == ["Email", "First Name", "Last Name", "Country", "Zip"]


@pytest.mark.filterwarnings("ignore:Addresses that cannot be read")
def test_the_order_of_rows_and_the_index_have_no_influence():
    table = customers()
    copy = table.copy()
    expected = rfm.to_audience(table, layout="meta", columns=COLUMNS, value="clv")
    for order in itertools.islice(itertools.permutations(range(7)), 0, 5040, 617):
        made = rfm.to_audience(table.iloc[list(order)], layout="meta", columns=COLUMNS, value="clv")
        pd.testing.assert_frame_equal(made.table, expected.table)
        pd.testing.assert_frame_equal(made.audit, expected.audit)
    pd.testing.assert_frame_equal(table, copy)


def test_who_refuses_in_one_row_is_not_uploaded_because_of_another():
    pytest.importorskip("phonenumbers")
    table = pd.DataFrame(
        {
            "email": ["ann@x.com", "Ann@x.com", "bob@x.com", None, "eve@x.com"],
            "phone": [None, None, "+886912345678", "+886912345678", None],
            "ads": ["no", "yes", "yes", None, "yes"],
        }
    )
    made = rfm.to_audience(table, layout="tiktok", consent="ads", hashed=False)
    assert made.table["Email"].tolist() == ["eve@x.com"]
    found = counts(made)
    assert (found["without consent"], found["refused in another row"], found["written"]) == (2, 2, 1)


def test_one_person_is_written_once_by_whatever_they_are_known():
    pytest.importorskip("phonenumbers")
    phone = "+886912345678"
    table = pd.DataFrame({"email": ["ann@x.com", None, None], "phone": [phone, phone, "+886911111111"]})
    made = rfm.to_audience(table, hashed=False)
    assert made.table["Email"].fillna("").tolist() == ["", "ann@x.com"]
    assert counts(made)["same address twice"] == 1


def test_two_people_may_have_one_name():
    table = pd.DataFrame(
        {"first_name": "Ann", "last_name": "Lee", "zip": ["100", "200", "200"], "ads": [True, True, False]}
    )
    made = rfm.to_audience(table, layout="meta", hashed=False, consent="ads")
    assert made.table["zip"].tolist() == ["100", "200"]
    assert counts(rfm.to_audience(table, layout="meta"))["same address twice"] == 1


def test_a_missing_value_never_wins_over_a_known_one():
    for values in ([np.nan, 0.0, 3.0], [0.0, np.nan, 3.0]):
        table = pd.DataFrame({"email": ["a@x.com", "a@x.com", "b@x.com"], "clv": values})
        made = rfm.to_audience(table, layout="meta", value="clv")
        assert sorted(made.table["value"]) == [0.0, 3.0]


def test_the_file_is_the_table(tmp_path):
    table = pd.DataFrame({"email": ["Ann@x.com", "bob@y.org"], "zip": ["00501", "7"], "clv": [3.5, 0.00001]})
    path = tmp_path / "audience.csv"
    made = rfm.to_audience(table, path, "meta", value="clv", hashed=False)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["email", "zip", "value"], ["ann@x.com", "00501", "3.5"], ["bob@y.org", "7", "0.0"]]
    assert made.table["zip"].tolist() == ["00501", "7"]


ODD = [
    "=cmd|'/c calc'!a0@x.com",
    "+1@x.com",
    "-a@x.com",
    "@sum@x.com",
    "\t=1@x.com",
    "\r=1@x.com",
    "a;=1@x.com",
    "|a@x.com",
]


@pytest.mark.parametrize("layout", ["meta", "google"])
def test_no_cell_is_run_by_a_spreadsheet(tmp_path, layout):
    table = pd.DataFrame({"email": [*ODD, "ann@x.com"], "first_name": "=1+1", "last_name": "@x", "zip": "-1-1",
                          "country": "TW"})  # fmt: skip
    path = tmp_path / "audience.csv"
    with pytest.warns(DataWarning):
        rfm.to_audience(table, path, layout, hashed=False)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "ann@x.com" in cells
    assert [cell for cell in cells if cell[:1] in set("=+-@|%\t\r'")] == []
    with pytest.warns(DataWarning):  # hashed addresses hold no such character, whatever they were
        hashed = rfm.to_audience(table, path, layout)
    assert len(hashed.table) > 1
    text = path.read_text(encoding="utf-8")
    assert not set(text) & set("=+@|\t'")


def test_phones_of_an_unhashed_file_keep_their_plus(tmp_path):
    pytest.importorskip("phonenumbers")
    table = pd.DataFrame({"phone": ["0912-345-678", "(650) 253-0000"], "country": ["", "US"]})
    made = rfm.to_audience(table, tmp_path / "a.csv", country="TW", hashed=False)
    assert made.table["Phone"].tolist() == ["+16502530000", "+886912345678"]
    assert (tmp_path / "a.csv").read_text().splitlines() == ["Phone", "+16502530000", "+886912345678"]
    assert rfm.to_audience(table, layout="tiktok", country="TW").table["Phone_SHA256"].tolist() == sorted(
        map(sha, ["886912345678", "16502530000"])
    )


def test_numbers_are_read_as_texts():
    table = pd.DataFrame({"email": ["a@x.com", "b@x.com"], "zip": [501.0, np.nan], "birth_date": [19970216, 20000101],
                          "country": "US"})  # fmt: skip
    made = rfm.to_audience(table, layout="meta", hashed=False).table
    assert made["zip"].tolist()[0] == "00501"
    assert made["dob"].tolist() == ["19970216", "20000101"]
    dates = table.assign(birth_date=pd.to_datetime(["1997-02-16", None]))
    assert rfm.to_audience(dates, layout="meta", hashed=False).table["dob"].tolist()[0] == "19970216"


def test_the_shops_country_is_written_where_the_platform_wants_it():
    table = pd.DataFrame({"email": ["a@x.com"], "first_name": ["A"], "last_name": ["B"], "zip": ["100"]})
    assert rfm.to_audience(table, country="UK").table["Country"].tolist() == ["gb"]
    assert rfm.to_audience(table[["email"]], country="TW").table.columns.tolist() == ["Email"]
    assert rfm.to_audience(table[["email"]].assign(country="TW")).table.columns.tolist() == ["Email"]
    assert rfm.to_audience(table[["email"]], layout="meta", country="TW").table["country"].tolist() == [
        sha("tw")
    ]


TABLE = pd.DataFrame(
    {"email": ["a@x.com", "b@x.com"], "ads": ["no", "no"], "clv": [1.0, 2.0], "name": ["a", "b"]}
)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "linkedin"}, 'layout must be one of "google", "meta", "tiktok"'),
        (
            {"columns": {"email": "mail"}},
            "No column 'mail'. The table has: email, ads, clv, name. Hint: columns=",
        ),
        ({"columns": {"city": "name"}}, "Google Ads takes no 'city'; it takes email, phone"),
        ({"columns": ["email"]}, "columns must map text to text"),
        (
            {"columns": {}},
            "Google Ads knows people by email; or phone; or first_name, last_name, country, zip; got none",
        ),
        (
            {"columns": {"email": "email", "zip": "name"}},
            "together; first_name, last_name, country is missing",
        ),
        ({"country": "Taiwan"}, "country must be two letters of ISO 3166; got 'Taiwan'"),
        ({"consent": "ads"}, "Nobody is left of 2 customers: none has consented"),
        ({"consent": "name"}, "1 and 0, or yes and no; it has 'a'"),
        ({"consent": "x"}, "No column 'x'"),
        ({"value": "clv"}, "Google Ads takes no column of values; got value='clv'. Hint: layout=\"meta\""),
        ({"layout": "meta", "value": "name"}, "Column 'name' holds String, not numbers"),
        ({"hashed": "yes"}, "hashed must be True or False"),
        ({"path": "/no/folder/a.csv"}, "/no/folder/a.csv cannot be written"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(DataError) as error:
        rfm.to_audience(TABLE, **options)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [1.0, -0.5],
            "Meta takes values from 0; 1 of 2 in 'clv' are missing, negative or not finite, such as -0.5",
        ),
        ([1.0, np.nan], "such as nan. Hint: leave out these customers, or clip"),
        ([np.inf, 1.0], "such as inf"),
        ([2.0, 2.00001], "All 2 values in 'clv' are 2, which tells Meta nothing. Hint: leave out value="),
    ],
)
def test_values_by_metas_rules(values, message):
    with pytest.raises(DataError) as error:
        rfm.to_audience(TABLE.assign(clv=values), layout="meta", value="clv")
    assert message in str(error.value)


def test_nobody_with_an_address_is_an_error():
    with pytest.raises(DataError, match="2 have consented, and no address of theirs can be used"):
        rfm.to_audience(TABLE.assign(email="nobody"))
    with pytest.raises(DataError, match="The table has no rows"):
        rfm.to_audience(TABLE.head(0))


@pytest.mark.slow
def test_a_hundred_thousand_customers_take_seconds(tmp_path):
    pytest.importorskip("phonenumbers")
    n = np.arange(100_000)
    table = pd.DataFrame({"email": [f"c{i}@x.com" for i in n], "phone": [f"09{i:08d}" for i in n]})
    made = rfm.to_audience(table, tmp_path / "a.csv", country="TW")
    assert counts(made)["written"] == 100_000
