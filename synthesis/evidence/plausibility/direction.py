"""Signs that contradict one another: within a row, between the rows of a trial, between figures and words."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import SIGNED, Printed, interval_se, signed_strength
from synthesis.evidence.plausibility.text import favoured_in

# Further apart than this a test and its arms are the finding of `test_against_arms`.
TEST_APART = 2.0
# Numbers of two arms no further apart change places when some people are lost: so many, or this share.
FEW, FEW_SHARE = 3, 0.05
# Weaker than this, in standard errors, a sign is chance: adjustment alone turns it.
FAINT = 1.0
# An estimate this small beside the SD has no side worth a doubt.
SMALL_EFFECT = 0.05
# Two waves of a trial: the difference of two effects in standard errors.
APART = 3.0
# A trial has a direction when this many results have one and this share of them agree.
RESULTS, SHARE = 4, 0.75


def doubt_direction(printed: Printed) -> list[Finding]:
    """Doubt the signs of the rows."""
    strength = signed_strength(printed.rows)
    return [
        *_estimate_sign(printed),
        *_reported(printed, strength),
        *_in_notes(printed, strength),
        *_statistic_sign(printed),
        *_swapped(printed),
        *_own_rows(printed, strength),
        *_flips(printed),
    ]


def _side(points: ArrayLike) -> np.ndarray:
    return np.where(np.asarray(points) > 0, "intervention", "comparator")


def _estimate_sign(printed: Printed) -> list[Finding]:
    f = printed.rows
    arms = f["t"].fillna(f["z"])
    estimate = f["value"]
    faint = estimate.abs() / f["se"].fillna(interval_se(f))
    opposite = (np.sign(arms) * np.sign(estimate)).eq(-1)
    telling = ((arms.abs() > 0.3) & (faint.fillna(FAINT) > 0.3)).where(
        f["adjusted"].eq("no"), (arms.abs() > FAINT) | (faint > FAINT)
    )
    big = estimate.abs() > SMALL_EFFECT
    return printed.doubt(
        "estimate_sign",
        opposite & telling & big,
        column="estimate",
        message=np.where(
            f["d"].notna(),
            "The estimate {est:g} has the opposite sign to the arms' figures beside it (means {m1:g} and {m2:g}).",
            "The estimate {est:g} has the opposite sign to the arms' figures beside it (events {e1:g} and {e2:g}).",
        ),
        hint="Check which arm is group 1, and whether the sign was turned for a scale on which lower is better.",
    )


def _reported(printed: Printed, strength: np.ndarray) -> list[Finding]:
    f = printed.rows
    said = f["reported_direction"].map({"favours_intervention": 1.0, "favours_comparator": -1.0})
    difference = (f["m1"] - f["m2"]).fillna(f["value"]).to_numpy(float)
    points = np.where(np.isfinite(strength), strength, np.sign(difference)) * f["better"].to_numpy(float)
    against = (said * points < 0) & ((np.abs(points) > 0.3) | ~np.isfinite(strength))
    too_clear = f["reported_direction"].eq("no_difference") & (np.abs(points) > 2.6) & np.isfinite(strength)
    return printed.doubt(
        "direction_against_figures",
        against | too_clear,
        column="reported_direction",
        message="reported_direction says {reported_direction}; the figures favour the {side}.",
        side=_side(points),
        hint="Check the direction of the scale in the codebook, and which arm is which.",
    )


def _in_notes(printed: Printed, strength: np.ndarray) -> list[Finding]:
    f = printed.rows
    points = strength * f["better"].to_numpy(float)
    words = favoured_in(printed.cells["notes"]).to_numpy(float)
    return printed.doubt(
        "direction_in_notes",
        (words * points < 0) & (np.abs(points) > FAINT),
        column="notes",
        message="The notes speak of favouring {said}; the figures favour the {side}.",
        said=np.where(words > 0, "peers", "the comparator"),
        side=_side(points),
        hint="Check which arm is which and the direction of the scale; decide keep where the notes explain it.",
    )


def _statistic_sign(printed: Printed) -> list[Finding]:
    """Doubt a signed t or z against the sign of the arms' figures, or of the estimate where there are none."""
    f = printed.rows
    figures = f["t"].fillna(f["z"])
    estimate = f["value"] / f["se"].fillna(interval_se(f))
    beside = figures.fillna(estimate).fillna(np.sign(f["value"]))
    signed = f["test_statistic"].isin(SIGNED)
    # Two figures that far apart are the finding of another rule.
    said = np.abs(f["stat"] - figures) > TEST_APART
    turned = signed & (f["stat"] * beside < 0) & (f["stat"].abs() > FAINT) & (beside.abs() >= FAINT) & ~said
    return printed.doubt(
        "statistic_sign",
        turned,
        column="statistic_value",
        message=np.where(
            figures.notna(),
            "{test_statistic} {stat:g} has the opposite sign to the arms' figures beside it.",
            "{test_statistic} {stat:g} has the opposite sign to the estimate {est:g} beside it.",
        ),
        hint="A t or z has the sign of intervention minus comparator, ratios on the log scale; check which arm is "
        "group 1.",
    )


def _swapped(printed: Printed) -> list[Finding]:
    f = printed.rows
    one, two = f["randomised_1"], f["randomised_2"]
    room = ((f["n1"] > one) & (f["n1"] <= two) & (f["n2"] <= one)) | (
        (f["n2"] > two) & (f["n2"] <= one) & (f["n1"] <= two)
    )
    pairs = f.groupby(["arms", "n1", "n2"], dropna=True).size()
    turned = pd.MultiIndex.from_frame(f[["arms", "n2", "n1"]])
    here = pd.MultiIndex.from_frame(f[["arms", "n1", "n2"]])
    # Losses exchange numbers that differ by a few people.
    unlike = (f["n1"] - f["n2"]).abs() > np.fmax(FEW, FEW_SHARE * np.fmax(f["n1"], f["n2"]))
    mirrored = (pairs.reindex(turned).fillna(0).to_numpy() > pairs.reindex(here).fillna(0).to_numpy()) & f["n1"].ne(
        f["n2"]
    )
    mirrored &= unlike
    return printed.doubt(
        "arms_swapped",
        room | mirrored,
        column="n_intervention",
        message=np.where(
            room,
            "{n1:g} and {n2:g} people fit the other way round: {randomised_1:g} and {randomised_2:g} were randomised.",
            "{n1:g} and {n2:g} people fit the other way round: the trial's other rows have them exchanged.",
        ),
        hint="Check which arm each column belongs to; decide swap_arms if the figures are exchanged.",
    )


def _own_rows(printed: Printed, strength: np.ndarray) -> list[Finding]:
    """Doubt the one row against peers in a trial whose other results favour them, and the reverse."""
    f = printed.rows
    said = f["reported_direction"].map({"favours_intervention": 1.0, "favours_comparator": -1.0})
    points = pd.Series(strength * f["better"].to_numpy(float), f.index)
    side = said.where(points.isna() | (points.abs() < 0.3), np.sign(points))
    side = side.where(f["table"].eq("outcomes"))
    sums = side.groupby(f["trial"]).transform("sum") - side
    others = side.notna().groupby(f["trial"]).transform("sum") - 1
    agree = (sums.abs() + others) / 2
    alone = (others >= RESULTS) & (agree >= SHARE * others) & (np.sign(sums) == -side) & (points.abs() > FAINT)
    return printed.doubt(
        "sign_against_own_rows",
        alone,
        column="outcome",
        message="This row favours the {side}, {agree:.0f} of the trial's {others:.0f} other results the other side.",
        side=_side(side),
        agree=agree,
        others=others,
        hint="Check the direction of this scale's version, and which arm is which.",
    )


def _flips(printed: Printed) -> list[Finding]:
    f = printed.rows
    # A difference of means or an MD are on one scale, an SMD on another: compare like with like.
    means = f["d"].notna() & f["se_d"].notna() & f["change"].ne("yes")
    value = f["d"].where(means, f["value"].where(f["effect_measure"].eq("MD")))
    se = f["se_d"].where(means, f["se"].fillna(interval_se(f)))
    timed = value.notna() & se.notna() & f["table"].eq("outcomes") & f["wave"].notna()
    later = f.assign(v=value, w=se)[timed].sort_values(["series", "wave"])
    last = later.groupby("series")[["v", "w"]].shift().reindex(f.index)
    z = (value - last["v"]) / np.sqrt(se**2 + last["w"] ** 2)
    return printed.doubt(
        "sign_flips_between_waves",
        (value * last["v"] < 0) & (z.abs() > APART),
        column="estimate",
        message="A difference of {now:.3g} after {before:.3g} at the wave before, on the same scale: {apart:.1f} "
        "standard errors apart.",
        now=value,
        before=last["v"],
        apart=z.abs(),
        hint="Check the sign of both, and which arm is which.",
    )
