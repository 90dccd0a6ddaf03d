"""What is read as an address, and what is not."""

from __future__ import annotations

import pytest

from rfm._audiences import normalising as norm


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "ann",
        "@x.com",
        "ann@",
        "ann@x",
        "a b@x.com",
        "ann@x..com",
        "ann@.com",
        "a@b@c.com",
        "a" * 250 + "@x.com",
    ],
)
def test_what_is_no_email_address(odd):
    assert norm.email(odd) is None
    if " " not in odd:
        assert norm.gmail_address(odd) is None
        assert norm.tiktok_email(odd) is None


def test_only_gmail_loses_dots_and_what_follows_a_plus():
    assert norm.gmail_address("A.n.n+1@GoogleMail.com") == "ann@googlemail.com"
    assert norm.gmail_address("a.n.n+1@gmail.com.example.org") == "a.n.n+1@gmail.com.example.org"
    assert norm.gmail_address("+@gmail.com") is None
    assert norm.email("a.n.n+1@gmail.com") == "a.n.n+1@gmail.com"
    assert norm.tiktok_email("_ann@x.com") is None


def test_full_width_unseen_and_blank_characters():
    assert norm.clean("\ufeff\u3000Ａｎｎ＠ｘ．ｃｏｍ \u200b\n") == "Ann@x.com"
    assert norm.clean("０９１２３４５６７８") == "0912345678"
    assert norm.clean("\ud800") == ""


def test_hashes_are_64_hexadecimal_digits():
    assert norm.is_hash("A" * 64)
    assert not norm.is_hash("a" * 63)
    assert not norm.is_hash("g" * 64)
    assert not norm.is_hash("١" * 64)


@pytest.mark.parametrize(
    ("function", "text", "region", "expected"),
    [
        (norm.meta_postcode, "501", "us", "00501"),
        (norm.meta_postcode, "501", "tw", "501"),
        (norm.meta_postcode, "12345-6789", "us", "12345"),
        (norm.meta_postcode, "--", "gb", None),
        (norm.postcode, "12345-6789", "us", "12345-6789"),
        (norm.meta_state, "台北", "tw", "台北"),
        (norm.meta_name, "...", "", None),
        (norm.country_code, "USA", "", None),
        (norm.gender, "x", "", None),
        (norm.birth_date, "19970216", "", "19970216"),
        (norm.birth_date, "1897-02-16", "", None),
        (norm.birth_date, "1997-02-30", "", None),
        (norm.mobile_id, "00000000-0000-0000-0000-000000000000", "", None),
        (norm.mobile_id, "AECE52E703EE455AB3C4E57283966239", "", None),
    ],
)
def test_other_fields(function, text, region, expected):
    assert function(text, region) == expected
