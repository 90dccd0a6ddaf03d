"""Random nasty logs, and the laws that the answers about them obey: the parts of `python -m benchmarks.fuzz`.

A case that broke a law is printed as code for a test:

    from benchmarks.fuzzing import Case, Options, check

    check(Case(law="doubled", face="rfm.score", engine="polars", seed=7, options=Options(bins=3),
               rows=(("ann", "2024-01-05", 20.0, None), ("bob", "2024-01-07", 5.0, None))))
"""

from benchmarks.fuzzing.cases import BrokenLawError, Case, check
from benchmarks.fuzzing.logs import Options

__all__ = ["BrokenLawError", "Case", "Options", "check"]
