"""Golden numbers made by R: see tests/reference/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# metafor's names of the tests, as `ci` has them.
TESTS = {"z": "wald", "knha": "knapp-hartung", "adhoc": "knapp-hartung-floor"}
REFERENCE = Path(__file__).parents[1] / "reference"


def load_reference(stem: str) -> dict[str, Any]:
    """Return the parsed `tests/reference/<stem>.json`; what does not exist in R is None."""
    return json.loads((REFERENCE / f"{stem}.json").read_text(encoding="utf-8"))
