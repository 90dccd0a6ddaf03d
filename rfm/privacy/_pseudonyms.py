"""Pseudonyms: ids replaced by keyed digests, which nobody without the key can link to a customer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.execution import fetch
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
"""Bytes of a key: with fewer, all keys can be tried."""
PSEUDONYM: Final = f"{INTERNAL}pseudonym"


def pseudonymize(frame: FrameT, key: bytes | str, columns: Sequence[str] = ("customer_id",)) -> FrameT:
    """Replace ids by pseudonyms: HMAC-SHA256 of the id as text, as 64 hexadecimal digits.

    The same key gives the same pseudonym in every table, so that tables can still be joined. Who has the key can make
    the pseudonym of any id; who has it not cannot, even if all ids are known. The key is neither stored nor shown.

    Parameters
    ----------
    frame : dataframe
        Any table.
    key : bytes or str
        16 bytes or more from a source of random numbers, such as ``secrets.token_bytes(32)``; text counts as UTF-8.
    columns : sequence of str
        The columns of ids.

    Returns
    -------
    dataframe of the kind that came in
        With texts in these columns. Other columns are as they were: dates and amounts may still tell who somebody is
        (`k_anonymity`).

    Raises
    ------
    DataError
        If the key is missing or short, or a column is missing, holds missing values or no plain ids.

    See Also
    --------
    k_anonymity : Whether other columns identify customers.
    suppress : Small groups of a table.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> orders = pd.DataFrame({"customer_id": ["ann", "bob", "ann"], "amount": [20.0, 5.0, 30.0]})
    >>> safe = rfm.privacy.pseudonymize(orders, key=b"a key of 32 random bytes, please")
    >>> safe["customer_id"].str[:8].tolist()
    ['4d1dd10d', '9eefd8dd', '4d1dd10d']
    """
    secret = _key(key)
    table: Any = from_native(frame, "pseudonymize takes a table with a column of ids")
    names = texts("columns", columns, 'columns=["customer_id"]')
    if not names:
        raise DataError('columns is empty. Hint: columns=["customer_id"].')
    check_columns(table, names, "columns= names the columns of ids")
    check_groups(table, names)
    for name in names:
        if fetch(table.filter(nw.col(name).is_null()).select(name).head(1)).shape[0]:
            raise DataError(f"Column {name!r} has missing ids. Hint: drop these rows, or name them.")
        table = _with_pseudonyms(table, name, secret)
    answer: FrameT = to_native(table)
    return answer


def _key(key: Any) -> bytes:
    """The key as bytes. Messages show nothing of it."""
    hint = "Hint: key=secrets.token_bytes(32), kept where your passwords are."
    if key is None or not isinstance(key, bytes | bytearray | str):
        raise DataError(
            f"key must be bytes or text; got {received(None) if key is None else type(key).__name__}. {hint}"
        )
    secret = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else bytes(key)
    if len(secret) < SHORTEST:
        raise DataError(f"key has {len(secret)} bytes; a key has {SHORTEST} or more. {hint}")
    if len(set(secret)) < SHORTEST // 2:
        raise DataError(f"key has only {len(set(secret))} different bytes, which can be guessed. {hint}")
    return secret


def _with_pseudonyms(table: Any, name: str, secret: bytes) -> Any:
    """The table with one column of ids replaced."""

    def made(ids: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        digests = [
            hmac.new(secret, as_text(each).encode(), hashlib.sha256).hexdigest() for each in ids.tolist()
        ]
        return {PSEUDONYM: np.array(digests, dtype=object)}

    names = table.collect_schema().names()
    ids = table.select(customer_id=nw.col(name)).unique()
    mapped = nw.from_native(map_columns(to_native(ids), ["customer_id"], made))
    known = mapped.select(**{name: nw.col("customer_id"), PSEUDONYM: nw.col(PSEUDONYM)})
    joined = join_in_order(table, known, on=name)
    return joined.drop(name).rename({PSEUDONYM: name}).select(*names)
