"""What the numbers were measured on, and whether other work disturbed them."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("numpy", "scipy", "pandas", "pymare")
_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_CALLERS = dict(os.environ)


@dataclass(frozen=True)
class Machine:
    """Where a run took place.

    Attributes
    ----------
    cores : int
        Processors this process may use.
    processor, system, python : str
    libraries : dict[str, str]
        Versions of what the contestants are made of.
    load : float or None
        Processes that wanted a processor over the last minute, before the run; None where the system does not tell.
    """

    cores: int
    processor: str
    system: str
    python: str
    libraries: dict[str, str]
    load: float | None

    def lines(self) -> list[str]:
        """Return the machine in words, with a warning where it was busy."""
        listed = ", ".join(f"{name} {number}" for name, number in self.libraries.items())
        lines = [
            f"{self.cores} cores of {self.processor}, {self.system}, Python {self.python}",
            listed,
            "Models: every contestant on one thread of BLAS. Commands: as the caller's environment has them.",
        ]
        return [*lines, *busy(self.load, self.cores)]


def describe_machine() -> Machine:
    """Look at the machine."""
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        processor=_processor(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        libraries={name: version(name) for name in LIBRARIES},
        load=current_load(),
    )


def current_load() -> float | None:
    """Return the load average of the last minute; None where the system has none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def busy(load: float | None, cores: int) -> list[str]:
    """Return a warning when the machine had other work for a third of its processors or more; otherwise nothing."""
    if load is None or load < cores / 3:
        return []
    warning = (
        f"WARNING: other work is running (load {load:.1f} on {cores} cores). Times are longer than they would be; "
        "processor times and the ratio of those are disturbed less."
    )
    return [warning]


def limit_threads() -> None:
    """Give every contestant one thread of BLAS, R and its library included; call before numpy is imported."""
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, "1"))


def callers_environment() -> dict[str, str]:
    """Return the environment as it was before `limit_threads`: what a user's own command runs in."""
    return dict(_CALLERS)


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
