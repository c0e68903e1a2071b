"""The kernels with their compiled loops or without them, whatever other tests have loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from synthesis.statistics import kernels

ENGINES = ["numpy", "compiled"]


@contextmanager
def using(engine: str) -> Iterator[None]:
    """Let the compiled loops be used, or not; the calling test is skipped where they are not installed."""
    if engine == "compiled":
        pytest.importorskip("numba", reason="the extra `multiverse` is not installed")
        kernels.load_compiled()
        yield
        return
    loaded, needed = sys.modules.pop(kernels.LANES, None), kernels.WORTH_LOADING
    kernels.WORTH_LOADING = np.inf
    try:
        yield
    finally:
        kernels.WORTH_LOADING = needed
        if loaded:
            sys.modules[kernels.LANES] = loaded
