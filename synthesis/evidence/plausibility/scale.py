"""Means and SDs that a scale cannot give: outside its range, or impossible for sums of whole numbers.

GRIM [brown2017grim]: a mean of n whole numbers is a whole number over n. GRIMMER [allard2018grimmer, after
anaya2016grimmer]: the sum of squares that an SD implies is whole too, and even or odd as the sum is. Both ask of each
rounding whether any whole number fits, so that only impossible figures are named.
"""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import ARM, Printed

# Beyond any scale; squares of larger figures leave the range of numbers.
LARGEST_SCORE = 1e9


def doubt_scale(printed: Printed) -> list[Finding]:
    """Doubt means and SDs by what the codebook knows of their scale."""
    return [*_outside(printed), *_whole_numbers(printed)]


def grim(mean: float, half: float, n: float, step: float = 1.0) -> bool:
    """Say whether n scores that are multiples of `step` can have this mean, printed to within `half`."""
    return floor((mean + half) * n / step + 1e-9) >= ceil((mean - half) * n / step - 1e-9)


def grimmer(mean: float, half: float, sd: float, half_sd: float, n: float, step: float = 1.0) -> bool:
    """Say whether n scores that are multiples of `step` can have this mean and SD, printed to within the halves."""
    sums = range(ceil((mean - half) * n / step - 1e-9), floor((mean + half) * n / step + 1e-9) + 1)
    least, most = ((max(sd - half_sd, 0) / step) ** 2 * (n - 1), ((sd + half_sd) / step) ** 2 * (n - 1))
    for total in sums:
        first = ceil(least + total**2 / n - 1e-6)
        last = floor(most + total**2 / n + 1e-6)
        if (first + (first - total) % 2) <= last:
            return True
    return False


def _outside(printed: Printed) -> list[Finding]:
    f = printed.rows
    change = f["change"].eq("yes")
    width = f["maximum"] - f["minimum"]
    broken = np.zeros(len(f), bool)
    for side in ARM:
        mean, half = f[f"m{side}"], f[f"h_m{side}"]
        broken |= (~change & ((mean + half < f["minimum"]) | (mean - half > f["maximum"]))).to_numpy()
        broken |= (change & (mean.abs() - half > width)).to_numpy()
    return printed.doubt(
        "mean_outside_scale",
        broken,
        column="mean_intervention",
        message="Means of {m1:g} and {m2:g} lie outside the scale, {minimum:g} to {maximum:g}.",
        hint="Check that the scale is the one named and scored as the codebook says, and whether the means are "
        "changes.",
    )


def _whole_numbers(printed: Printed) -> list[Finding]:
    """Test each arm whose scores are whole; a rounding coarser than one person's step can be met by any n."""
    f = printed.rows
    no_sum: list[list[str]] = [[] for _ in range(len(f))]
    no_squares: list[list[str]] = [[] for _ in range(len(f))]
    whole = f["step"].notna() & f["adjusted"].ne("yes") & f["table"].eq("outcomes")
    for side, arm in ARM.items():
        columns = [f"{name}{side}" for name in ("m", "h_m", "s", "h_s", "n")]
        telling = whole & (2 * f[f"h_m{side}"] * f[f"n{side}"] < f["step"])
        telling &= (f[f"m{side}"].abs() < LARGEST_SCORE) & ~(f[f"s{side}"] > LARGEST_SCORE)
        telling &= (f[f"n{side}"] > 1) & (f[f"n{side}"] < LARGEST_SCORE)
        for place, (mean, half, sd, half_sd, n, step) in zip(
            np.flatnonzero(telling), f.loc[telling, [*columns, "step"]].to_numpy(float), strict=True
        ):
            if not grim(mean, half, n, step):
                no_sum[place].append(f"{{n_{arm}}} scores have the mean {{mean_{arm}}}")
            elif sd > 0 and not grimmer(mean, half, sd, half_sd, n, step):
                no_squares[place].append(f"{{n_{arm}}} scores have the mean {{mean_{arm}}} and the SD {{sd_{arm}}}")
    return [
        *_report(printed, "grim", no_sum, "mean_intervention", "Check the mean and the number of people"),
        *_report(printed, "grimmer", no_squares, "sd_intervention", "Check the SD and the number of people"),
    ]


def _report(printed: Printed, rule: str, impossible: list[list[str]], column: str, what: str) -> list[Finding]:
    """Return a warning for each row with arms that are impossible, with the cells as they stand."""
    cells = {f"{name}_{arm}": printed.cells[f"{name}_{arm}"] for name in ("n", "mean", "sd") for arm in ARM.values()}
    return printed.doubt(
        rule,
        [bool(arms) for arms in impossible],
        column=column,
        message=["In steps of {step:.3g}, no " + ", nor ".join(arms) + "." for arms in impossible],
        hint=f"{what}; imputed, prorated or adjusted scores need not pass.",
        **cells,
    )
