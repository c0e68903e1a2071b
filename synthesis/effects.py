"""From the rows of one outcome to one effect per comparison of arms, with everything left out and why.

The order is: decisions, the route from what was printed to an effect, clustering, direction, time point and instrument,
shared arms. Every assumption a row needed stands in its `note`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthesis.decisions import apply_decisions
from synthesis.errors import ChoiceError
from synthesis.evidence import Evidence
from synthesis.measures import MEASURES, design_effect
from synthesis.results import Result
from synthesis.routes import RESIDUAL_SD, row_effects
from synthesis.selection import average_within_comparisons, select_rows, times_used

# Stands in where a cluster trial's report gives no intracluster correlation. Printed beside every effect that uses it.
DEFAULT_ICC = 0.05

# Two routes to one effect disagree when they are further apart than this share of the effect's standard error.
CROSS_CHECK_TOLERANCE = 0.25

DIRECTIONS = {
    "favours_intervention": "in favour of peer support",
    "favours_comparator": "in favour of the comparison",
    "no_difference": "no difference found",
}
TURNED = {"favours_intervention": "favours_comparator", "favours_comparator": "favours_intervention"}

FRAME_COLUMNS = [
    *("trial", "label", "instrument", "timepoint_months", "intervention_arm", "comparator_arm", "comparator_type"),
    *("yi", "vi", "sei", "benefit", "aligned", "route", "note", "decided"),
    *("n_intervention", "n_comparator", "mean_intervention", "sd_intervention", "mean_comparator", "sd_comparator"),
    *("events_intervention", "events_comparator", "change", "adjusted", "design", "design_effect"),
    *("shared", "rob", "reported_direction", "source", "file", "row"),
]


@dataclass(frozen=True, eq=False)
class Effects(Result):
    """The effects of one outcome, ready to pool.

    Attributes
    ----------
    outcome, outcome_label, measure, timepoint : str
        What they are effects on, in which measure and at which time.
    better : {"higher", "lower"}
        The direction of the outcome that is good for people.
    as_printed : bool
        True where decisions of the review team were ignored.
    frame : pandas.DataFrame
        One row an effect. `yi`, `vi` on the analysis scale (log for ratios), intervention minus comparator, every
        instrument turned the outcome's way (`aligned` says which were turned); `benefit` positive in favour of peer
        support.
    left_out : pandas.DataFrame
        Every other row of the outcome, with the same columns as far as they exist, and `kind` (excluded,
        without_numbers, not_convertible, not_selected) with its `reason`.
    cross_checks : pandas.DataFrame
        Rows with a second route to the same effect: both values and whether they agree.
    """

    outcome: str
    outcome_label: str
    measure: str
    timepoint: str
    better: str
    as_printed: bool
    frame: pd.DataFrame
    left_out: pd.DataFrame
    cross_checks: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the effects."""
        return self.frame.copy()

    def with_moderators(self, moderators: pd.DataFrame) -> Effects:
        """Return the effects with moderator columns joined.

        Parameters
        ----------
        moderators : pandas.DataFrame
            One row a trial, or a trial and intervention arm, or a comparison; keyed by `trial` and whichever of the
            columns intervention_arm (or `arm`, as fidelity scores have it) and comparator_arm it has. Moderators of the
            same name that were joined before are replaced; the columns of the effects themselves are kept.
        """
        if "intervention_arm" not in moderators:
            moderators = moderators.rename(columns={"arm": "intervention_arm"})
        keys = [name for name in ("trial", "intervention_arm", "comparator_arm") if name in moderators]
        new = [name for name in moderators if name not in FRAME_COLUMNS]
        frame = self.frame.drop(columns=[name for name in new if name in self.frame])
        return replace(self, frame=frame.merge(moderators[keys + new], on=keys, how="left", validate="many_to_one"))

    def subset(self, keep: pd.Series) -> Effects:
        """Return only the effects for which `keep` is true."""
        return replace(self, frame=self.frame[keep.to_numpy()].reset_index(drop=True))

    def participants(self) -> tuple[int, int]:
        """Count the people analysed, each arm once, and the effects whose arm sizes are unknown."""
        largest: dict[tuple[str, str], float] = {}
        unknown = np.zeros(len(self.frame), bool)
        for side in ("intervention", "comparator"):
            sizes = self.frame[f"n_{side}"].to_numpy(float)
            unknown |= np.isnan(sizes)
            arms = zip(self.frame["trial"].array, self.frame[f"{side}_arm"].array, strict=True)
            for arm, size in zip(arms, sizes, strict=True):
                if size > largest.get(arm, 0.0):
                    largest[arm] = size
        return int(sum(largest.values())), int(unknown.sum())

    def why_left_out(self) -> str:
        """Say in a sentence how many rows were left out for which kind of reason."""
        words = {
            "excluded": "excluded by decision",
            "without_numbers": "reported without usable numbers",
            "not_convertible": f"not convertible to {self.measure}",
            "not_selected": "at another time point or on another instrument",
        }
        counts = self.left_out["kind"].value_counts()
        listed = ", ".join(f"{counts[kind]} {text}" for kind, text in words.items() if counts.get(kind, 0))
        if listed:
            return f"Rows left out: {listed}."
        return "No trial measured it." if self.frame.empty else ""

    def __str__(self) -> str:
        trials = self.frame["trial"].nunique()
        return f"{len(self.frame)} effects of {trials} trials on {self.outcome_label.lower()} ({self.measure})"


def compute_effects(
    evidence: Evidence,
    outcome: str,
    *,
    measure: str | None = None,
    timepoint: str = "longest",
    as_printed: bool = False,
    icc: float = DEFAULT_ICC,
) -> Effects:
    """Compute one effect per comparison of arms on one outcome.

    Parameters
    ----------
    evidence : Evidence
    outcome : str
        An outcome domain of the codebook.
    measure : str, optional
        Effect measure; the codebook's for the domain by default.
    timepoint : str
        `longest` follow-up with a usable result (default), `closest:MONTHS`, or `all` (every time point and instrument,
        averaged within a comparison with an assumed correlation, so that no trial counts twice).
    as_printed : bool
        Ignore the review team's decisions.
    icc : float
        Intracluster correlation assumed for cluster trials that report none.

    Returns
    -------
    Effects

    Raises
    ------
    ChoiceError
        For an outcome, measure or time point that does not exist.
    """
    domain = evidence.codebook.outcome(outcome)
    measure = measure or str(domain["measure"])
    if measure not in MEASURES:
        raise ChoiceError("measure", measure, list(MEASURES))
    if not 0 <= icc <= 1:
        raise ChoiceError("icc", icc, ["a number from 0 to 1, such as 0.05"])
    rows = prepare_rows(evidence, outcome, as_printed=as_printed)
    computed = computed_rows(rows, measure, domain["better"], icc)
    usable = computed["yi"].notna() & computed["excluded"].eq("")
    chosen = select_rows(computed[usable], evidence.codebook, timepoint)
    pooled = divide_shared_arms(chosen, measure, domain["better"], icc)
    if timepoint == "all":
        pooled = average_within_comparisons(pooled)
    others = computed.drop(index=chosen.index)
    return Effects(
        outcome=outcome,
        outcome_label=str(domain["label"]),
        measure=measure,
        timepoint=timepoint,
        better=str(domain["better"]),
        as_printed=as_printed,
        frame=pooled[FRAME_COLUMNS].reset_index(drop=True),
        left_out=_explain(others, measure)[[*FRAME_COLUMNS, "kind", "reason"]].reset_index(drop=True),
        cross_checks=_cross_checks(computed[usable]),
    )


def effects_listing(evidence: Evidence, outcome: str | None = None, **options: Any) -> pd.DataFrame:
    """List every row of one outcome, or of all, with its effect where there is one.

    Parameters
    ----------
    evidence : Evidence
    outcome : str, optional
    **options
        As `compute_effects` takes them.

    Returns
    -------
    pandas.DataFrame
        outcome, measure, the columns of `Effects.frame`, `status` (pooled, or the kind of reason why not) and `reason`.
    """
    measured = set(evidence.outcomes["outcome"])
    names = [outcome] if outcome else [name for name in evidence.codebook.outcomes["outcome"] if name in measured]
    parts = []
    for name in names:
        effects = compute_effects(evidence, name, **options)
        pooled = effects.frame.assign(status="pooled", reason="")
        listed = pd.concat([pooled, effects.left_out.rename(columns={"kind": "status"})], ignore_index=True)
        listed.insert(0, "outcome", name)
        listed.insert(1, "measure", effects.measure)
        parts.append(listed.sort_values(["trial", "row"], kind="stable"))
    columns = ["outcome", "measure", *FRAME_COLUMNS, "status", "reason"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def prepare_rows(evidence: Evidence, outcome: str, *, as_printed: bool = False) -> pd.DataFrame:
    """Return the outcome's rows as decided, joined with what the effects need of arms, trials and the codebook."""
    rows = evidence.outcomes[evidence.outcomes["outcome"].eq(outcome)].copy()
    arms = evidence.arms.set_index(["trial", "arm"])
    for side in ("intervention", "comparator"):
        keys = pd.MultiIndex.from_frame(rows[["trial", f"{side}_arm"]])
        rows[f"randomised_{side}"] = arms["n_randomised"].reindex(keys).to_numpy(float)
    rows["comparator_type"] = arms["comparator_type"].reindex(keys).fillna("").to_numpy(str)
    wanted = evidence.decisions["outcome"].eq(outcome) & (not as_printed)
    rows = apply_decisions(rows, evidence.decisions[wanted])
    sizes = evidence.outcomes.groupby("trial")["cluster_size"].median()
    rows["cluster_size_elsewhere"] = rows["trial"].map(sizes).astype(float)
    rows["design"] = rows["trial"].map(evidence.trials.set_index("trial")["design"])
    better = evidence.codebook.instruments.set_index(["instrument", "outcome"])["better"]
    rows["instrument_better"] = better.reindex(pd.MultiIndex.from_frame(rows[["instrument", "outcome"]])).to_numpy(str)
    rows["label"] = rows["trial"].map(evidence.labels)
    bias = evidence.overall_risk_of_bias()
    rows["rob"] = pd.Series([bias.get(trial, "") for trial in rows["trial"]], index=rows.index, dtype="str")
    return rows.assign(shared=False, assumed="")


def computed_rows(rows: pd.DataFrame, measure: str, better: str, icc: float) -> pd.DataFrame:
    """Compute effects of prepared rows: route, clustering, direction; unusable rows keep `yi` empty."""
    rows = _with_design_effects(_stand_in_sizes(rows), icc)
    found = row_effects(rows, measure)
    rows = rows.assign(**{name: found[name] for name in found})
    rows = _inflate_for_clusters(rows)
    turn = np.where(rows["instrument_better"].eq(better), 1.0, -1.0)
    signed = turn * np.where(rows["flipped"], -1.0, 1.0)
    rows["yi"], rows["check_yi"] = rows["yi"] * signed, rows["check_yi"] * signed
    rows["aligned"] = turn < 0
    rows["sei"] = np.sqrt(rows["vi"])
    rows["benefit"] = rows["yi"] * (1.0 if better == "higher" else -1.0)
    notes = ["; ".join(filter(None, parts)) for parts in zip(rows["note"], rows["assumed"], strict=True)]
    rows["note"] = pd.Series(notes, index=rows.index, dtype="str")
    return rows


def _stand_in_sizes(rows: pd.DataFrame) -> pd.DataFrame:
    """Where a row prints no numbers analysed, let the numbers randomised stand in, and say so."""
    rows = rows.copy()
    missing = pd.Series(False, index=rows.index)
    for side in ("intervention", "comparator"):
        absent = rows[f"n_{side}"].isna() & rows[f"randomised_{side}"].notna()
        rows.loc[absent, f"n_{side}"] = rows.loc[absent, f"randomised_{side}"]
        missing |= absent
    note = "numbers randomised stand in for numbers analysed"
    rows.loc[missing, "assumed"] = _append(rows.loc[missing, "assumed"], note)
    return rows


def _with_design_effects(rows: pd.DataFrame, icc: float) -> pd.DataFrame:
    """Give every row of a cluster trial its design effect, in words too; nan where the clusters' size is unknown."""
    size = rows["cluster_size"].fillna(rows["cluster_size_elsewhere"])
    borrowed = np.where(rows["cluster_size"].isna(), ", as on the trial's other rows,", ",")
    cluster, used = rows["design"].eq("cluster"), rows["icc"].fillna(icc)
    factor = np.where(cluster, design_effect(size.to_numpy(float), used.to_numpy(float)), 1.0)
    stated = np.where(rows["icc"].notna(), "reported", "assumed")
    words = [
        f"design effect {d:.2f} (clusters of {m:g}{how} intracluster correlation {rho:g} {source})"
        for d, m, how, rho, source in zip(factor, size, borrowed, used, stated, strict=True)
    ]
    return rows.assign(design_effect=factor, design_effect_in_words=words)


def _inflate_for_clusters(rows: pd.DataFrame) -> pd.DataFrame:
    """Multiply the variances of cluster trials by the design effect, unless they come from a model of the clusters.

    An adjusted estimate or test of a cluster trial is taken to allow for the clusters. An SMD worked out from such a
    test was read on the effective sample sizes, so it rests on the design effect as well.
    """
    cluster = rows["design"].eq("cluster") & rows["yi"].notna()
    modelled = cluster & rows["adjusted"].eq("yes") & rows["route"].isin(["estimate", "statistic", "p value"])
    by_test = modelled & np.array([RESIDUAL_SD in note for note in rows["note"]], bool)
    corrected = cluster & (~modelled | by_test)
    unknown = corrected & rows["design_effect"].isna()
    rows.loc[modelled, "note"] = _append(rows.loc[modelled, "note"], "taken to allow for the clusters, being adjusted")
    rows.loc[unknown, ["yi", "vi"]] = np.nan
    rows.loc[unknown, "route"] = "cluster size unknown"
    inflated = corrected & ~by_test & ~unknown
    rows.loc[inflated, "vi"] *= rows.loc[inflated, "design_effect"]
    noted = rows.loc[corrected & ~unknown]
    rows.loc[noted.index, "note"] = [
        "; ".join(filter(None, parts)) for parts in zip(noted["note"], noted["design_effect_in_words"], strict=True)
    ]
    rows.loc[~corrected, "design_effect"] = 1.0
    return rows.drop(columns="design_effect_in_words")


def divide_shared_arms(rows: pd.DataFrame, measure: str, better: str, icc: float) -> pd.DataFrame:
    """Divide an arm that several pooled comparisons use among them, people and events alike [handbook2024, 23.3.4].

    Effects from arm figures are computed again from the divided arms. Where only an estimate or a test result is
    printed, it keeps its value and its variance grows as 1 / n1 + 1 / n2 does. The rows go on showing the arms as they
    were.
    """
    times = {side: times_used(rows, side) for side in ("intervention", "comparator")}
    several = (times["intervention"] > 1) | (times["comparator"] > 1)
    if not several.any():
        return rows
    divided = rows.copy()
    for side, uses in times.items():
        for name in ("n", "events"):
            divided[f"{name}_{side}"] = divided[f"{name}_{side}"] / uses
    again = computed_rows(divided, measure, better, icc)
    # An arm of a person or two cannot be divided and still have an SD: its effect is treated like a printed one.
    from_arms = several & rows["route"].isin(["means", "events"]) & again["yi"].notna()
    result = rows.copy()
    for name in ("yi", "vi", "benefit"):
        result.loc[from_arms, name] = again.loc[from_arms, name]
    result.loc[several & ~from_arms, "vi"] *= _growth(rows, times)[several & ~from_arms]
    result["sei"] = np.sqrt(result["vi"])
    result.loc[several, "shared"] = True
    result.loc[several, "note"] = _append(
        result.loc[several, "note"], "an arm used by several comparisons is divided among them"
    )
    return result


def _growth(rows: pd.DataFrame, times: dict[str, pd.Series]) -> pd.Series:
    """Factor by which 1 / n1 + 1 / n2 grows when arms are divided; an unknown size is taken to be the other arm's."""
    n1, n2 = rows["n_intervention"], rows["n_comparator"]
    n1, n2 = n1.fillna(n2).fillna(1.0), n2.fillna(n1).fillna(1.0)
    return (times["intervention"] / n1 + times["comparator"] / n2) / (1 / n1 + 1 / n2)


def _explain(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Say for each row that was not pooled what kind of reason and which; a turned effect has a turned direction."""
    turned = rows["reported_direction"].replace(TURNED)
    rows = rows.assign(reported_direction=rows["reported_direction"].mask(rows["flipped"], turned))
    kinds, reasons = [], []
    for row in rows.itertuples():
        kind, reason = _reason(row, measure)
        kinds.append(kind)
        reasons.append(reason)
    return rows.assign(kind=pd.Series(kinds, rows.index, dtype=str), reason=pd.Series(reasons, rows.index, dtype=str))


def _reason(row: object, measure: str) -> tuple[str, str]:
    if row.excluded:
        return "excluded", row.excluded
    if np.isfinite(row.yi):
        return "not_selected", "another time point or instrument of the same comparison was pooled"
    if row.route == "cluster size unknown":
        return (
            "not_convertible",
            "cluster trial whose cluster size is not reported, so its variance cannot be corrected",
        )
    direction = DIRECTIONS.get(row.reported_direction, "")
    said = f" ({direction})" if direction else ""
    if np.isfinite(row.estimate) and row.effect_measure and row.effect_measure != measure:
        printed = row.effect_measure
        return (
            "not_convertible",
            f"printed as {printed}, which cannot be turned into {measure} from what is printed{said}",
        )
    means = np.isfinite(row.mean_intervention) or np.isfinite(row.mean_comparator)
    counts = np.isfinite(row.events_intervention) or np.isfinite(row.events_comparator)
    inputs = MEASURES[measure].inputs
    if (means and inputs != "means") or (counts and inputs != "events" and measure != "SMD"):
        printed = "means" if means else "counts"
        return "not_convertible", f"printed as {printed}, which cannot be turned into {measure}{said}"
    if np.isfinite(row.p_value) or np.isfinite(row.statistic_value):
        return "not_convertible", f"a test result{_lack_of_test(row, measure)}{said}"
    if means or counts or np.isfinite(row.estimate):
        return "not_convertible", f"numbers without their uncertainty{said}"
    return (
        "without_numbers",
        f"measured, reported without numbers: {direction}" if direction else "measured, no result given",
    )


def _lack_of_test(row: object, measure: str) -> str:
    """Say what keeps a test result from becoming an effect."""
    if measure != "SMD":
        return f", which cannot be turned into {measure}"
    if not (np.isfinite(row.n_intervention) and np.isfinite(row.n_comparator)):
        return " without the sizes of the arms"
    if row.test_statistic == "chi2" and row.degrees_of_freedom > 1:
        return " on more than one degree of freedom, which has no direction"
    if row.p_value == 0:
        return " rounded to a p value of 0"
    return " without its direction"


def _cross_checks(rows: pd.DataFrame) -> pd.DataFrame:
    """Compare the two routes of every row that has two."""
    two = rows[rows["check_route"].ne("")]
    apart = (two["yi"] - two["check_yi"]).abs() / two["sei"]
    columns = [
        "trial",
        "label",
        "instrument",
        "timepoint_months",
        "route",
        "yi",
        "check_route",
        "check_yi",
        "file",
        "row",
    ]
    return two[columns].assign(difference_in_se=apart, agrees=apart <= CROSS_CHECK_TOLERANCE).reset_index(drop=True)


def _append(texts: pd.Series, note: str) -> list[str]:
    return ["; ".join(filter(None, [text, note])) for text in texts]
