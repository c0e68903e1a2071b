"""Alternative texts: what each figure shows, in one to four sentences made from its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.answers.coverage import Coverage
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.pooling import PooledEffect
from synthesis.answers.regression import MetaRegression
from synthesis.answers.verdicts import SIDES, Side, favours
from synthesis.evidence.codebook import Codebook
from synthesis.figures.agreement.data import agreement_rows
from synthesis.figures.bubble.data import BubbleData, bounds_of, bubble_data, slope_row
from synthesis.figures.components import component_ratings
from synthesis.figures.coverage import coverage_cells
from synthesis.figures.forest.data import counted, forest_scale, has_headline
from synthesis.wording import count, listed, lower_first, number, p_value, share


def forest_alt_text(pooled: PooledEffect) -> str:
    """Say what a forest plot shows: trials and people, range, pooled effect, where a new trial is expected.

    Parameters
    ----------
    pooled : PooledEffect
    """
    scale, effects = forest_scale(pooled), pooled.effects
    digits = scale.digits(scale.natural(effects.frame["yi"].to_numpy(float)))
    ordered = effects.frame.sort_values("yi", kind="stable")
    ends = [f"{scale.text(row.yi, digits)} in {row.label}" for row in (ordered.iloc[0], ordered.iloc[-1])]
    side = "below" if scale.peer_support_side == "left" else "above"
    what = f"{lower_first(effects.outcome_label)}, {lower_first(scale.label)}"
    favours = f"values {side} {scale.null:g}, on the {scale.peer_support_side}, favour peer support"
    text = f"Forest plot of {counted(pooled)}, on {what}; {favours}."
    text += f" The effects run from {ends[0]} to {ends[1]}." if pooled.k > 1 else f" The trial's effect is {ends[0]}."
    if not has_headline(pooled):
        return f"{text} With fewer than three trials none is pooled."
    return f"{text} {_pooled_sentences(pooled, digits)}"


def _pooled_sentences(pooled: PooledEffect, digits: int) -> str:
    scale, level = forest_scale(pooled), share(pooled.level)
    interval = scale.words(pooled.ci_lb, pooled.ci_ub, digits)
    text = f"Pooled effect {scale.text(pooled.estimate, digits)}, {level} confidence interval {interval}"
    if not np.isnan(pooled.pi_lb):
        prediction = scale.words(pooled.pi_lb, pooled.pi_ub, digits)
        text += f"; {level} prediction interval for a new trial {prediction}"
    text += f"; I squared {number(pooled.I2, 0)}%."
    side = favours(*pooled.benefit()[1:])
    if side is Side.OPEN:
        return f"{text} The confidence interval includes no difference."
    return f"{text} The confidence interval lies wholly on the side of {SIDES[side]}."


def bubble_alt_text(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> str:
    """Say what a bubble plot shows: slope with interval and test, range of the moderator, width of its bounds.

    Parameters
    ----------
    result, moderator
        As in `bubble_plot`.
    """
    data = bubble_data(result, moderator)
    trials = data.trials
    outcome = lower_first(data.regression.effects.outcome_label)
    what = lower_first(data.axis_text.split("\n")[0])
    ends = f"{number(trials['x'].min())} to {number(trials['x'].max())}"
    text = (
        f"Bubble plot of the benefit of {count(len(trials), 'effect')} on {outcome} against {what}, "
        f"which runs from {ends}; up favours peer support. {_slope_sentence(data)}"
    )
    bounds = bounds_of(data)
    if len(bounds):
        width = number((bounds["upper"] - bounds["lower"]).median())
        text += (
            f" Thin lines span the bounds of each score, {width} wide in the median trial: reports leave much unsaid."
        )
    return text


def _slope_sentence(data: BubbleData) -> str:
    row, slope = slope_row(data), data.slope
    course = "rises" if row.estimate > 0 else "falls" if row.estimate < 0 else "is level"
    log = " on the log scale" if data.scale.ratio else ""
    text = (
        f"The line {course}: slope{log} {number(row.estimate)}, {share(data.regression.level)} confidence interval "
        f"{number(row.ci_lb)} to {number(row.ci_ub)}"
    )
    if row.ci_lb <= 0 <= row.ci_ub:
        text += ", which excludes neither a rise nor a fall"
    if slope is None:
        return f"{text}; {p_value(row.pval)}."
    if slope.descriptive:
        return f"{text}; descriptive only, with fewer than ten trials."
    return f"{text}; permutation {p_value(slope.pval_permutation)}."


def component_alt_text(ratings: pd.DataFrame, codebook: Codebook) -> str:
    """Say what a component map shows: how much is described, which components most and least, how often coders differ.

    Parameters
    ----------
    ratings, codebook
        As in `component_map`.
    """
    content = component_ratings(ratings, codebook)
    rating, k = content.rating.to_numpy(float), len(content.rows)
    trials = content.rating.index.get_level_values("trial").nunique()
    kinds = {"not reported": np.isnan(rating), "present": rating == 2, "absent": rating == 0}
    kinds["partial"] = ~np.any(list(kinds.values()), axis=0)
    shares = listed([f"{number(100 * cells.mean(), 0)}% are {kind}" for kind, cells in kinds.items()])
    described = (rating > 0).sum(axis=0)
    most, least = int(np.argmax(described)), int(np.argmin(described))
    names = [lower_first(column) for column in content.columns]
    return (
        f"Map of {count(k, 'arm')} of {count(trials, 'trial')} by {count(len(names), 'component')} of the change "
        f"model. Of {number(rating.size, 0)} cells {shares}. Most often at least partly present: {names[most]} "
        f"({described[most]} of {k} arms); least often: {names[least]} ({described[least]}). "
        f"Coders differ in {count(int(content.disagree.to_numpy(bool).sum()), 'cell')}."
    )


def coverage_alt_text(coverage: Coverage) -> str:
    """Say what a coverage map shows: what was measured, what of it was pooled, and the best covered outcome.

    Parameters
    ----------
    coverage : Coverage
    """
    content = coverage_cells(coverage)
    status = content.status.to_numpy(str)
    pooled, unusable, bare = ((status == name).sum() for name in ("pooled", "not_pooled", "without_numbers"))
    by_outcome = (status == "pooled").sum(axis=0)
    best, none = int(np.argmax(by_outcome)), int((by_outcome == 0).sum())
    return (
        f"Map of {count(len(content.rows), 'trial')} by {count(len(content.columns), 'outcome')}. Trials measured an "
        f"outcome in {number(pooled + unusable + bare, 0)} of {number(status.size, 0)} cells: with numbers that could "
        f"be pooled in {pooled}, with numbers that could not in {unusable}, without numbers in {bare}. "
        f"{content.columns[best]} has most trials to pool ({by_outcome[best]}); "
        f"{count(none, 'outcome')} {'has' if none == 1 else 'have'} none."
    )


def agreement_alt_text(agreement: AgreementTable, codebook: Codebook) -> str:
    """Say what the agreement figure shows: agreement over all components and where it is lowest.

    Parameters
    ----------
    agreement : AgreementTable
    codebook : Codebook
    """
    rows = [row for row in agreement_rows(agreement, codebook) if row.entry is not None]
    whole = rows[-1].entry
    text = (
        f"Agreement of {count(len(agreement.coders), 'coder')} on {count(len(rows) - 1, 'component')}. "
        f"Over all of them they agree on {_share(whole, 'percent')} of {count(whole['n'], 'rating')} "
        f"({_coefficient(whole, 'gwet_ac2', 'AC2')}; {_coefficient(whole, 'krippendorff_alpha', 'alpha')}), "
        f"and on whether the report says anything in {_share(whole, 'reporting_percent')} of "
        f"{count(whole['n_units'], 'cell')} ({_coefficient(whole, 'reporting_gwet_ac1', 'AC1')})."
    )
    defined = [row for row in rows[:-1] if np.isfinite(row.entry["gwet_ac2"])]
    if defined:
        lowest = min(defined, key=lambda row: row.entry["gwet_ac2"])
        text += (
            f" Lowest on the ratings: {lower_first(lowest.label)} ({_coefficient(lowest.entry, 'gwet_ac2', 'AC2')})."
        )
    undefined = [row.label for row in rows[:-1] if np.isnan(row.entry["krippendorff_alpha"])]
    if undefined:
        text += f" Alpha is not defined for {listed([lower_first(label) for label in undefined])}."
    return text


def _share(entry: pd.Series, column: str) -> str:
    return f"{number(float(entry[column]), 0)}%"


def _coefficient(entry: pd.Series, column: str, words: str) -> str:
    value, lower, upper = (float(entry[f"{column}{end}"]) for end in ("", "_ci_lb", "_ci_ub"))
    if np.isnan(value):
        return f"{words} not defined"
    return f"{words} {number(value)}" + ("" if np.isnan(lower) else f", interval {number(lower)} to {number(upper)}")
