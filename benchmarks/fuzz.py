"""Random nasty logs through the whole public face: do the metamorphic laws hold, on every engine?

    python -m benchmarks.fuzz [--minutes 0.5] [--seed N] [--laws shuffled …] [--faces rfm.score …] [--engines duckdb …]

A run has a seed, which it prints, taken from `--seed`, from the environment variable RFM_FUZZ_SEED, or at random. Each
case draws a log of a few rows, options, a public function, a law (`benchmarks/fuzzing/laws.py` says them) and an
engine; the number of a case and the seed determine it, so that `--seed N --case K` asks it again. A case that breaks
its law is made smaller and printed as code that a test can hold, and the exit code is 1. Besides the engines in memory,
a run has one lazy engine, which the seed chooses; runs of ten minutes or more change it every minute, and have Dask and
Spark too, where they are installed.

Time is looked at between cases only, so that no case is judged by its time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.fuzzing.cases import BrokenLawError, Case, check
from benchmarks.fuzzing.faces import FACES
from benchmarks.fuzzing.forms import IN_MEMORY, LAZY, SLOW, installed
from benchmarks.fuzzing.laws import LAWS
from benchmarks.fuzzing.logs import nasty_options, nasty_rows
from benchmarks.fuzzing.shrinking import shrunk

SEED = "RFM_FUZZ_SEED"
NIGHTLY = 10.0  # minutes from which a run has the slow engines
ROUND = 60.0  # seconds with one lazy engine
SHRINK = 20.0  # seconds
OF_SUMMARIES = dict.fromkeys(("pieces", "amounts as text"), "rfm.summarize")  # laws of one function alone


@dataclass
class Tally:
    """What was asked: variants by law and by function, refusals, and one violation of each kind."""

    cases: int = 0
    by_law: Counter[str] = field(default_factory=Counter)
    by_face: Counter[str] = field(default_factory=Counter)
    by_engine: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    slowest: tuple[float, str] = (0.0, "none")  # seconds of a processor, and the case
    violations: list[Case] = field(default_factory=list)

    @property
    def compared(self) -> int:
        return self.by_law.total()


@dataclass(frozen=True)
class Plan:
    """What cases are drawn from."""

    seed: int
    laws: tuple[str, ...]
    faces: tuple[str, ...]
    engines: tuple[str, ...]  # lazy ones, in turns

    def case(self, number: int, lazy: str | None) -> Case:
        """A case by its number, on an engine in memory or on the lazy one."""
        rng = np.random.default_rng([self.seed, number])
        rarity = np.array([1 / FACES[name].cost for name in self.faces])
        engines = [*IN_MEMORY, *([lazy] if lazy else [])]
        law = self.laws[int(rng.integers(len(self.laws)))]
        face = (
            "rfm.summarize"
            if law in ("pieces", "amounts as text")
            else str(rng.choice(self.faces, p=rarity / rarity.sum()))
        )
        return Case(
            law=law,
            face=OF_SUMMARIES.get(law, face),
            rows=nasty_rows(rng),
            options=nasty_options(rng),
            engine=lazy if lazy and law == "engines" else engines[int(rng.integers(len(engines)))],
            seed=int(rng.integers(2**31)),
        )

    def lazy_engine(self, round_: int) -> str | None:
        """The lazy engine of a round."""
        if not self.engines:
            return None
        order = np.random.default_rng([self.seed, 2**32]).permutation(len(self.engines))
        return self.engines[int(order[round_ % len(order)])]


def run(plan: Plan, seconds: float, *, rounds: bool, only: tuple[int, str | None] | None = None) -> Tally:
    """Ask cases until the time is up, one violation of each law and function."""
    tally, begin = Tally(), time.monotonic()
    met: set[tuple[str, str]] = set()
    number = 0 if only is None else only[0]
    while time.monotonic() < begin + seconds:
        passed = int((time.monotonic() - begin) / ROUND) if rounds else 0
        lazy = plan.lazy_engine(passed) if only is None or only[1] is None else only[1]
        case = plan.case(number, lazy)
        tally.cases += 1
        start = time.process_time()
        try:
            outcome = check(case)
        except BrokenLawError as violation:
            if (case.law, case.face) not in met:
                met.add((case.law, case.face))
                print(
                    f"\nCase {number} of seed {plan.seed} (lazy engine {lazy}) breaks {case.law!r}:\n  {violation}"
                )
                small = shrunk(case, SHRINK)
                tally.violations.append(small)
                print(_as_code(small), flush=True)
        else:
            tally.by_law[case.law] += outcome.compared
            tally.by_face[case.face] += outcome.compared
            tally.by_engine[case.engine] += outcome.compared
            tally.refused += outcome.refused
        name = f"number {number}, {case.law}, {case.face}, {case.engine}"
        tally.slowest = max(tally.slowest, (time.process_time() - start, name))
        number += 1
        if only is not None:
            break
    return tally


def _as_code(case: Case) -> str:
    try:
        check(case)
        why = "(does not fail again)"
    except BrokenLawError as violation:
        why = str(violation)
    infinite = "    from math import inf\n" if "inf," in repr(case.rows) else ""
    return (
        f"Made smaller:\n  {why}\n\n{infinite}    from benchmarks.fuzzing import Case, Options, check\n\n"
        f"    check({case!r})\n"
    )


def _new_seed() -> int:
    """That of the environment, or one that no run had."""
    given = os.environ.get(SEED)
    return int(given) if given else int(np.random.default_rng().integers(2**32))


def main() -> int:
    """Run as the command line asks."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--minutes", type=float, default=0.5, help="of time, checked between cases (default 0.5)"
    )
    parser.add_argument("--seed", type=int, help=f"default: {SEED}, or a new one")
    parser.add_argument("--case", type=int, help="ask the case of this number alone")
    parser.add_argument("--laws", nargs="*", choices=list(LAWS), default=list(LAWS))
    parser.add_argument("--faces", nargs="*", choices=list(FACES), default=list(FACES))
    parser.add_argument("--engines", nargs="*", choices=[*LAZY, *SLOW], help="lazy ones, one at a time")
    options = parser.parse_args()
    seed = (
        options.seed
        if options.seed is not None
        else int(os.environ.get(SEED) or np.random.SeedSequence().entropy % 2**32)
    )  # type: ignore[operator]
    nightly = options.minutes >= NIGHTLY
    known = options.engines if options.engines is not None else [*LAZY, *(SLOW if nightly else ())]
    engines = tuple(engine for engine in known if installed(engine))
    plan = Plan(seed, tuple(options.laws), tuple(options.faces), engines)
    print(f"Seed {seed}: to repeat, --seed {seed}, or {SEED}={seed}. Lazy engines: "
          f"{', '.join(engines) if nightly else plan.lazy_engine(0)}", flush=True)  # fmt: skip
    only = None if options.case is None else (options.case, None)
    tally = run(plan, 60 * options.minutes, rounds=nightly, only=only)
    for title, counts in (("law", tally.by_law), ("function", tally.by_face), ("engine", tally.by_engine)):
        print(f"By {title}: " + ", ".join(f"{name} {count:,}" for name, count in counts.most_common()))
    print(f"The slowest case took {tally.slowest[0]:.1f} s of a processor: {tally.slowest[1]}")
    print(f"{tally.cases:,} cases, {tally.compared:,} comparisons of which {tally.refused:,} of refusals; "
          f"{len(tally.violations)} violations (seed {seed})")  # fmt: skip
    return int(bool(tally.violations))


if __name__ == "__main__":
    sys.exit(main())
