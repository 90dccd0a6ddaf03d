"""What each platform takes: its headers, how it wants addresses written, and which of them are hashed.

To add a layout, write one `Layout` below: names of its fields, headers and functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from rfm._audiences import normalising as norm
from rfm._audiences import phones

__all__ = ["LAYOUTS", "Field", "Layout", "LayoutName"]


@dataclass(frozen=True)
class Field:
    """A column of an upload.

    Attributes
    ----------
    header : str
        Its name in the file.
    written : function
        From a cleaned text and the row's country (two lower-case letters, or empty) to the text that is hashed or
        written; None if it cannot be read.
    hashed : bool
        Whether the platform takes its SHA-256.
    hashed_header : str
        Its name in the file if hashed, where that is another one.
    """

    header: str
    written: Callable[[str, str], str | None]
    hashed: bool = True
    hashed_header: str = ""

    def name(self, hashed: bool) -> str:
        """The header of the file."""
        return self.hashed_header if hashed and self.hashed and self.hashed_header else self.header


@dataclass(frozen=True)
class Layout:
    """The upload of a platform.

    Attributes
    ----------
    platform : str
        Its name.
    sources : tuple of str
        Where it is documented, as read in November 2026.
    fields : mapping of str to Field
        In the order of the file.
    identifying : tuple of tuple of str
        The sets of fields any of which says who somebody is.
    together : tuple of str
        Fields that the file has all or none of.
    value : str
        The header of the customers' values; empty if the platform takes none.
    """

    platform: str
    sources: tuple[str, ...]
    fields: Mapping[str, Field]
    identifying: tuple[tuple[str, ...], ...]
    together: tuple[str, ...] = ()
    value: str = ""


ADDRESS: Final = ("first_name", "last_name", "country", "zip")

GOOGLE: Final = Layout(
    platform="Google Ads",
    sources=(
        "https://support.google.com/google-ads/answer/7659867",
        "https://support.google.com/google-ads/answer/7476159",
        "https://developers.google.com/data-manager/api/devguides/concepts/formatting",
    ),
    fields=MappingProxyType(
        {
            "email": Field("Email", norm.gmail_address),
            "phone": Field("Phone", phones.e164),
            "first_name": Field("First Name", norm.name),
            "last_name": Field("Last Name", norm.name),
            "country": Field("Country", norm.country_code, hashed=False),
            "zip": Field("Zip", norm.postcode, hashed=False),
        }
    ),
    identifying=(("email",), ("phone",), ADDRESS),
    together=ADDRESS,
)

META: Final = Layout(
    platform="Meta",
    sources=(
        "https://www.facebook.com/business/help/2082575038703844",
        "https://www.facebook.com/business/help/1033094474356222",
        "https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters",
        "https://developers.facebook.com/docs/marketing-api/audiences/guides/value-based-lookalike-audiences",
    ),
    fields=MappingProxyType(
        {
            "email": Field("email", norm.email),
            "phone": Field("phone", phones.digits),
            "mobile_id": Field("madid", norm.mobile_id, hashed=False),
            "first_name": Field("fn", norm.meta_name),
            "last_name": Field("ln", norm.meta_name),
            "city": Field("ct", norm.city),
            "state": Field("st", norm.meta_state),
            "zip": Field("zip", norm.meta_postcode),
            "country": Field("country", norm.country_code),
            "birth_date": Field("dob", norm.birth_date),
            "gender": Field("gen", norm.gender),
        }
    ),
    identifying=(("email",), ("phone",), ("mobile_id",), ("first_name", "last_name")),
    value="value",
)

TIKTOK: Final = Layout(
    platform="TikTok",
    sources=("https://ads.tiktok.com/help/article/list-of-supported-ids-and-formats-for-a-customer-file",),
    fields=MappingProxyType(
        {
            "email": Field("Email", norm.tiktok_email, hashed_header="Email_SHA256"),
            "phone": Field("Phone", phones.digits, hashed_header="Phone_SHA256"),
            "mobile_id": Field("MAID", norm.mobile_id, hashed_header="MAID_SHA256"),
        }
    ),
    identifying=(("email",), ("phone",), ("mobile_id",)),
)

LayoutName = Literal["google", "meta", "tiktok"]

LAYOUTS: Final[Mapping[LayoutName, Layout]] = MappingProxyType(
    {"google": GOOGLE, "meta": META, "tiktok": TIKTOK}
)
