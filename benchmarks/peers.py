"""The peers: PyMARE in this process; metafor, with clubSandwich, and JAGS in R, where they are installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from warnings import catch_warnings, filterwarnings

import numpy as np

from benchmarks.record import Entry
from benchmarks.timing import LEAST_SECONDS, Timing

with catch_warnings():
    # PyMARE 0.0.13 reads a JSON file on import without closing it, which stops a run under -W error.
    filterwarnings("ignore", category=ResourceWarning)
    from pymare import Dataset
    from pymare.estimators import VarianceBasedLikelihoodEstimator
    from pymare.results import MetaRegressionResults

SCRIPT = Path(__file__).with_name("metafor.R")
JAGS = Path(__file__).with_name("jags.R")
ROOT = Path(__file__).parents[1]


def pymare_results(yi: np.ndarray, vi: np.ndarray, fidelity: np.ndarray | None = None) -> MetaRegressionResults:
    """Fit with PyMARE as its documentation shows: REML at its own tolerance, Knapp-Hartung.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,) or (k, d)
        One data set, or d side by side.
    fidelity : numpy.ndarray, shape (k,), optional
        A moderator beside the intercept.
    """
    X, names = (None, None) if fidelity is None else (fidelity[:, None], ["fidelity"])
    engine = VarianceBasedLikelihoodEstimator(method="REML", small_sample_correction="knapp-hartung")
    return engine.fit_dataset(Dataset(y=yi, v=vi, X=X, X_names=names)).summary()


def pymare_permutations(
    yi: np.ndarray, vi: np.ndarray, fidelity: np.ndarray, permutations: int, seed: int
) -> tuple[float, float]:
    """Return PyMARE's statistic of the slope and its permutation p value."""
    np.random.seed(seed)  # noqa: NPY002 - PyMARE draws from numpy's global generator and takes no seed
    results = pymare_results(yi, vi, fidelity)
    stats = results.get_fe_stats()
    statistic = float(stats["est"][1, 0] / stats["se"][1, 0])
    return statistic, float(results.permutation_test(n_perm=permutations).perm_p["fe_p"][1, 0])


@cache
def why_no_metafor() -> str:
    """Return why metafor cannot take part; empty where it can."""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    probe = "for (name in c('metafor', 'jsonlite')) if (!requireNamespace(name, quietly = TRUE)) cat(name, '')"
    done = subprocess.run(["Rscript", "-e", probe], capture_output=True, text=True, check=False)
    missing = done.stdout.split()
    if done.returncode != 0:
        return f"R does not start: {done.stderr.strip()[-200:]}"
    return f"R is installed, but not its {' and '.join(missing)}" if missing else ""


@cache
def why_no_clubsandwich() -> str:
    """Return why metafor cannot take part with clubSandwich; empty where it can."""
    if why_no_metafor():
        return why_no_metafor()
    probe = "if (!requireNamespace('clubSandwich', quietly = TRUE)) cat('missing')"
    done = subprocess.run(["Rscript", "-e", probe], capture_output=True, text=True, check=False)
    return "R is installed, but not its clubSandwich" if done.returncode or done.stdout else ""


@cache
def why_no_jags() -> str:
    """Return why JAGS cannot take part; empty where it can."""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    probe = "for (name in c('rjags', 'jsonlite')) if (!requireNamespace(name, quietly = TRUE)) cat(name, '')"
    done = subprocess.run(["Rscript", "-e", probe], capture_output=True, text=True, check=False)
    missing = done.stdout.split()
    if done.returncode != 0 or missing:
        return f"R is installed, but not its {' and '.join(missing) or 'rjags'} (Debian: jags, r-cran-rjags)"
    return ""


@dataclass(frozen=True)
class FromR:
    """What R measured and found."""

    timing: Timing
    found: Any


def ask_metafor(task: str, *, repeats: int, least: float = LEAST_SECONDS, **data: Any) -> FromR:
    """Have metafor do a task of metafor.R and time it within R; call only where `why_no_metafor` is empty."""
    answer = _ask({"task": task, "repeats": repeats, "least": least, **data})
    return FromR(Timing(tuple(answer["elapsed"]), tuple(answer["processor"]), answer["calls"]), answer["found"])


def ask_jags(*, adapt: int, warmup: int, draws: int, seed: int, **data: Any) -> FromR:
    """Have JAGS draw one chain of the measurement model; call only where `why_no_jags` is empty.

    Found are its version, the slope's mean, its Monte-Carlo error and how many effective draws it has.
    """
    how = {"adapt": adapt, "warmup": warmup, "draws": draws, "seed": seed}
    answer = _ask(data | how, JAGS)
    return FromR(Timing((answer["elapsed"],), (answer["processor"],)), answer)


def metafor_versions() -> dict[str, str]:
    """Return the versions of R, metafor and clubSandwich; empty where absent."""
    return {} if why_no_metafor() else _ask({"task": "version"})


def absent(what: str, why: str = "", *, who: str = "metafor") -> Entry:
    """Return a peer's line where it cannot take part."""
    return Entry(who, what, None, note=f"absent: {why or why_no_metafor()}")


def _ask(request: dict[str, Any], script: Path = SCRIPT) -> dict[str, Any]:
    plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in request.items()}
    done = subprocess.run(
        ["Rscript", str(script)],
        input=json.dumps(plain),
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        task = f" on the task {request['task']}" if "task" in request else ""
        raise RuntimeError(f"{script.name} failed{task}:\n{done.stderr.strip()}")
    return json.loads(done.stdout)
