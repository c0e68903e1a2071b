"""What the number of people allows: how precise an estimate can be, and how many degrees of freedom a test can have.

Without SDs or counts the arm sizes alone bound a standard error. Of two arms of n1 and n2 people

- a standardised difference has the variance 1/n1 + 1/n2 + d^2 / (2 (n1 + n2)) [borenstein2009introduction];
- a log odds ratio has at least 4/n1 + 4/n2, the variance where half of each arm have the event, and adjustment does not
  make it smaller [robinson1991surprising];
- a log risk ratio has at least that of the arm with more events when all of its people have one;
- a risk difference has at least |d| (1 - |d|) over the larger arm, and at most (1/n1 + 1/n2) / 4;
- a log hazard ratio has about one over the events of each arm [tierney2007practical], so at least 1/n1 + 1/n2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import SIGNED, Printed, interval_se

# Of the smallest standard error: rounding and variants of the formula, a twentieth each and some.
ROOM = 0.8
# Adjusted for a baseline that correlates r with the outcome, a standard error shrinks by the root of 1 - r^2
# [borm2007simple]: to a half at r = 0.87.
ADJUSTED_ROOM = 0.5
# Of the largest: a continuity correction, a model's few more parameters; clusters are set aside.
WIDER = 1.2
# A standardised difference made from counts, or with another's SD, is less precise than the formula; not by this.
SMD_WIDER = 3.0
# A standard error is taken for a variance when it is the square of the expected one within a sixth.
SQUARED = 0.16
# Welch's degrees of freedom are those of the smaller arm at least; covariates cost a few.
FEWER = 0.9

_TOO_PRECISE = (
    "{effect_measure} {est:g} has a standard error of {printed_se:.3g}; with {n1:g} and {n2:g} people it is "
    "{least:.3g} or more."
)
_VARIANCE = (
    "{effect_measure} {est:g} has a standard error of {printed_se:.3g}; with {n1:g} and {n2:g} people it is about "
    "{expected:.3g}, whose square, the variance, is {square:.3g}."
)
_TOO_WIDE = (
    "{effect_measure} {est:g} has a standard error of {printed_se:.3g}; with {n1:g} and {n2:g} people it is "
    "{most:.3g} or less."
)
_DF = "{test_statistic} has {df:g} degrees of freedom; {one:g} and {two:g} people give "
# By how many more rows of the trial have the same doubt: none, one, several.
_ELSEWHERE = (".", ", and so in 1 more row of the trial.", ", and so in {more} more rows of the trial.")
_MANY = np.array([f"{_DF}{{everyone:g}} at most{more}" for more in _ELSEWHERE])
_FEW = np.array([f"{_DF}{{fewest:g}} at least{more}" for more in _ELSEWHERE])
_CHECK_VARIANCE = "If the report prints a variance, enter its root as the standard error."
_CHECK = (
    "Check whether the figure is a standard error (not a variance, nor an interval of another level), and how many "
    "people it rests on."
)


def doubt_sizes(printed: Printed) -> list[Finding]:
    """Doubt estimates and tests by the number of people beside them."""
    return [*_precision(printed), *_degrees_of_freedom(printed)]


def least_variance(rows: pd.DataFrame) -> np.ndarray:
    """Return the smallest variance that an unadjusted estimate on the scale of analysis can have, nan where unknown.

    Parameters
    ----------
    rows : DataFrame
        With `effect_measure`, `value` on the scale of analysis, `n1` and `n2`.

    Returns
    -------
    ndarray, shape (k,)
    """
    n1, n2, value = (rows[name].to_numpy(float) for name in ("n1", "n2", "value"))
    people = 1 / n1 + 1 / n2
    shift = np.abs(value)
    ratio_arm = np.where(value > 0, n2, n1)
    least = {
        "SMD": people + value**2 / (2 * (n1 + n2)),
        "OR": 4 * people,
        "RR": np.expm1(shift) / ratio_arm,
        "RD": np.where(shift <= 1, shift * (1 - shift), np.nan) / np.fmax(n1, n2),
        "HR": people,
    }
    return _by_measure(rows, least)


def largest_variance(rows: pd.DataFrame) -> np.ndarray:
    """Return the largest variance that an estimate of people, not of clusters, can have; see `least_variance`."""
    n1, n2, value = (rows[name].to_numpy(float) for name in ("n1", "n2", "value"))
    people = 1 / n1 + 1 / n2
    far = SMD_WIDER / WIDER
    return _by_measure(rows, {"SMD": far**2 * (people + value**2 / (2 * (n1 + n2))), "RD": people / 4})


def _by_measure(rows: pd.DataFrame, variances: dict[str, np.ndarray]) -> np.ndarray:
    return np.select([rows["effect_measure"].eq(code) for code in variances], list(variances.values()), np.nan)


def _precision(printed: Printed) -> list[Finding]:
    f = printed.rows
    se = f["se"].fillna(interval_se(f)).to_numpy(float)
    least, most = np.sqrt(least_variance(f)), np.sqrt(largest_variance(f))
    # Where the arms' figures stand beside the estimate, they say more than the sizes.
    own = f["se_g"].where(f["effect_measure"].eq("SMD"), f["e1"]).notna().to_numpy()
    # Two periods of the same people are more precise than two arms.
    crossed = f["design"].eq("crossover").to_numpy()
    moved = f["effect_measure"].eq("SMD") & f["adjusted"].ne("no")
    room = np.where(moved, ADJUSTED_ROOM, ROOM)
    rounding = (f["h_se"].fillna(0) / f["se"]).fillna(0).to_numpy(float)
    # A review's ratios without counts are of hazards or of rates, and a rate may have more events than people.
    rates = (f["effect_measure"].eq("HR") & f["analysis"]).to_numpy(bool)
    narrow = (se * (1 + rounding) < room * least) & ~crossed & ~rates
    clustered = f["design"].eq("cluster").to_numpy()
    wide = (se * (1 - rounding) > WIDER * most) & ~clustered
    square = least**2
    squared = narrow & (np.abs(se - square) < SQUARED * square + f["h_se"].fillna(0).to_numpy(float))
    findings = [
        printed.doubt(
            "precision_against_sizes",
            broken & ~own & (se > 0),
            column=np.where(f["se"].notna(), "standard_error", "ci_lower"),
            message=message,
            printed_se=se,
            least=least,
            most=WIDER * most,
            expected=least,
            square=square,
            hint=hint,
        )
        for broken, message, hint in (
            (squared, _VARIANCE, _CHECK_VARIANCE),
            (narrow & ~squared, _TOO_PRECISE, _CHECK),
            (wide, _TOO_WIDE, _CHECK),
        )
    ]
    return [finding for found in findings for finding in found]


def _degrees_of_freedom(printed: Printed) -> list[Finding]:
    """Doubt the degrees of freedom of a t or F with more than n1 + n2 - 2, or fewer than the smaller arm gives."""
    f = printed.rows
    n1, n2 = (f[f"n{side}"].fillna(f[f"randomised_{side}"]) for side in ("1", "2"))
    people = n1 + n2
    # An analysis of variance over more than two arms has the people of all of them.
    several = f["trial"].map(printed.arms.groupby("trial").size()).gt(2)
    everyone = people.where(~several, np.fmax(people, f["randomised"])) - 2
    fewest = np.fmin(n1, n2) - 1
    of_people = f["test_statistic"].isin([*SIGNED[:1], "F"]) & f["adjusted"].ne("yes")
    many = f["df"] - f["h_df"].where(f["h_df"] < 0.5, 0).fillna(0) > everyone
    few = (f["df"] + 1 < FEWER * fewest) & f["design"].ne("cluster") & f["design"].ne("crossover")
    broken = of_people & (many | few)
    # Once a trial: one model gives the degrees of freedom of all its rows.
    first = broken & ~f["trial"].where(broken).duplicated()
    more = broken.groupby(f["trial"]).transform("sum").to_numpy(int) - 1
    return printed.doubt(
        "df_against_arms",
        first,
        column="degrees_of_freedom",
        message=np.where(many, _MANY[np.clip(more, 0, 2)], _FEW[np.clip(more, 0, 2)]),
        more=more,
        one=n1,
        two=n2,
        everyone=everyone,
        fewest=fewest,
        hint="Check how many people the test rests on; say adjusted = yes where a model of repeated measures or "
        "covariates gives other degrees of freedom.",
    )
