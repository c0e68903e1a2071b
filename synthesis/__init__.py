"""Pool the randomised trials of peer workers and test whether fidelity to the change model explains why they differ.

The public names load on first use, so that `import synthesis` and `synthesis --help` stay light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "load_evidence": "synthesis.evidence",
    "compute_effects": "synthesis.effects",
    "effects_listing": "synthesis.effects",
    "score_fidelity": "synthesis.fidelity",
    "crosswalk": "synthesis.fidelity",
    "coder_agreement": "synthesis.agreement",
    "pool": "synthesis.pooling",
    "meta_regression": "synthesis.regression",
    "fidelity_slope": "synthesis.moderation",
    "leave_one_out": "synthesis.sensitivity",
    "compare_choices": "synthesis.sensitivity",
    "map_coverage": "synthesis.coverage",
    "coverage_sentence": "synthesis.coverage",
    "compare_scores": "synthesis.rivals",
    "compare_rivals": "synthesis.rivals",
    "summarise": "synthesis.overview",
    "describe_outcome": "synthesis.findings",
    "describe_slope": "synthesis.findings",
    "forest_plot": "synthesis.figures",
    "bubble_plot": "synthesis.figures",
    "trials_table": "synthesis.tables",
    "render_report": "synthesis.reports",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'synthesis' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
