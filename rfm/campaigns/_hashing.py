"""A number for each customer that looks random, and is the same on every engine and every day."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.ids import as_text
from rfm._frames.joins import join_in_order
from rfm._frames.mapping import map_columns
from rfm._frames.native import Frame, to_native
from rfm._options import check_text, received
from rfm.errors import DataError

__all__ = ["STEPS", "check_name", "place", "with_places"]

STEPS: Final = 2**62
"""A place is a whole number from 0 to STEPS − 1: it fits into 64 bits with a sign, as every engine has them."""

QUOTED: Final = json.JSONEncoder(ensure_ascii=False).encode
"""A text as JSON has it; `json.dumps` would make such an encoder for each."""


def check_name(name: Any, hint: str) -> None:
    """Refuse what is no name of a campaign: an empty text, or one that no file can hold.

    Raises
    ------
    DataError
    """
    check_text("name", name, hint)
    try:
        name.encode()
    except UnicodeEncodeError:
        raise DataError(f"name must be text; got {received(name)}. Hint: {hint}.") from None


def place(name: str, seed: int, customer: Any) -> int:
    """The place of a customer among `STEPS`: the first 62 bits of SHA-256 of ``["name",seed,"id"]`` as UTF-8.

    Any other program can compute it from that definition. JSON keeps names and ids apart: no two triples have
    one text.

    Examples
    --------
    >>> place("autumn", 0, 17) / STEPS
    0.7350835873295839
    """
    return _placed(_beginning(name, seed), customer)


def with_places(frame: Frame, name: str, seed: int, column: str) -> Frame:
    """The table with each customer's place for a name and seed; rows keep their order in memory."""
    beginning = _beginning(name, seed)

    def placed(ids: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        return {column: np.array([_placed(beginning, each) for each in ids.tolist()], dtype=np.int64)}

    places = nw.from_native(map_columns(to_native(frame.select("customer_id")), ["customer_id"], placed))
    placed_frame: Frame = join_in_order(frame, places)
    return placed_frame


def _beginning(name: str, seed: int) -> bytes:
    """What the texts of all customers begin with: ``["name",seed,``."""
    return f"[{QUOTED(name)},{seed},".encode("utf-8", "surrogatepass")


def _placed(beginning: bytes, customer: Any) -> int:
    text = beginning + f"{QUOTED(as_text(customer))}]".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 2
