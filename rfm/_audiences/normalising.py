"""Texts of addresses as the platforms write them before hashing; None stands for what cannot be read."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

__all__ = [
    "birth_date",
    "city",
    "clean",
    "country_code",
    "email",
    "gender",
    "gmail_address",
    "is_hash",
    "meta_name",
    "meta_postcode",
    "meta_state",
    "mobile_id",
    "name",
    "postcode",
    "tiktok_email",
]

HASH: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_EMAIL: Final = 254
GMAIL: Final = ("gmail.com", "googlemail.com")
MOBILE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
COUNTRY: Final = re.compile(r"[a-z]{2}", re.ASCII)
DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)([T ].*)?", re.ASCII)
GENDERS: Final = {
    **dict.fromkeys(("m", "male", "man", "男"), "m"),
    **dict.fromkeys(("f", "female", "woman", "女"), "f"),
}


def clean(text: str) -> str:
    """A text without blanks around it and characters that cannot be seen, full-width letters as plain ones.

    Examples
    --------
    >>> clean(" Ａｎｎ@example.com\\u200b ")
    'Ann@example.com'
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(each for each in plain if unicodedata.category(each) not in ("Cc", "Cf", "Cs")).strip()


def is_hash(text: str) -> bool:
    """Whether this is a SHA-256 already: 64 hexadecimal digits."""
    return HASH.fullmatch(text) is not None


def email(text: str, region: str = "") -> str | None:
    """An e-mail address in lower case.

    Examples
    --------
    >>> email("John_Smith@gmail.com"), email("nobody")
    ('john_smith@gmail.com', None)
    """
    lower = text.lower()
    return lower if EMAIL.fullmatch(lower) and len(lower) <= LONGEST_EMAIL else None


def gmail_address(text: str, region: str = "") -> str | None:
    """The same without blanks within, and at Gmail without what Gmail ignores: dots, and a plus with what follows.

    Examples
    --------
    >>> gmail_address("Cloudy.Sanfrancisco+shopping@gmail.com"), gmail_address("user.name+NYC@Example.com")
    ('cloudysanfrancisco@gmail.com', 'user.name+nyc@example.com')
    """
    found = email("".join(text.split()))
    if found is None:
        return None
    local, _, domain = found.partition("@")
    if domain in GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local else None


def tiktok_email(text: str, region: str = "") -> str | None:
    """The same without a plus and what follows up to the @; it begins with a letter or digit.

    Examples
    --------
    >>> tiktok_email("Firstname-Lastname+shop@gmail.com")
    'firstname-lastname@gmail.com'
    """
    found = email("".join(text.split()))
    if found is None:
        return None
    local, _, domain = found.partition("@")
    local = local.partition("+")[0]
    return f"{local}@{domain}" if local[:1].isalnum() else None


def name(text: str, region: str = "") -> str | None:
    """A name in lower case, one blank between its words.

    Examples
    --------
    >>> name("Mary  Ann")
    'mary ann'
    """
    return " ".join(text.lower().split()) or None


def meta_name(text: str, region: str = "") -> str | None:
    """The same without punctuation.

    Examples
    --------
    >>> meta_name("O'Neill"), meta_name("Valéry")
    ('oneill', 'valéry')
    """
    return name(_without_marks(text))


def city(text: str, region: str = "") -> str | None:
    """A city in lower case without punctuation and blanks.

    Examples
    --------
    >>> city("New York"), city("St. Gallen")
    ('newyork', 'stgallen')
    """
    return "".join(_without_marks(text).lower().split()) or None


def meta_state(text: str, region: str = "") -> str | None:
    """A state or province in lower case without punctuation and blanks; in the United States its two letters.

    Examples
    --------
    >>> meta_state("CA", "us"), meta_state("California", "us"), meta_state("New Brunswick", "ca")
    ('ca', None, 'newbrunswick')
    """
    found = city(text)
    return None if found and region == "us" and len(found) != 2 else found


def postcode(text: str, region: str = "") -> str | None:
    """A postal code as it is; one of the United States gets back the zeros that a column of numbers lost.

    Examples
    --------
    >>> postcode("501", "us"), postcode("WC2H 8LG", "gb")
    ('00501', 'WC2H 8LG')
    """
    return text.zfill(5) if region == "us" and text.isdigit() and 3 <= len(text) < 5 else text


def meta_postcode(text: str, region: str = "") -> str | None:
    """A postal code in lower case without blanks and dashes; of the United States five digits.

    Examples
    --------
    >>> meta_postcode("94035-1234", "us"), meta_postcode("M1 1AE", "gb")
    ('94035', 'm11ae')
    """
    found = "".join((postcode(text, region) or "").lower().replace("-", "").split())
    return (found[:5] if region == "us" else found) or None


def country_code(text: str, region: str = "") -> str | None:
    """The two letters of a country (ISO 3166-1 alpha-2), in lower case; "uk" is the United Kingdom.

    Examples
    --------
    >>> country_code("TW"), country_code("UK"), country_code("Taiwan")
    ('tw', 'gb', None)
    """
    lower = text.lower()
    return {"uk": "gb"}.get(lower, lower) if COUNTRY.fullmatch(lower) else None


def gender(text: str, region: str = "") -> str | None:
    """The initial of the gender.

    Examples
    --------
    >>> gender("Female"), gender("unknown")
    ('f', None)
    """
    return GENDERS.get(text.lower())


def birth_date(text: str, region: str = "") -> str | None:
    """Year, month and day: of dates, and of texts in this order (others cannot be told apart).

    Examples
    --------
    >>> birth_date("1997-02-16"), birth_date("2/16/1997"), birth_date("1997-13-01")
    ('19970216', None, None)
    """
    found = DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups()[:3])
    try:
        born = date(year, month, day)
    except ValueError:  # no day of the calendar
        return None
    return f"{born:%Y%m%d}" if year >= 1900 else None


def mobile_id(text: str, region: str = "") -> str | None:
    """A mobile advertising id in lower case, with its dashes; zeros only is nobody's.

    Examples
    --------
    >>> mobile_id("AECE52E7-03EE-455A-B3C4-E57283966239")
    'aece52e7-03ee-455a-b3c4-e57283966239'
    """
    lower = text.lower()
    return lower if MOBILE.fullmatch(lower) and set(lower) != {"0", "-"} else None


def _without_marks(text: str) -> str:
    """A text without punctuation and symbols."""
    return "".join(each for each in text if unicodedata.category(each)[0] not in "PS")
