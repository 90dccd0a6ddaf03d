"""Pseudonyms: ids replaced by keyed digests, which nobody without the key can link to a customer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.execution import fetch, materialise
from rfm._frames.ids import as_text
from rfm._frames.joins import join_in_order
from rfm._frames.mapping import map_columns
from rfm._frames.native import INTERNAL, from_native, to_native
from rfm._frames.types import FrameT
from rfm._options import received, texts
from rfm._requirements import check_columns, check_groups
from rfm.errors import DataError

__all__ = ["pseudonymize"]

SHORTEST: Final = 16
SHORTEST_TEXT: Final = 32
"""Bytes of a key: with fewer, all keys can be tried. Letters and digits have half as many bits, or fewer."""
LARGEST: Final = 2.0**63  # floats beyond are no ids that anybody numbered
PSEUDONYM: Final = f"{INTERNAL}pseudonym"
NO_IDS: Final = (nw.Boolean, nw.Date, nw.Datetime, nw.Duration, nw.Time, nw.Binary)
"""Types that engines do not write in one way; as texts they are ids."""


def pseudonymize(
    frame: FrameT, key: bytes | str, columns: Sequence[str] = ("customer_id",), *, context: str = ""
) -> FrameT:
    """Replace ids by pseudonyms: HMAC-SHA256 of the id as text, as 64 hexadecimal digits.

    The same key and context give the same pseudonym in every table, so that tables can still be joined. Who has the
    key can make the pseudonym of any id; who has it not cannot, even if all ids are known. The key is neither stored
    nor shown.

    Parameters
    ----------
    frame : dataframe
        Any table.
    key : bytes or str
        16 bytes or more from a source of random numbers, such as ``secrets.token_bytes(32)``; or 32 characters or more,
        such as ``secrets.token_hex(32)``. Text counts as UTF-8.
    columns : sequence of str
        The columns of ids: texts, whole numbers or UUIDs. 17, 17.0 and "17" are one id.
    context : str
        For whom, or what for, such as ``"agency, 2026"``. Pseudonyms of two contexts cannot be joined without the key:
        a key that is used for two recipients lets them put their tables together.

    Returns
    -------
    dataframe of the kind that came in
        With texts in these columns. Other columns are as they were: dates and amounts may still tell who somebody is
        (`k_anonymity`). A table behind an engine is computed, so that neither ids nor key are part of a plan that is
        saved; only Spark's keeps them, which writes data and not plans.

    Raises
    ------
    DataError
        If the key is missing or short, or a column is missing, holds missing values or no plain ids.

    See Also
    --------
    k_anonymity : Whether other columns identify customers.
    suppress : Small groups of a table.

    Notes
    -----
    HMAC-SHA256 is that of RFC 2104 and FIPS 198-1. With a context, its key is HMAC-SHA512 of the context under the
    given key. Pseudonyms are still personal data for whoever has the key.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> orders = pd.DataFrame({"customer_id": ["ann", "bob", "ann"], "amount": [20.0, 5.0, 30.0]})
    >>> safe = rfm.privacy.pseudonymize(orders, key=b"a key of 32 random bytes, please")
    >>> safe["customer_id"].str[:8].tolist()
    ['4d1dd10d', '9eefd8dd', '4d1dd10d']
    """
    secret = _key(key)
    if not isinstance(context, str):
        raise DataError(f'context must be text; got {received(context)}. Hint: context="agency, 2026".')
    if context:
        secret = hmac.new(secret, _bytes(context), hashlib.sha512).digest()
    table: Any = from_native(frame, "pseudonymize takes a table with a column of ids")
    names = list(dict.fromkeys(texts("columns", columns, 'columns=["customer_id"]')))
    if not names:
        raise DataError('columns is empty. Hint: columns=["customer_id"].')
    check_columns(table, names, "columns= names the columns of ids")
    check_groups(table, names)
    for name in names:
        _check_ids(table, name)
    for name in names:
        table = _with_pseudonyms(table, name, secret)
    answer: FrameT = to_native(materialise(table))
    return answer


def _check_ids(table: Any, name: str) -> None:
    """Refuse missing ids, and values that are written in several ways."""
    dtype = table.collect_schema()[name]
    odd: Any = None
    if dtype in NO_IDS:
        odd = f"holds {dtype}"
    column = nw.col(name)
    missing = column.is_null()
    if dtype.is_float():
        missing = missing | column.is_nan()
    if fetch(table.filter(missing).select(name).head(1)).shape[0]:
        raise DataError(f"Column {name!r} has missing ids. Hint: drop these rows, or name them.")
    if dtype.is_float() or dtype.is_decimal():
        value = column.cast(nw.Float64)
        broken = fetch(table.filter(~(value.abs() < LARGEST) | (value != value.floor())).select(name).head(1))
        odd = f"holds {received(broken.item())}" if len(broken) else None
    elif dtype == nw.Object and isinstance(table, nw.DataFrame):
        others = [each for each in table.get_column(name).to_list() if not _is_id(each)]
        odd = f"holds {received(others[0])}" if others else None
    if odd:
        raise DataError(f"Column {name!r} {odd}, which is no id. Hint: convert it to texts.")


def _is_id(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, float | np.floating | Decimal):
        return float(value).is_integer()
    return isinstance(value, str | int | np.integer | UUID)


def _key(key: Any) -> bytes:
    """The key as bytes. Messages show nothing of it."""
    hint = "Hint: key=secrets.token_bytes(32), kept where your passwords are."
    if key is None or not isinstance(key, bytes | bytearray | str):
        raise DataError(
            f"key must be bytes or text; got {received(None) if key is None else type(key).__name__}. {hint}"
        )
    secret = _bytes(key) if isinstance(key, str) else bytes(key)
    if len(secret) < SHORTEST:
        raise DataError(f"key has {len(secret)} bytes; a key has {SHORTEST} or more. {hint}")
    if len(secret) < SHORTEST_TEXT and all(32 <= each < 127 for each in secret):
        raise DataError(
            f"key has {len(secret)} bytes, all of them letters, digits or signs; such a key has {SHORTEST_TEXT} or "
            f"more. {hint}"
        )
    if len(set(secret)) < SHORTEST // 2:
        raise DataError(f"key has only {len(set(secret))} different bytes, which can be guessed. {hint}")
    return secret


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_pseudonyms(table: Any, name: str, secret: bytes) -> Any:
    """The table with one column of ids replaced."""

    def made(ids: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        digests = [
            hmac.new(secret, _bytes(as_text(each)), hashlib.sha256).hexdigest() for each in ids.tolist()
        ]
        return {PSEUDONYM: np.array(digests, dtype=object)}

    names = table.collect_schema().names()
    ids = table.select(customer_id=nw.col(name)).unique()
    mapped = nw.from_native(map_columns(to_native(ids), ["customer_id"], made))
    known = mapped.select(**{name: nw.col("customer_id"), PSEUDONYM: nw.col(PSEUDONYM)})
    joined = join_in_order(table, known, on=name)
    return joined.drop(name).rename({PSEUDONYM: name}).select(*names)
