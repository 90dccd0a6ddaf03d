"""Phone numbers with their country's code, read by the library `phonenumbers`."""

from __future__ import annotations

from typing import Any

from rfm.errors import DataError

__all__ = ["check_country", "digits", "e164"]

HINT = "pip install 'rfm-clv[audience]'"


def e164(text: str, region: str = "") -> str | None:
    """A number as E.164, such as +886912345678; None if it is none of its country's, or the country is unknown.

    Parameters
    ----------
    text : str
        With a country's code (+886, 00886) or, of the region, without.
    region : str
        Two letters; empty if unknown.

    Returns
    -------
    str or None

    Raises
    ------
    ImportError
        If `phonenumbers` is not installed.
    """
    phonenumbers = _library()
    if text.startswith("00") and not text.startswith("000"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:  # it is no number, or lacks its country
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def digits(text: str, region: str = "") -> str | None:
    """The same without the plus."""
    found = e164(text, region)
    return None if found is None else found.removeprefix("+")


def check_country(country: str) -> None:
    """Refuse a country that has no phone numbers.

    Raises
    ------
    DataError
    """
    if country.upper() not in _library().SUPPORTED_REGIONS:
        raise DataError(f'country must be two letters of ISO 3166; got {country!r}. Hint: country="TW".')


def _library() -> Any:
    try:
        import phonenumbers  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(f"Phone numbers need phonenumbers. Hint: {HINT}.") from error
    return phonenumbers
