"""How numbers are printed in tables."""

from __future__ import annotations

import numpy as np


def percent(value: float) -> str:
    """Print a percentage, or say that it is not defined."""
    return "not defined" if np.isnan(value) else f"{value:.0f}%"


def whole(value: float) -> str:
    """Print a count, or nothing where it is not reported."""
    return "" if np.isnan(value) else f"{value:,.0f}"


def slope(value: float, lower: float, upper: float) -> str:
    """Print a slope with its interval; nothing where it was not estimable."""
    return "" if np.isnan(value) else f"{value:+.2f} ({lower:.2f} to {upper:.2f})"


def bounds(value: float, lower: float, upper: float) -> str:
    """Print a score with its bounds; where nothing was reported only the bounds."""
    shown = "not reported" if np.isnan(value) else f"{value:.2f}"
    return f"{shown} [{lower:.2f} to {upper:.2f}]"


def coefficient(value: float, lower: float, upper: float) -> str:
    """Print an agreement coefficient with its interval."""
    return "not defined" if np.isnan(value) else f"{value:.2f} [{lower:.2f}, {upper:.2f}]"
