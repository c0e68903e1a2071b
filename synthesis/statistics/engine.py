"""The door to PyMARE: the only file that imports it, without what it loads and we never use.

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
from pymare.stats import q_gen  # noqa: E402

__all__ = ["pymare_estimators", "q_gen"]
