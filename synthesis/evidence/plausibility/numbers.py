"""Numbers of people and times: more than randomised, unlike their neighbours, not adding up, counted from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import ARM, Printed, doubts_of_table
from synthesis.evidence.plausibility.text import baselines_in, origins_in, other_count

# People miss a wave and come back; a tenth more and three people are more than that.
GROWTH, FEW = 1.10, 3
# Outcomes of one wave on fewer than half as many people as another were read from elsewhere, or mark a subgroup.
SAME_WAVE = 0.5
# Follow-up printed in rounded months.
LATE, LATE_MONTHS = 1.1, 1.0
# p < 0.01 at baseline: of a hundred fair comparisons one.
BASELINE_Z = 2.576


def doubt_numbers(printed: Printed, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Doubt numbers of people and times."""
    return [
        *_beyond_randomised(printed),
        *_grows(printed),
        *_same_wave(printed),
        *_other_wave(printed),
        *_adding_up(printed, tables["trial"]),
        *_counted_twice(printed, tables["trial"]),
        *_cluster(printed, tables["trial"]),
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
        "n_intervention",
        lambda row: (
            f"{row.n1:g} and {row.n2:g} people are analysed; "
            + (
                f"{row.randomised_1:g} and {row.randomised_2:g} were randomised to the arms."
                if arm[row.Index]
                else f"{row.randomised:g} were randomised in all."
            )
        ),
        "Check the numbers analysed, and n_randomised in trial.csv and arms.csv.",
    )


def _grows(printed: Printed) -> list[Finding]:
    f = printed.rows
    sequence = f[f["table"].eq("outcomes")].sort_values(["series", "months"])
    broken = np.zeros(len(f), bool)
    before = {}
    for side in ARM:
        last = sequence.groupby("series")[f"n{side}"].shift().reindex(f.index)
        broken |= ((f[f"n{side}"] > GROWTH * last) & (f[f"n{side}"] - last >= FEW)).to_numpy()
        before[side] = last
    return printed.doubt(
        "n_grows",
        broken,
        "n_intervention",
        lambda row: (
            f"{row.n1:g} and {row.n2:g} people after {before['1'][row.Index]:g} and {before['2'][row.Index]:g} at the "
            "wave before."
        ),
        "Check that both waves are analysed alike; missing values may be imputed at one of them.",
    )


def _same_wave(printed: Printed) -> list[Finding]:
    f = printed.rows
    total = f["n1"] + f["n2"]
    most = total.where(f["table"].eq("outcomes")).groupby([f["arms"], f["months"]]).transform("max")
    return printed.doubt(
        "n_unlike_same_wave",
        total < SAME_WAVE * most,
        "n_intervention",
        lambda row: (
            f"{row.n1:g} and {row.n2:g} people; another outcome of this wave rests on {most[row.Index]:g} in all."
        ),
        "Check the numbers, or say in the notes which people answered.",
    )


def _other_wave(printed: Printed) -> list[Finding]:
    """Doubt numbers that are exactly another wave's while another row of the wave has fewer."""
    f = printed.rows
    known = f["n1"].notna() & f["n2"].notna() & f["table"].eq("outcomes")
    pairs = f[known].drop_duplicates(["arms", "n1", "n2", "months"]).groupby(["arms", "n1", "n2"])["months"]
    waves = pairs.nunique().reindex(pd.MultiIndex.from_frame(f[["arms", "n1", "n2"]])).to_numpy(float)
    latest = pairs.max().reindex(pd.MultiIndex.from_frame(f[["arms", "n1", "n2"]])).to_numpy(float)
    least = (f["n1"] + f["n2"]).where(known).groupby([f["arms"], f["months"]]).transform("min")
    fewer = least < 0.9 * (f["n1"] + f["n2"])
    randomised = f["n1"].eq(f["randomised_1"]) & f["n2"].eq(f["randomised_2"])
    return printed.doubt(
        "n_of_other_wave",
        known & (waves > 1) & (f["months"] < latest) & fewer & ~randomised,
        "n_intervention",
        lambda row: (
            f"{row.n1:g} and {row.n2:g} people are exactly those of another result at {latest[row.Index]:g} months, "
            f"while another row of this wave has {least[row.Index]:g} in all."
        ),
        "Check that the numbers are of this wave and this outcome.",
    )


def _adding_up(printed: Printed, raw: pd.DataFrame) -> list[Finding]:
    arms = printed.arms.groupby("trial")["n_randomised"]
    total = arms.sum().where(arms.count() == arms.size())
    trials = printed.trials.assign(in_arms=printed.trials["trial"].map(total))
    return doubts_of_table(
        "arms_not_adding_up",
        trials[trials["in_arms"].notna() & (trials["in_arms"] != trials["n_randomised"])],
        raw,
        "n_randomised",
        lambda row: f"The arms add up to {row.in_arms:g} people, n_randomised says {row.n_randomised:g}.",
        "Check the arm sizes, whether an arm is missing, and who was excluded after randomisation.",
    )


def _counted_twice(printed: Printed, raw: pd.DataFrame) -> list[Finding]:
    counts = [other_count(row.notes, row.n_randomised) for row in printed.trials.itertuples()]
    other = pd.Series(counts, printed.trials.index, dtype=float)
    return doubts_of_table(
        "people_counted_twice",
        printed.trials[other.notna()],
        raw,
        "n_randomised",
        lambda row: f"n_randomised says {row.n_randomised:g}, the notes also count {other[row.Index]:g}.",
        "Find out which number was randomised; say in the notes what the other counts.",
    )


def _cluster(printed: Printed, raw: pd.DataFrame) -> list[Finding]:
    f = printed.rows
    means = f[["m1", "s1", "n1", "m2", "s2", "n2"]].notna().all(axis=1)
    bare = f["table"].eq("outcomes") & (means | f[["e1", "n1", "e2", "n2"]].notna().all(axis=1))
    lacking = printed.cells["icc"].eq("") | printed.cells["cluster_size"].eq("")
    lacking = f.loc[bare & lacking & f["design"].eq("cluster") & f["adjusted"].ne("yes"), "trial"]
    count = lacking.value_counts()
    trials = printed.trials
    return doubts_of_table(
        "cluster_without_icc",
        trials[trials["trial"].isin(count.index)],
        raw,
        "design",
        lambda row: (
            f"Whole groups were randomised; {count[row.trial]} rows of arm figures lack the icc or the cluster_size "
            "that their design effect needs, so a stated default stands in."
        ),
        "Enter icc and cluster_size where any report of the trial gives them, or an estimate that allows for clusters.",
    )


def _time(printed: Printed) -> list[Finding]:
    f = printed.rows
    origin = origins_in(printed.cells["notes"])
    counted = origin.ne("") & f["table"].eq("outcomes")
    # Once a trial: the reason is the same in all its rows.
    first = counted & ~f["trial"].where(counted).duplicated()
    findings = printed.doubt(
        "time_origin",
        first,
        "timepoint_months",
        lambda row: (
            f"The notes count the {row.months:g} months from {origin[row.Index].lower()}, not from randomisation"
            f"{_more_rows(counted & f['trial'].eq(row.trial))}."
        ),
        "Enter the time since randomisation where a report gives it.",
    )
    return findings + printed.doubt(
        "time_beyond_followup",
        (f["months"] > LATE * f["followup"]) & (f["months"] > f["followup"] + LATE_MONTHS) & f["table"].eq("outcomes"),
        "timepoint_months",
        lambda row: f"Measured at {row.months:g} months; trial.csv says that follow-up lasted {row.followup:g}.",
        "Check both: weeks entered as months, or time counted from another origin.",
    )


def _more_rows(rows: pd.Series) -> str:
    more = int(rows.sum()) - 1
    return f", here and in {more} more row{'s' if more > 1 else ''} of the trial" if more else ""


def _baseline(printed: Printed) -> list[Finding]:
    """Doubt means after treatment where the notes show that the arms differed before.

    A row at month 0 is no baseline: databases without a time put their results after treatment there.
    """
    f = printed.rows
    found = baselines_in(printed.cells["notes"])
    s1, s2 = found["s1"].fillna(f["s1"]), found["s2"].fillna(f["s2"])
    z = (found["m1"] - found["m2"]) / np.sqrt(s1**2 / f["n1"] + s2**2 / f["n2"])
    return printed.doubt(
        "baseline_imbalance",
        (z.abs() > BASELINE_Z) & f["m1"].notna(),
        "mean_intervention",
        lambda row: (
            f"The arms differed at baseline by {abs(z[row.Index]):.1f} standard errors ({found['m1'][row.Index]:g} and "
            f"{found['m2'][row.Index]:g}); the means after treatment carry that."
        ),
        "Prefer an estimate adjusted for baseline or of change; say which in decisions.csv.",
    )
