"""Why a row of an outcome is not in the pool: a code each, the kind of reason it is, and its words.

What is counted and shown depends on codes; the sentences are made for people and read by nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.effects.routes import FAVOURS
from synthesis.evidence.vocabulary import DIRECTIONS, UNSETTLED, Direction, Names, directions_in_words
from synthesis.statistics.measures import MEASURES


class Kind(NamedTuple):
    """A kind of reason in words: in a table's cell, and after a number of rows."""

    label: str
    counted: str


KINDS = {
    "excluded": Kind("excluded by decision", "excluded by decision"),
    "without_numbers": Kind("no numbers", "reported without usable numbers"),
    "not_estimable": Kind("not estimable", "not estimable as {measure}"),
    "without_counts": Kind("no counts", "without counts to pool"),
    "not_convertible": Kind("numbers not usable", "with numbers that cannot be used as {measure}"),
    "not_selected": Kind("another result used", "at another time point or on another instrument"),
}


class Reason(NamedTuple):
    """A reason.

    Attributes
    ----------
    kind : str
        Code of `KINDS`.
    says : str
        In words. Gaps: {decision} the decision's own reason, {printed} what was printed, {measure} what was asked for,
        {said} the direction in brackets where one is reported, {direction} the direction itself.
    """

    kind: str
    says: str


REASONS = {
    "excluded": Reason("excluded", "{decision}"),
    "not_selected": Reason("not_selected", "another time point or instrument of the same comparison was pooled"),
    "cluster_size_unknown": Reason(
        "not_convertible",
        "cluster trial whose cluster size is not reported, so its variance cannot be corrected",
    ),
    "crossover_without_period": Reason(
        "not_convertible",
        "crossover trial whose figures are neither named as the first period's nor as a paired estimate{said}",
    ),
    "paired_without_estimate": Reason(
        "not_convertible",
        "paired result of a crossover trial without its own {measure} and its uncertainty{said}",
    ),
    # Such a trial tells neither the direction nor the size of a ratio [handbook2024, 10.4.4.1].
    "no_events": Reason("not_estimable", "nobody in either arm had the event, which tells nothing of {measure}"),
    "only_events": Reason("not_estimable", "everybody in both arms had the event, which tells nothing of {measure}"),
    "estimate_not_counts": Reason(
        "without_counts",
        "from a printed estimate, and the chosen method pools the counts of both arms",
    ),
    "average_not_counts": Reason(
        "without_counts",
        "a mean of several results, and the chosen method pools the counts of one",
    ),
    "other_measure": Reason(
        "not_convertible",
        "printed as {printed}, which cannot be turned into {measure} from what is printed{said}",
    ),
    "other_figures": Reason("not_convertible", "printed as {printed}, which cannot be turned into {measure}{said}"),
    "test_of_other_measure": Reason("not_convertible", "a test result, which cannot be turned into {measure}{said}"),
    "test_without_sizes": Reason("not_convertible", "a test result without the sizes of the arms{said}"),
    "test_without_degree": Reason(
        "not_convertible",
        "a test result on more than one degree of freedom, which has no direction{said}",
    ),
    "p_of_zero": Reason("not_convertible", "a test result rounded to a p value of 0{said}"),
    "test_on_unsettled_scale": Reason(
        "not_convertible",
        "a test result of which only whom it favours is known, on a scale whose own direction is not settled{said}",
    ),
    "test_without_direction": Reason("not_convertible", "a test result without its direction{said}"),
    "without_uncertainty": Reason("not_convertible", "numbers without their uncertainty{said}"),
    "direction_only": Reason("without_numbers", "measured, reported without numbers: {direction}"),
    "nothing_given": Reason("without_numbers", "measured, no result given"),
}


NEEDED = """
    decisions excluded uncorrectable silence design period reported_direction instrument_better yi estimate
    effect_measure p_value
    statistic_value test_statistic degrees_of_freedom n_intervention n_comparator
    mean_intervention mean_comparator events_intervention events_comparator
""".split()


def explain(rows: pd.DataFrame, measure: str, names: Names) -> pd.DataFrame:
    """Say for each row that was not pooled why not; a turned effect has a turned direction.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `computed_rows`.
    measure : str
        What was asked for.
    names : Names
        What the review calls the two sides.

    Returns
    -------
    pandas.DataFrame
        The rows with `cause` (code of `REASONS`), `kind` (code of `KINDS`) and `reason` (in words).
    """
    turned = rows["reported_direction"].map({code: words.turned for code, words in DIRECTIONS.items()})
    flips = rows["flipped"] & turned.notna()
    rows = rows.assign(reported_direction=rows["reported_direction"].mask(flips, turned))
    records = rows[NEEDED].to_dict("records")
    causes = [_cause(row, measure) for row in records]
    words = directions_in_words(names)
    reasons = [_in_words(cause, row, measure, words) for cause, row in zip(causes, records, strict=True)]
    return rows.assign(
        cause=pd.Series(causes, rows.index, dtype="str"),
        kind=pd.Series([REASONS[cause].kind for cause in causes], rows.index, dtype="str"),
        reason=pd.Series(reasons, rows.index, dtype="str"),
    )


def kind_in_words(kind: str, measure: str) -> str:
    """Say a kind of reason after a number of rows."""
    return KINDS[kind].counted.format(measure=measure)


def _cause(row: dict[str, Any], measure: str) -> str:
    if "exclude" in row["decisions"]:
        return "excluded"
    if np.isfinite(row["yi"]):
        return "not_selected"
    if row["silence"]:
        return str(row["silence"])
    if row["uncorrectable"]:
        return "cluster_size_unknown"
    if row["design"] == "crossover" and row["period"] != "first" and _has_figures(row):
        return "paired_without_estimate" if row["period"] == "paired" else "crossover_without_period"
    if np.isfinite(row["estimate"]) and row["effect_measure"] and row["effect_measure"] != measure:
        return "other_measure"
    if _printed_as(row, measure):
        return "other_figures"
    if np.isfinite(row["p_value"]) or np.isfinite(row["statistic_value"]):
        return _lack_of_test(row, measure)
    if _has(row, "mean") or _has(row, "events") or np.isfinite(row["estimate"]):
        return "without_uncertainty"
    return "direction_only" if row["reported_direction"] else "nothing_given"


def _has_figures(row: dict[str, Any]) -> bool:
    tested = np.isfinite(row["p_value"]) or np.isfinite(row["statistic_value"])
    return tested or _has(row, "mean") or _has(row, "events") or np.isfinite(row["estimate"])


def _lack_of_test(row: dict[str, Any], measure: str) -> str:
    """Say what keeps a test result from becoming an effect."""
    if measure != "SMD":
        return "test_of_other_measure"
    if not (np.isfinite(row["n_intervention"]) and np.isfinite(row["n_comparator"])):
        return "test_without_sizes"
    if row["test_statistic"] == "chi2" and row["degrees_of_freedom"] > 1:
        return "test_without_degree"
    if row["p_value"] == 0:
        return "p_of_zero"
    reported = row["reported_direction"] in FAVOURS
    return "test_on_unsettled_scale" if reported and row["instrument_better"] == UNSETTLED else "test_without_direction"


def _printed_as(row: dict[str, Any], measure: str) -> str:
    """Name the arms' figures that the measure is not made of; empty where there are none."""
    inputs = MEASURES[measure].inputs
    means = _has(row, "mean") and inputs != "means"
    counts = _has(row, "events") and inputs != "events" and measure != "SMD"
    if not (means or counts):
        return ""
    return "means" if _has(row, "mean") else "counts"


def _has(row: dict[str, Any], figure: str) -> bool:
    return bool(np.isfinite(row[f"{figure}_intervention"]) or np.isfinite(row[f"{figure}_comparator"]))


def _in_words(cause: str, row: dict[str, Any], measure: str, words: Mapping[str, Direction]) -> str:
    direction = words[row["reported_direction"]].noun if row["reported_direction"] else ""
    return REASONS[cause].says.format(
        decision=row["excluded"],
        measure=measure,
        printed=row["effect_measure"] if cause == "other_measure" else _printed_as(row, measure),
        direction=direction,
        said=f" ({direction})" if direction else "",
    )
