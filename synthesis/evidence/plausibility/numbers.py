"""Numbers of people and times: more than randomised, unlike their neighbours, not adding up, counted from elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import ARM, Printed
from synthesis.evidence.plausibility.text import baselines_in, origins_in, other_count
from synthesis.statistics.measures import MEASURES

# People miss a wave and come back; a tenth more and three people are more than that.
GROWTH, FEW = 1.10, 3
# Outcomes of one wave on fewer than half as many people as another were read from elsewhere, or mark a subgroup.
SAME_WAVE = 0.5
# Follow-up printed in rounded months.
LATE, LATE_MONTHS = 1.1, 1.0
# p < 0.01 at baseline: of a hundred fair comparisons one.
BASELINE_Z = 2.576

_FROM_ELSEWHERE = "The notes count the {months:g} months from {origin}, not from randomisation"
# By how many more rows of the trial count so: none, one, several.
_TIME_ORIGIN = np.array(
    [
        f"{_FROM_ELSEWHERE}.",
        f"{_FROM_ELSEWHERE}, here and in 1 more row of the trial.",
        f"{_FROM_ELSEWHERE}, here and in {{more}} more rows of the trial.",
    ]
)


def doubt_numbers(printed: Printed) -> list[Finding]:
    """Doubt numbers of people and times."""
    return [
        *_beyond_randomised(printed),
        *_grows(printed),
        *_same_wave(printed),
        *_other_wave(printed),
        *_adding_up(printed),
        *_counted_twice(printed),
        *_cluster(printed),
        *_time(printed),
        *_baseline(printed),
    ]


def _beyond_randomised(printed: Printed) -> list[Finding]:
    f = printed.rows
    arm = (f["n1"] > f["randomised_1"]) | (f["n2"] > f["randomised_2"])
    both = (f["n1"] + f["n2"]) > f["randomised"]
    return printed.doubt(
        "n_beyond_randomised",
        arm | both,
        column="n_intervention",
        message=np.where(
            arm,
            "{n1:g} and {n2:g} people are analysed; {randomised_1:g} and {randomised_2:g} were randomised to the arms.",
            "{n1:g} and {n2:g} people are analysed; {randomised:g} were randomised in all.",
        ),
        hint="Check the numbers analysed, and n_randomised in trial.csv and arms.csv.",
    )


def _grows(printed: Printed) -> list[Finding]:
    f = printed.rows
    sequence = f[f["table"].eq("outcomes") & f["wave"].notna()].sort_values(["series", "wave"])
    broken = np.zeros(len(f), bool)
    before = {}
    for side in ARM:
        last = sequence.groupby("series")[f"n{side}"].shift().reindex(f.index)
        broken |= ((f[f"n{side}"] > GROWTH * last) & (f[f"n{side}"] - last >= FEW)).to_numpy()
        before[side] = last
    return printed.doubt(
        "n_grows",
        broken,
        column="n_intervention",
        message="{n1:g} and {n2:g} people after {before1:g} and {before2:g} at the wave before.",
        before1=before["1"],
        before2=before["2"],
        hint="Check that both waves are analysed alike; missing values may be imputed at one of them.",
    )


def _same_wave(printed: Printed) -> list[Finding]:
    """Doubt a row on far fewer people than another of its wave; a review's analyses have people of their own."""
    f = printed.rows
    total = f["n1"] + f["n2"]
    most = total.where(f["table"].eq("outcomes")).groupby([f["arms"], f["wave"]]).transform("max")
    return printed.doubt(
        "n_unlike_same_wave",
        (total < SAME_WAVE * most) & ~f["analysis"],
        column="n_intervention",
        message="{n1:g} and {n2:g} people; another outcome of this wave rests on {most:g} in all.",
        most=most,
        hint="Check the numbers, or say in the notes which people answered.",
    )


def _other_wave(printed: Printed) -> list[Finding]:
    """Doubt numbers that are exactly another wave's while another row of the wave has fewer."""
    f = printed.rows
    known = f["n1"].notna() & f["n2"].notna() & f["table"].eq("outcomes") & f["wave"].notna()
    pairs = f[known].drop_duplicates(["arms", "n1", "n2", "months"]).groupby(["arms", "n1", "n2"])["months"]
    waves = pairs.nunique().reindex(pd.MultiIndex.from_frame(f[["arms", "n1", "n2"]])).to_numpy(float)
    latest = pairs.max().reindex(pd.MultiIndex.from_frame(f[["arms", "n1", "n2"]])).to_numpy(float)
    least = (f["n1"] + f["n2"]).where(known).groupby([f["arms"], f["months"]]).transform("min")
    fewer = least < 0.9 * (f["n1"] + f["n2"])
    randomised = f["n1"].eq(f["randomised_1"]) & f["n2"].eq(f["randomised_2"])
    return printed.doubt(
        "n_of_other_wave",
        known & ~f["analysis"] & (waves > 1) & (f["months"] < latest) & fewer & ~randomised,
        column="n_intervention",
        message="{n1:g} and {n2:g} people are exactly those of another result at {latest:g} months, while another row "
        "of this wave has {least:g} in all.",
        latest=latest,
        least=least,
        hint="Check that the numbers are of this wave and this outcome.",
    )


def _adding_up(printed: Printed) -> list[Finding]:
    arms = printed.arms.groupby("trial")["n_randomised"]
    total = printed.trials["trial"].map(arms.sum().where(arms.count() == arms.size()))
    return printed.doubt_trial(
        "arms_not_adding_up",
        total.notna() & (total != printed.trials["n_randomised"]),
        column="n_randomised",
        message="The arms add up to {in_arms:g} people, n_randomised says {n_randomised:g}.",
        in_arms=total,
        hint="Check the arm sizes, whether an arm is missing, and who was excluded after randomisation.",
    )


def _counted_twice(printed: Printed) -> list[Finding]:
    trials = printed.trials
    counts = [other_count(notes, n) for notes, n in zip(trials["notes"], trials["n_randomised"], strict=True)]
    other = np.array(counts, dtype=float)
    return printed.doubt_trial(
        "people_counted_twice",
        np.isfinite(other),
        column="n_randomised",
        message="n_randomised says {n_randomised:g}, the notes also count {other:g}.",
        other=other,
        hint="Find out which number was randomised; say in the notes what the other counts.",
    )


def _cluster(printed: Printed) -> list[Finding]:
    f = printed.rows
    means = f[["m1", "s1", "n1", "m2", "s2", "n2"]].notna().all(axis=1)
    bare = f["table"].eq("outcomes") & (means | f[["e1", "n1", "e2", "n2"]].notna().all(axis=1))
    lacking = printed.cells["icc"].eq("") | printed.cells["cluster_size"].eq("")
    lacking = f.loc[bare & lacking & f["design"].eq("cluster") & f["adjusted"].ne("yes"), "trial"]
    count = printed.trials["trial"].map(lacking.value_counts())
    return printed.doubt_trial(
        "cluster_without_icc",
        count.notna(),
        column="design",
        message="Whole groups were randomised; {count:.0f} rows of arm figures lack the icc or the cluster_size that "
        "their design effect needs, so a stated default stands in.",
        count=count,
        hint="Enter icc and cluster_size where any report of the trial gives them, or an estimate that allows for "
        "clusters.",
    )


def _time(printed: Printed) -> list[Finding]:
    f = printed.rows
    origin = origins_in(printed.cells["notes"])
    counted = origin.ne("") & f["table"].eq("outcomes") & f["wave"].notna()
    # Once a trial: the reason is the same in all its rows.
    first = counted & ~f["trial"].where(counted).duplicated()
    more = counted.groupby(f["trial"]).transform("sum").to_numpy(int) - 1
    findings = printed.doubt(
        "time_origin",
        first,
        column="timepoint_months",
        message=_TIME_ORIGIN[np.clip(more, 0, 2)],
        origin=origin.str.lower(),
        more=more,
        hint="Enter the time since randomisation where a report gives it.",
    )
    return findings + printed.doubt(
        "time_beyond_followup",
        (f["months"] > LATE * f["followup"]) & (f["months"] > f["followup"] + LATE_MONTHS) & f["table"].eq("outcomes"),
        column="timepoint_months",
        message="Measured at {months:g} months; trial.csv says that follow-up lasted {followup:g}.",
        hint="Check both: weeks entered as months, or time counted from another origin.",
    )


def _baseline(printed: Printed) -> list[Finding]:
    """Doubt means after treatment where the notes show that the arms differed before.

    A row at month 0 is no baseline: databases without a time put their results after treatment there.
    """
    f = printed.rows
    found = baselines_in(printed.cells["notes"])
    s1, s2 = found["s1"].fillna(f["s1"]), found["s2"].fillna(f["s2"])
    before = MEASURES["MD"].compute(found["m1"], s1, f["n1"], found["m2"], s2, f["n2"])
    z = before.yi / np.sqrt(before.vi)
    return printed.doubt(
        "baseline_imbalance",
        (np.abs(z) > BASELINE_Z) & f["m1"].notna(),
        column="mean_intervention",
        message="The arms differed at baseline by {apart:.1f} standard errors ({base1:g} and {base2:g}); the means "
        "after treatment carry that.",
        apart=np.abs(z),
        base1=found["m1"],
        base2=found["m2"],
        hint="Prefer an estimate adjusted for baseline or of change; say which in decisions.csv.",
    )
