"""The door to PyMARE: the only file that imports it, without what it loads and we never use.

Importing PyMARE 0.0.13 imports its effect-size module, and with it sympy, which takes longer than everything a pool
computes. That module is also the one whose variances were wrong in every earlier release, so nothing here uses it. A
stand-in takes its place while PyMARE is imported and leaves again: whoever asks PyMARE for it gets the real one.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any
from warnings import catch_warnings, filterwarnings

UNUSED = "pymare.effectsize"
NAMES = ("OneSampleEffectSizeConverter", "TwoSampleEffectSizeConverter")


def _import_pymare() -> None:
    if "pymare" in sys.modules or UNUSED in sys.modules:
        importlib.import_module("pymare.estimators")
        return
    stand_in = ModuleType(UNUSED)
    for name in NAMES:
        setattr(stand_in, name, None)
    sys.modules[UNUSED] = stand_in
    try:
        pymare = importlib.import_module("pymare")
    finally:
        del sys.modules[UNUSED]
    for name in (*NAMES, "effectsize"):
        pymare.__dict__.pop(name, None)

    def ask_for_the_real_one(name: str) -> Any:
        if name in (*NAMES, "effectsize"):
            real = importlib.import_module(UNUSED)
            return real if name == "effectsize" else getattr(real, name)
        raise AttributeError(f"module 'pymare' has no attribute {name!r}")

    pymare.__getattr__ = ask_for_the_real_one


with catch_warnings():
    # PyMARE 0.0.13 reads a JSON file on import without closing it, which stops a run under -W error.
    filterwarnings("ignore", category=ResourceWarning)
    _import_pymare()

from pymare import estimators as pymare_estimators  # noqa: E402
from pymare.stats import q_gen, q_profile  # noqa: E402

__all__ = ["pymare_estimators", "q_gen", "q_profile"]
