"""Time a call: repeated, after a warm-up, on the clock and on the processor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TypeVar

# A repetition calls as often as it takes to last this long, so that the clock's own grain does not show.
LEAST_SECONDS = 0.1

Found = TypeVar("Found")


@dataclass(frozen=True)
class Timing:
    """Seconds per call, one value a repetition.

    Attributes
    ----------
    elapsed : tuple of float
        By the clock on the wall.
    processor : tuple of float
        Of all processors together, ended child processes included: what a busy machine disturbs less. Empty where it
        cannot be known.
    calls : int
        Calls in each repetition.
    """

    elapsed: tuple[float, ...]
    processor: tuple[float, ...]
    calls: int = 1

    @property
    def median(self) -> float:
        """Return the median of `elapsed`."""
        return median(self.elapsed)

    @property
    def processor_median(self) -> float | None:
        """Return the median of `processor`; None where there is none."""
        return median(self.processor) if self.processor else None


def time_calls(
    call: Callable[[], Found],
    *,
    repeats: int,
    least: float = LEAST_SECONDS,
    warm_up: Callable[[], object] | None = None,
) -> tuple[Timing, Found]:
    """Time a call.

    Parameters
    ----------
    call : callable
        Does the work once; its last result is returned.
    repeats : int
        Repetitions after the warm-up.
    least : float
        Shortest repetition in seconds; shorter calls are made several times in each.
    warm_up : callable, optional
        Called once first, instead of `call` itself, where that takes long; `call` is then made once a repetition.
    """
    start = time.perf_counter()
    (warm_up or call)()
    calls = 1 if warm_up else max(1, ceil(least / max(time.perf_counter() - start, 1e-9)))
    elapsed, processor = [], []
    for _ in range(repeats):
        clock, work = time.perf_counter(), processor_seconds()
        for _ in range(calls):
            found = call()
        elapsed.append((time.perf_counter() - clock) / calls)
        processor.append((processor_seconds() - work) / calls)
    return Timing(tuple(elapsed), tuple(processor), calls), found


def processor_seconds() -> float:
    """Return processor time of this process and its ended children (the latter always 0 on Windows)."""
    return time.process_time() + sum(os.times()[2:4])
