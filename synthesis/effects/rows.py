"""From the rows of one outcome to one effect a row: decisions, sizes, the route, clusters, direction, shared arms.

Everything a row needed to be assumed stands in its `assumptions`, as codes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.effects.assumptions import coded, has, joined
from synthesis.effects.decisions import apply_decisions
from synthesis.effects.routes import row_effects
from synthesis.effects.selection import times_used
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import BENEFIT_SIGN
from synthesis.statistics.measures import design_effect, split_shared_arm

SIDES = ("intervention", "comparator")
# Routes whose results a model of the clusters may stand behind.
_BY_MODEL = ("estimate", "statistic", "p_value")


def prepare_rows(evidence: Evidence, outcome: str, *, as_printed: bool = False) -> pd.DataFrame:
    """Return the outcome's rows as decided, joined with what the effects need of arms, trials and the codebook."""
    rows = evidence.outcomes[evidence.outcomes["outcome"].eq(outcome)].copy()
    arms = evidence.arms
    of_arm = list(zip(arms["trial"], arms["arm"], strict=True))
    randomised = dict(zip(of_arm, arms["n_randomised"], strict=True))
    comparator = dict(zip(of_arm, arms["comparator_type"], strict=True))
    pairs = {side: list(zip(rows["trial"], rows[f"{side}_arm"], strict=True)) for side in SIDES}
    for side in SIDES:
        rows[f"randomised_{side}"] = np.array([randomised.get(pair, np.nan) for pair in pairs[side]], dtype=float)
    rows["comparator_type"] = _texts([comparator.get(pair, "") for pair in pairs["comparator"]], rows)
    wanted = evidence.decisions["outcome"].eq(outcome) & (not as_printed)
    rows = apply_decisions(rows, evidence.decisions[wanted])

    trials = rows["trial"].tolist()
    design = dict(zip(evidence.trials["trial"], evidence.trials["design"], strict=True))
    instruments = evidence.codebook.instruments
    scales = zip(instruments["instrument"], instruments["outcome"], strict=True)
    better = dict(zip(scales, instruments["better"], strict=True))
    measured = zip(rows["instrument"], rows["outcome"], strict=True)
    bias, sizes = evidence.overall_risk_of_bias(), _cluster_sizes(evidence.outcomes)
    return rows.assign(
        cluster_size_elsewhere=np.array([sizes.get(trial, np.nan) for trial in trials], dtype=float),
        design=_texts([design[trial] for trial in trials], rows),
        instrument_better=_texts([better[pair] for pair in measured], rows),
        label=_texts([evidence.labels[trial] for trial in trials], rows),
        rob=_texts([bias.get(trial, "") for trial in trials], rows),
        shared=False,
    )


def _cluster_sizes(outcomes: pd.DataFrame) -> dict[str, float]:
    """Return each trial's median cluster size over all its results that print one."""
    printed = outcomes[outcomes["cluster_size"].notna()]
    return printed.groupby("trial")["cluster_size"].median().to_dict() if len(printed) else {}


def _texts(values: list[str], rows: pd.DataFrame) -> pd.Series:
    return pd.Series(values, rows.index, dtype="str")


def computed_rows(rows: pd.DataFrame, measure: str, better: str, icc: float) -> pd.DataFrame:
    """Compute effects of prepared rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `prepare_rows`.
    measure : str
        Code of `MEASURES`.
    better : {"higher", "lower"}
        The outcome's good direction, which every instrument is turned to.
    icc : float
        Stands in where a cluster trial reports none.

    Returns
    -------
    pandas.DataFrame
        The rows with yi, vi, sei, benefit, check_yi, `route` (empty, as `yi` is nan, where none answers),
        `assumptions`, `aligned`, `design_effect`, `uncorrectable` (a cluster trial's row whose variance cannot be
        corrected), and the cluster_size and icc that were used.
    """
    rows = _with_design_effects(_stand_in_sizes(rows), icc)
    found = row_effects(rows, measure)
    rows = rows.assign(**{name: found[name] for name in found if name != "needed"})
    rows["assumptions"] = found["needed"]
    rows = _inflate_for_clusters(rows)
    stood_in = rows["stood_in"] & rows["yi"].notna()
    rows["assumptions"] = joined(rows["assumptions"], coded({"randomised_stand_in": stood_in}, rows.index))
    turn = np.where(rows["instrument_better"].eq(better), 1.0, -1.0)
    signed = turn * np.where(rows["flipped"], -1.0, 1.0)
    rows["yi"], rows["check_yi"] = rows["yi"] * signed, rows["check_yi"] * signed
    rows["aligned"] = turn < 0
    rows["sei"] = np.sqrt(rows["vi"])
    rows["benefit"] = rows["yi"] * BENEFIT_SIGN[better]
    return rows


def _stand_in_sizes(rows: pd.DataFrame) -> pd.DataFrame:
    """Where a row prints no numbers analysed, let the numbers randomised stand in, and say so."""
    columns, missing = {}, np.zeros(len(rows), dtype=bool)
    for side in SIDES:
        printed, randomised = (rows[f"{name}_{side}"].to_numpy(float) for name in ("n", "randomised"))
        absent = np.isnan(printed) & ~np.isnan(randomised)
        columns[f"n_{side}"] = np.where(absent, randomised, printed)
        missing |= absent
    return rows.assign(**columns, stood_in=missing)


def _with_design_effects(rows: pd.DataFrame, icc: float) -> pd.DataFrame:
    """Give every row of a cluster trial its design effect; nan where the clusters' size is unknown."""
    size, used = rows["cluster_size"].fillna(rows["cluster_size_elsewhere"]), rows["icc"].fillna(icc)
    factor = np.where(rows["design"].eq("cluster"), design_effect(size.to_numpy(float), used.to_numpy(float)), 1.0)
    return rows.assign(
        design_effect=factor,
        size_borrowed=rows["cluster_size"].isna(),
        icc_given=rows["icc"].notna(),
        cluster_size=size,
        icc=used,
    )


def _inflate_for_clusters(rows: pd.DataFrame) -> pd.DataFrame:
    """Multiply the variances of cluster trials by the design effect, unless they come from a model of the clusters.

    An adjusted estimate or test of a cluster trial is taken to allow for the clusters. An SMD worked out from such a
    test was read on the effective sample sizes, so it rests on the design effect as well.
    """
    cluster = rows["design"].eq("cluster") & rows["yi"].notna()
    if not cluster.any():
        return rows.assign(uncorrectable=False, design_effect=1.0)
    modelled = cluster & rows["adjusted"].eq("yes") & rows["route"].isin(_BY_MODEL)
    by_test = modelled & has(rows["assumptions"], "residual_sd")
    corrected = cluster & (~modelled | by_test)
    unknown = corrected & rows["design_effect"].isna()
    known = corrected & ~unknown
    flags = {
        "clusters_modelled": modelled,
        "icc_reported": known & rows["icc_given"],
        "icc_assumed": known & ~rows["icc_given"],
        "cluster_size_borrowed": known & rows["size_borrowed"],
    }
    rows = rows.assign(uncorrectable=unknown, assumptions=joined(rows["assumptions"], coded(flags, rows.index)))
    rows.loc[unknown, ["yi", "vi"]] = np.nan
    rows.loc[unknown, "route"] = ""
    inflated = known & ~by_test
    rows.loc[inflated, "vi"] *= rows.loc[inflated, "design_effect"]
    rows.loc[~corrected, "design_effect"] = 1.0
    return rows


def divide_shared_arms(rows: pd.DataFrame, measure: str, better: str, icc: float) -> pd.DataFrame:
    """Divide an arm that several pooled comparisons use among them, people and events alike [handbook2024, 23.3.4].

    Effects from arm figures are computed again from the divided arms. Where only an estimate or a test result is
    printed, it keeps its value and its variance grows as 1 / n1 + 1 / n2 does. The rows go on showing the arms as they
    were.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `computed_rows`, one a comparison.
    measure, better, icc
        As in `computed_rows`.
    """
    times = {side: times_used(rows, side) for side in SIDES}
    several = (times["intervention"] > 1) | (times["comparator"] > 1)
    if not several.any():
        return rows
    divided = rows.copy()
    for side, uses in times.items():
        for name in ("n", "events"):
            divided[f"{name}_{side}"] = split_shared_arm(divided[f"{name}_{side}"], uses)
    again = computed_rows(divided, measure, better, icc)
    # An arm of a person or two cannot be divided and still have an SD: its effect is treated like a printed one.
    from_arms = several & rows["route"].isin(["means", "events"]) & again["yi"].notna()
    result = rows.copy()
    for name in ("yi", "vi", "benefit"):
        result.loc[from_arms, name] = again.loc[from_arms, name]
    result.loc[several & ~from_arms, "vi"] *= _growth(rows, times)[several & ~from_arms]
    result["sei"] = np.sqrt(result["vi"])
    result.loc[several, "shared"] = True
    result["assumptions"] = joined(result["assumptions"], coded({"arm_divided": several}, result.index))
    return result


def _growth(rows: pd.DataFrame, times: dict[str, pd.Series]) -> pd.Series:
    """Factor by which 1 / n1 + 1 / n2 grows when arms are divided; an unknown size is taken to be the other arm's."""
    n1, n2 = rows["n_intervention"], rows["n_comparator"]
    n1, n2 = n1.fillna(n2).fillna(1.0), n2.fillna(n1).fillna(1.0)
    return (times["intervention"] / n1 + times["comparator"] / n2) / (1 / n1 + 1 / n2)
