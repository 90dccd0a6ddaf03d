"""Tables of orders in files as shops export them, and the likely meaning of their columns."""

from clv._files.reading import FileFormat, ReadFile, read_file
from clv._files.suggesting import Suggestion, suggest, suggestions

__all__ = ["FileFormat", "ReadFile", "Suggestion", "read_file", "suggest", "suggestions"]
