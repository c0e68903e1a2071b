"""Turn parameterised notebooks into executed notebooks, checked pages, their provenance and an index.

Names are loaded when first used: a kernel that only calls `publish` must not pay for papermill and nbconvert.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Job": "jobs",
    "JobDone": "jobs",
    "ReportRun": "run",
    "ReportError": "errors",
    "ParameterError": "errors",
    "NotebookError": "errors",
    "Discrepancy": "verify",
    "known_parameters": "parameters",
    "publish": "published",
    "report_plan": "plan",
    "run_plan": "run",
    "run_report": "report",
    "render_report": "report",
    "verify_manifest": "verify",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_HOMES))
