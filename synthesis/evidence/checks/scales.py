"""The instruments of the codebook: the range of a scale."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.report import report
from synthesis.evidence.reading import typed


def check_scales(tidy: pd.DataFrame) -> list[Finding]:
    """Check that a scale's minimum is below its maximum."""
    numbers = typed(tidy, "codebook_instruments")
    return report(
        "scale_bounds",
        tidy[numbers["minimum"] >= numbers["maximum"]],
        "codebook_instruments",
        "minimum",
        lambda row: f"The minimum {row.minimum} is not below the maximum {row.maximum}.",
        "Enter the lowest and the highest possible score; which direction is good stands in better.",
    )
