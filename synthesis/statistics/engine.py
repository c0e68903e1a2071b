"""The door to PyMARE, the second engine: the only file that imports it, without what it loads and we never use.

Importing PyMARE 0.0.13 imports its effect-size module, and with it sympy, which takes longer than everything a pool
computes. That module is also the one whose variances were wrong in every earlier release, so nothing here uses it. A
stand-in takes its place while PyMARE is imported, and others the places of scipy.stats and scipy.optimize, which its
results and intervals ask and its estimators do not. All leave again: whoever asks for the real ones, PyMARE included,
gets them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from warnings import catch_warnings, filterwarnings

import numpy as np

from synthesis.choices import CiMethod, Method

EFFECT_SIZES = "pymare.effectsize"
CONVERTERS = ("OneSampleEffectSizeConverter", "TwoSampleEffectSizeConverter")


class _StandIn(ModuleType):
    """A module that is imported when it is first asked for anything."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system itself asks
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _late(module: str, name: str) -> Callable[..., Any]:
    """Return a function that imports the one it stands for when it is first called."""

    def call(*args: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **options)

    return call


@contextmanager
def _standing_in(places: Mapping[str, Iterable[str]]) -> Iterator[None]:
    """Let stand-ins take the places of modules that nobody has imported yet; some functions are asked by name."""
    placed = {name: _StandIn(name) for name in places if name not in sys.modules}
    for name, module in placed.items():
        module.__dict__.update({function: _late(name, function) for function in places[name]})
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name, module in placed.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _import_pymare() -> None:
    effect_sizes = _StandIn(EFFECT_SIZES)
    effect_sizes.__dict__.update(dict.fromkeys(CONVERTERS))
    sys.modules[EFFECT_SIZES] = effect_sizes
    try:
        with _standing_in({"scipy.stats": (), "scipy.optimize": ("brentq",)}):
            pymare = importlib.import_module("pymare")
    finally:
        del sys.modules[EFFECT_SIZES]
    for name in (*CONVERTERS, "effectsize"):
        pymare.__dict__.pop(name, None)

    def ask_for_the_real_one(name: str) -> Any:
        if name not in (*CONVERTERS, "effectsize"):
            raise AttributeError(f"module 'pymare' has no attribute {name!r}")
        real = importlib.import_module(EFFECT_SIZES)
        return real if name == "effectsize" else getattr(real, name)

    pymare.__getattr__ = ask_for_the_real_one


with catch_warnings():
    # PyMARE 0.0.13 reads a JSON file on import without closing it, which stops a run under -W error.
    filterwarnings("ignore", category=ResourceWarning)
    if "pymare" not in sys.modules and EFFECT_SIZES not in sys.modules:
        _import_pymare()

from pymare import estimators as pymare_estimators  # noqa: E402

# PyMARE's own names for the corrections; passed by name in every call, because its default changed in 0.0.11.
_CORRECTIONS = {
    "knapp-hartung-floor": "knapp-hartung-conservative",
    "knapp-hartung": "knapp-hartung",
    "wald": "wald",
}
# Tighter than PyMARE's default (1e-6 of its bracket), so that tau2 agrees with others to 1e-7 and better.
_SEARCH = {"xtol": 1e-10, "ftol": 1e-15, "maxiter": 200}


def pymare_tau2(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, method: Method) -> float:
    """Estimate tau2 of one data set by PyMARE: every method but Paule-Mandel, which it lacks."""
    if method == "EE":
        return 0.0
    if X.shape[1] > 1:
        # The estimate depends on what the columns span alone; years beside an intercept cost it half of its digits.
        X = np.linalg.qr(X).Q
    if method in ("REML", "ML"):
        engine = pymare_estimators.VarianceBasedLikelihoodEstimator(
            method=method.lower(), small_sample_correction="wald", **_SEARCH
        )
    elif method == "DL":
        engine = pymare_estimators.DerSimonianLaird(small_sample_correction="wald")
    else:
        engine = pymare_estimators.Hedges(small_sample_correction="wald")
    return float(np.ravel(engine.fit(yi[:, None], vi[:, None], X).params_["tau2"])[0])


def pymare_coefficients(
    yi: np.ndarray, vi: np.ndarray, X: np.ndarray, tau2: float, ci: CiMethod
) -> tuple[np.ndarray, np.ndarray]:
    """Return PyMARE's coefficients and their covariance at a tau2."""
    engine = pymare_estimators.WeightedLeastSquares(tau2=tau2, small_sample_correction=_CORRECTIONS[ci])
    params = engine.fit(yi[:, None], X, vi[:, None]).params_
    return np.asarray(params["fe_params"])[:, 0], np.asarray(params["inv_cov"])[:, :, 0]
