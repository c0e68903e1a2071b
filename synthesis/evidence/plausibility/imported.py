"""What an imported data root says of itself: whether its outcomes are analyses of a review.

An analysis is no outcome that was measured: a review holds one result in several analyses (subgroups, sensitivity
analyses), calls a scale by the analysis's name, and gives the trials of another topic.
"""

from __future__ import annotations

import json
from pathlib import Path

MANIFEST = ("import", "manifest.json")
# Values of `format` in the manifest whose outcomes are analyses.
OF_ANALYSES = ("revman",)
_MAX_BYTES = 1_000_000


def outcomes_are_analyses(root: Path) -> bool:
    """Say whether a data root was imported from a review, each of whose analyses became an outcome.

    Parameters
    ----------
    root : Path
        The data root; `import/manifest.json` in it names the format it was imported from.

    Returns
    -------
    bool
        False too where there is no manifest, or none that can be read.
    """
    path = root.joinpath(*MANIFEST)
    try:
        if path.stat().st_size > _MAX_BYTES:
            return False
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(about, dict) and about.get("format") in OF_ANALYSES
