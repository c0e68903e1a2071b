"""Standard deviations that are hard to believe: too small, too large, equal to the mean, changing, rebuilt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import ARM, Printed
from synthesis.evidence.plausibility.text import baselines_in
from synthesis.statistics.distributions import normal_quantile
from synthesis.statistics.measures import MEASURES, sd_from_se

# A standard error is the SD over the root of n: from n = 10 on at least three times smaller.
FEWEST_PEOPLE = 10
# Other trials' arms count as the same version of a scale when their means are within this factor.
SAME_VERSION = 1.6
# Arms looked at on either side of a mean, so that time grows with the number of arms and not with its square.
NEIGHBOURS = 60
# Populations differ; SDs on one scale rarely differ by three (the shipped ones by at most 1.9).
UNLIKE = 3.0
# SDs of people's scores are about a sixth to a quarter of a scale's range; below a 25th no one differs from no one.
SMALL_SHARE_OF_RANGE = 25
# Without a range or other trials: nearly everyone within 10% of the mean.
MEANS_PER_SD = 20
# A test of two SDs leans on normality, so its level is strict.
P_OF_ARMS = 0.001
JUMP = 2.0
# With the mean fewer than three SDs above its floor, scores cannot be symmetric about it.
SKEWED = 3.0

_LIKE_ERRORS = (
    "SDs of {s1:g} and {s2:g} look like standard errors: times the root of n they are {sd1:.3g} and {sd2:.3g}. "
    "As SDs they give g {g:.2f}, as standard errors {smaller:.2f}."
)
_LIKE_ERRORS_BESIDE_OTHERS = (
    "SDs of {s1:g} and {s2:g} look like standard errors: times the root of n they are {sd1:.3g} and {sd2:.3g}; "
    "other trials' SDs on this scale are about {usual:.3g}. "
    "As SDs they give g {g:.2f}, as standard errors {smaller:.2f}."
)
_IMPLIED = (
    "The mean difference {est:g} is as precise as if the SD were {sd_implied:.3g} ({n1:g} and {n2:g} people), on a "
    "scale of {minimum:g} to {maximum:g}."
)
_IMPLIED_BESIDE_OTHERS = (
    "The mean difference {est:g} is as precise as if the SD were {sd_implied:.3g} ({n1:g} and {n2:g} people); other "
    "trials' SDs on this scale are about {sds:.3g}."
)
_APART = "SDs of {s1:g} and {s2:g} ({n1:g} and {n2:g} people) differ more than chance explains."
_APART_TOGETHER = (
    "SDs of {s1:g} and {s2:g} ({n1:g} and {n2:g} people) differ more than chance explains; on the trial's {scales:.0f} "
    "scales the first is {times:.2f} times the second on average."
)


def doubt_spread(printed: Printed) -> list[Finding]:
    """Doubt the SDs of the rows."""
    found = {side: _usual_sd(printed.rows, side) for side in ARM}
    usual = {side: sd for side, (sd, _) in found.items()}
    as_errors, unlike = _is_standard_error(printed, usual), _is_unlike(printed, found)
    return [
        *_report_standard_errors(printed, as_errors, usual),
        *_report_unlike(printed, unlike & ~as_errors, usual),
        *_implied(printed),
        *_mean_is_sd(printed),
        *_beyond_range(printed),
        *_jumps(printed),
        *_arms_differ(printed, as_errors | unlike),
        *_rebuilt(printed),
    ]


def _usual_sd(rows: pd.DataFrame, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the median SD of other trials' arms on the same version of the scale, and how many trials these are."""
    usual = np.full(len(rows), np.nan)
    kept = (rows["table"].eq("outcomes") & rows["change"].ne("yes")).to_numpy()
    trial = pd.factorize(rows["trial"])[0]
    means = np.concatenate([rows["m1"], rows["m2"]]).astype(float)
    sds = np.concatenate([rows["s1"], rows["s2"]]).astype(float)
    good = np.tile(kept, 2) & np.isfinite(means) & (means > 0) & (sds > 0)
    scale = np.tile(pd.factorize(rows["instrument"])[0], 2)
    whose = np.tile(trial, 2)
    order = np.lexsort((means, scale))
    order = order[good[order]]
    place = {arm: position for position, arm in enumerate(order)}
    offset = 0 if side == "1" else len(rows)
    trials = np.zeros(len(rows), int)
    for row in np.flatnonzero(good[offset : offset + len(rows)]):
        arm = row + offset
        position = place[arm]
        near = order[max(0, position - NEIGHBOURS) : position + NEIGHBOURS]
        same = (scale[near] == scale[arm]) & (whose[near] != whose[arm])
        same &= (means[near] < means[arm] * SAME_VERSION) & (means[near] * SAME_VERSION > means[arm])
        if same.any():
            usual[row] = np.median(sds[near[same]])
            trials[row] = len(np.unique(whose[near[same]]))
    return usual, trials


def _is_standard_error(printed: Printed, usual: dict[str, np.ndarray]) -> np.ndarray:
    """Say where both arms' SDs fit only as standard errors, by other trials, by the range or by the mean."""
    f = printed.rows
    width = (f["maximum"] - f["minimum"]).to_numpy(float)
    floor = f["minimum"].fillna(0).to_numpy(float)
    # Figures of a review may be temperatures or weeks of gestation, near their mean in everyone.
    of_analyses = f["analysis"].to_numpy(bool)
    looks = np.ones(len(f), bool)
    for side in ARM:
        sd, n, mean = printed.column(f"s{side}"), printed.column(f"n{side}"), printed.column(f"m{side}")
        rebuilt = sd_from_se(sd, n)
        elsewhere, known = usual[side], np.isfinite(usual[side])
        known &= ~f["unscaled"].to_numpy()
        by_trials = known & (sd * UNLIKE < elsewhere) & (rebuilt > elsewhere / 2) & (rebuilt < elsewhere * 2)
        by_range = (sd * SMALL_SHARE_OF_RANGE < width) & (rebuilt > width / 12) & (rebuilt < width / 2)
        by_mean = (mean - floor > MEANS_PER_SD * sd) & ~np.isfinite(width)
        looks &= (n >= FEWEST_PEOPLE) & (by_trials | by_range | (by_mean & ~known & ~of_analyses))
    return looks & f["change"].ne("yes").to_numpy()


def _report_standard_errors(printed: Printed, broken: np.ndarray, usual: dict[str, np.ndarray]) -> list[Finding]:
    f = printed.rows
    sd1, sd2 = (sd_from_se(f[f"s{side}"], f[f"n{side}"]) for side in ARM)
    return printed.doubt(
        "sd_is_se",
        broken,
        column="sd_intervention",
        message=np.where(np.isfinite(usual["1"]), _LIKE_ERRORS_BESIDE_OTHERS, _LIKE_ERRORS),
        sd1=sd1,
        sd2=sd2,
        usual=usual["1"],
        smaller=MEASURES["SMD"].compute(f["m1"], sd1, f["n1"], f["m2"], sd2, f["n2"]).yi,
        hint="Look whether the report's table says SE; if so, decide read_sd_as_se.",
    )


def _is_unlike(printed: Printed, usual: dict[str, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Say where an SD is unlike that of two other trials or more; with one, either may be the odd one."""
    found = []
    for side in ARM:
        sd, trials = usual[side]
        ratio = printed.column(f"s{side}") / sd
        found.append(((ratio > UNLIKE) | (ratio * UNLIKE < 1)) & (trials >= 2))
    # Populations of a review differ more than those of one topic: there both arms must be unlike.
    unlike = np.where(printed.rows["analysis"], found[0] & found[1], found[0] | found[1])
    # An analysis of standardised differences pools several scales under one name.
    return unlike & (printed.rows["change"].ne("yes") & ~printed.rows["unscaled"]).to_numpy()


def _report_unlike(printed: Printed, broken: np.ndarray, usual: dict[str, np.ndarray]) -> list[Finding]:
    return printed.doubt(
        "sd_unlike_elsewhere",
        broken,
        column="sd_intervention",
        message="SDs of {s1:g} and {s2:g}; other trials with like means on this scale have about {usual:.3g}.",
        usual=np.fmax(usual["1"], usual["2"]),
        hint="Check the SDs, and that the scale is scored as in the other trials.",
    )


def _implied(printed: Printed) -> list[Finding]:
    """Doubt a mean difference whose precision implies an SD that the scale does not have.

    SE = SD times the root of 1/n1 + 1/n2 [handbook2024, 6.5.2.3]. Adjustment for baseline makes the implied SD
    smaller, by less than a third [borm2007simple]: the root of 1 - r^2 is a half at r = 0.87.
    """
    f = printed.rows
    sds, trials = _sd_of_scale(f)
    implied, width = f["sd_implied"], f["maximum"] - f["minimum"]
    clustered = f["design"].eq("cluster")
    by_trials = (trials >= 2) & ~f["unscaled"] & ((implied * UNLIKE < sds) | ((implied > UNLIKE * sds) & ~clustered))
    # Half of the people at each end of a scale have the largest SD there is, half its range [bhatia2000better].
    by_range = (implied * SMALL_SHARE_OF_RANGE < width) | ((implied > width / 2 * 1.1) & ~clustered)
    by_range &= (f["n1"] >= FEWEST_PEOPLE) & (f["n2"] >= FEWEST_PEOPLE)
    return printed.doubt(
        "sd_implied",
        by_trials | by_range,
        column=np.where(f["se"].notna(), "standard_error", "ci_lower"),
        message=np.where(by_trials, _IMPLIED_BESIDE_OTHERS, _IMPLIED),
        sds=sds,
        hint="Check that the standard error or interval is that of the difference, not a variance or one arm's, and "
        "how many people it rests on; enter the arms' SDs if a report gives them.",
    )


def _sd_of_scale(f: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the median SD of the other trials' arms on each row's scale, each trial once, and how many these are."""
    kept = f["table"].eq("outcomes") & f["change"].ne("yes") & (f["sd"] > 0)
    scale = ["outcome", "instrument"]
    by_trial = f[kept].groupby([*scale, "trial"], sort=False)["sd"].median().reset_index()
    of_scale = {key: group.set_index("trial")["sd"] for key, group in by_trial.groupby(scale, sort=False)}
    sds, trials = pd.Series(np.nan, f.index), pd.Series(0, f.index)
    for row in f[f["sd_implied"].notna()].itertuples():
        others = of_scale.get((row.outcome, row.instrument), pd.Series(dtype=float)).drop(row.trial, errors="ignore")
        if len(others):
            sds[row.Index], trials[row.Index] = others.median(), len(others)
    return sds, trials


def _mean_is_sd(printed: Printed) -> list[Finding]:
    f = printed.rows
    same = {side: f[f"m{side}"].abs().eq(f[f"s{side}"]) for side in ARM}
    # One arm may do so by chance when its figures are short.
    fine = {side: f[f"s{side}"] / (2 * f[f"h_s{side}"]) >= 100 for side in ARM}
    return printed.doubt(
        "mean_is_sd",
        (same["1"] & same["2"]) | (same["1"] & fine["1"]) | (same["2"] & fine["2"]),
        column="mean_intervention",
        message="Means {m1:g} and {m2:g}, SDs {s1:g} and {s2:g}: one was copied into the other.",
        hint="Read both again in the report's table.",
    )


def _beyond_range(printed: Printed) -> list[Finding]:
    f = printed.rows
    broken = np.zeros(len(f), bool)
    for side in ARM:
        sd, n = f[f"s{side}"] - f[f"h_s{side}"], f[f"n{side}"]
        mean, low, high = f[f"m{side}"], f["minimum"], f["maximum"]
        on_scale = (mean >= low) & (mean <= high) & (n > 1)
        largest = np.sqrt((mean - low) * (high - mean) * n / (n - 1))
        # The mean is rounded too; a tenth of slack is more than that moves the bound.
        broken |= (on_scale & (sd > largest * 1.1 + f[f"h_m{side}"])).to_numpy()
    return printed.doubt(
        "sd_beyond_range",
        broken & f["change"].ne("yes").to_numpy(),
        column="sd_intervention",
        message="Means {m1:g} and {m2:g} with SDs {s1:g} and {s2:g} cannot both come from a scale of {minimum:g} to "
        "{maximum:g}.",
        hint="Check the SD, and the scale's range in codebook/instruments.csv.",
    )


def _jumps(printed: Printed) -> list[Finding]:
    f = printed.rows
    broken = np.zeros(len(f), bool)
    before = {}
    sequence = f[f["table"].eq("outcomes") & f["wave"].notna() & f["change"].ne("yes")].sort_values(["series", "wave"])
    baseline = baselines_in(printed.cells["notes"])
    for side in ARM:
        usable = sequence[sequence[f"n{side}"] >= FEWEST_PEOPLE]
        last = usable.groupby("series")[f"s{side}"].shift().reindex(f.index).fillna(baseline[f"s{side}"])
        ratio = f[f"s{side}"] / last
        broken |= ((ratio > JUMP) | (ratio * JUMP < 1)).to_numpy() & f["change"].ne("yes").to_numpy()
        before[side] = last
    return printed.doubt(
        "sd_jumps",
        broken,
        column="sd_intervention",
        message="SDs of {s1:g} and {s2:g} after {before1:g} and {before2:g} at the wave before.",
        before1=before["1"],
        before2=before["2"],
        hint="Check both waves; one may print standard errors.",
    )


def _arms_differ(printed: Printed, said: np.ndarray) -> list[Finding]:
    """Doubt two arms' SDs that differ too much in one row, or by less and the same way on three scales of a trial.

    The log of an SD has the variance (kurtosis - 1) / (4 (n - 1)), 1 / (2 (n - 1)) of normal scores. Figures above a
    floor are skewed the more the larger their SD is beside their mean, as of a lognormal distribution, and then the
    arm with the larger mean has the larger SD too.
    """
    f = printed.rows
    usable = f["table"].eq("outcomes") & f["change"].ne("yes") & (f["n1"] >= FEWEST_PEOPLE) & (f["n2"] >= FEWEST_PEOPLE)
    ratio = np.log(f["s1"] / f["s2"]).where(usable)
    above = {side: (f[f"m{side}"] - f["minimum"].fillna(0)).where(lambda mean: mean > 0) for side in ARM}
    kurtosis = {side: _lognormal_kurtosis(f[f"s{side}"] / above[side]).fillna(3.0) for side in ARM}
    error = np.sqrt(1 / (2 * (f["n1"] - 1)) + 1 / (2 * (f["n2"] - 1)))
    wider = np.sqrt(sum((kurtosis[side] - 1) / (4 * (f[f"n{side}"] - 1)) for side in ARM))
    skewed = (f["s1"] * SKEWED > above["1"]) | (f["s2"] * SKEWED > above["2"])
    by_means = (ratio - np.log(above["1"] / above["2"])).where(skewed)
    apart = np.fmin(ratio.abs(), by_means.abs())
    rounding = f["h_s1"] / f["s1"] + f["h_s2"] / f["s2"]
    strict = -normal_quantile(P_OF_ARMS / 2)
    # What is tried may change the spread: in a review, of whatever is tried, only by less than a factor of two.
    alone = (apart - rounding > strict * wider) & (~f["analysis"] | (apart > np.log(JUMP)))
    # Outcomes of the same people are related, so their mean counts as no more than one; only rounding evens out.
    group = [f["arms"], f["wave"]]
    mean, scales = ratio.groupby(group).transform("mean"), ratio.groupby(group).transform("count")
    together = (scales >= 3) & (mean.abs() > strict * error) & ((ratio - mean).abs() < error) & ratio.notna()
    return printed.doubt(
        "sd_arms_differ",
        (alone | together) & ~said,
        column="sd_intervention",
        message=np.where(alone, _APART, _APART_TOGETHER),
        scales=scales,
        times=np.exp(mean),
        hint="Check whether one arm's figures are standard errors turned back with another number of people.",
    )


def _lognormal_kurtosis(variation: pd.Series) -> pd.Series:
    """Return the kurtosis of a lognormal distribution with this coefficient of variation, 3 at none."""
    w = 1 + variation**2
    return w**4 + 2 * w**3 + 3 * w**2 - 3


def _rebuilt(printed: Printed) -> list[Finding]:
    """Doubt SDs with far more digits than their mean, and name the standard error they were made of if one fits.

    Not in a review: its authors compute SDs by its calculator, and its rows are what they computed.
    """
    f = printed.rows
    broken = np.zeros(len(f), bool)
    source = np.full(len(f), "", dtype=object)
    for side in ARM:
        long = f[f"h_s{side}"] * 1000 < f[f"h_m{side}"]
        long &= ~f["analysis"]
        broken |= long.to_numpy()
        for row in f[long].itertuples():
            sd = getattr(row, f"s{side}")
            sizes = f.loc[f["trial"].eq(row.trial), ["n1", "n2"]].to_numpy()
            for n in np.unique(sizes[np.isfinite(sizes)]):
                error = sd / n**0.5
                if abs(error - round(error, 2)) < 1e-6:
                    source[row.Index] = f" ({error:.2f} times the root of {n:g})"
    return printed.doubt(
        "sd_rebuilt",
        broken,
        column="sd_intervention",
        message="SDs of {s1:.4g} and {s2:.4g} beside means of {m1:g} and {m2:g}: one has far more digits than a table "
        "prints{source}, so it was computed, with the rounding and the n of its source.",
        source=source,
        hint="Find the printed SD, or the standard error and the number of people it rests on.",
    )
