"""Tables of orders in files as shops export them, and the likely meaning of their columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from clv._files.reading import FileFormat, ReadFile, read_file
from clv._files.suggesting import Suggestion, suggest, suggestions

__all__ = ["FileFormat", "ReadFile", "Suggestion", "read_file", "read_table", "suggest", "suggestions"]


def read_table(path: str | Path, customer: str | None = None) -> pd.DataFrame:
    """The table of a file, for readers of amounts that take no text: a column whose texts all are numbers is numeric.

    Parameters
    ----------
    path : str or Path
        The file.
    customer : str, optional
        The column of the customers, which stays text; so does one of which a text begins with 0 and a digit.

    Returns
    -------
    pandas.DataFrame
    """
    read = read_file(path, ids=customer)
    table = read.table
    if read.found.encoding is None:  # neither a text file nor a web page
        return table
    for name in (name for name in table if name != customer):
        text = table[name].dropna()
        if not text.str.match(r"0\d").any():
            numbers = pd.to_numeric(text, errors="coerce")
            if numbers.notna().all() and len(text):
                table[name] = pd.to_numeric(table[name])
    return table
