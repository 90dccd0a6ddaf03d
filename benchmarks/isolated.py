"""A call in a separate process: its wall time, processor time and peak memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Cost", "cost", "isolated"]


class Cost(NamedTuple):
    """``seconds`` on the clock, ``work`` in seconds of processors, ``peak`` memory of the process in GB."""

    seconds: float
    work: float
    peak: float


def isolated(function: Callable[..., Any], *arguments: Any, before: Callable[[], Any] | None = None) -> Cost:
    """The cost of a call in a new process, without that of starting it and of ``before``."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        if before is not None:
            pool.submit(before).result()
        return pool.submit(cost, function, *arguments).result()


def cost(function: Callable[..., Any], *arguments: Any) -> Cost:
    """The cost of a call in this process, whose peak memory is that of its whole life."""
    begin, work = time.perf_counter(), time.process_time()
    function(*arguments)
    taken, worked = time.perf_counter() - begin, time.process_time() - work
    return Cost(taken, worked, _peak() / 2**20)


def _peak() -> int:
    """Peak memory of the process in kilobytes."""
    status = Path("/proc/self/status")
    if status.exists():  # elsewhere a new process may include its parent's memory
        return int(status.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
