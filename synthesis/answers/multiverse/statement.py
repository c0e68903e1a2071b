"""What a multiverse says, in plain words: where its answers lie, which choices move them, and what that is not.

The sentences stand first, whole, with named gaps; what follows fills the gaps and decides which sentence is true.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.curve import Curve
from synthesis.answers.multiverse.plan import Plan
from synthesis.answers.multiverse.reference import Reference
from synthesis.answers.multiverse.resampled import Resampled
from synthesis.answers.multiverse.run import Run
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, listed, lower_first, number, p_value, percent

# --- How many --------------------------------------------------------------------------------------------------------
MANY = (
    "{choices} that somebody could make otherwise were crossed: {specifications} combinations, {analyses} of which "
    "have numbers of their own."
)
STANDARD = "This review declares no choices of its own, so the toolkit's standard ones were crossed."
UNANSWERED = "{share} of the combinations have no answer: {why}."
NOTHING = "No combination has an answer: {why}."

# --- Where they lie --------------------------------------------------------------------------------------------------
POOLS = (
    "The middle combination finds {middle} ({measure}), 19 of 20 lie from {low} to {high}, and the main analysis finds "
    "{main}."
)
SLOPES = (
    "From a score of 0 to a score of 1 the middle combination finds {middle} (SMD of benefit), 19 of 20 lie from {low} "
    "to {high}, and the main analysis finds {main}."
)
NO_MAIN = "no answer"
LEAN = "{share} of those with an answer lean towards {side}."
BESIDE = "The interval leaves out zero in favour of {side} in {above} of them, in favour of {other} in {below}."
BESIDE_SLOPES = "The interval leaves out zero, saying {side}, in {above} of them; saying {other}, in {below}."
LEAN_SLOPES = "{share} of those with an answer find {side}."
ALL, NONE, NEARLY_ALL, HARDLY_ANY = "all", "none", "over 99%", "under 1%"
# A share nearer to nothing or to all than this is rounding: one combination of a hundred million is more.
ROUNDING = 1e-12

# --- What moves them -------------------------------------------------------------------------------------------------
MOVES = (
    "What moves the estimate most is the choice of {label} ({explained} of the variance): on average {low_average} "
    "({low}) to {high_average} ({high})."
)
NEXT = "Next: {others}."
UNEVEN = "Its levels do not have an answer equally often, so that their averages are not over the same combinations."
UNLIKE = "Scores set trials differently far apart, so a slope a whole score is not the same thing from score to score."
OTHER = "{label} ({explained})"
HARDLY = "No single choice explains a tenth of how the estimates differ; most is {label} with {explained}."
ALIKE = "The combinations hardly differ, so no choice moves the estimate."
TURNS = (
    "Whether the interval leaves out zero hangs most on the choice of {label}: {least} with {least_level}, {most} with "
    "{most_level}."
)

# --- What chance would make of it ------------------------------------------------------------------------------------
SIGNS = (
    "If the trials' effects lay around zero (the signs of each trial's effects turned at random, in all combinations "
    "alike, {m} times), a middle as far from zero would come about with {median} (Monte-Carlo error {median_error}), "
    "and as many intervals beside zero on one side with {share} ({share_error})."
)
ORDERS = (
    "If fidelity had nothing to do with benefit (trials' scores exchanged at random, in all combinations alike, {m} "
    "times), a middle as far from zero would come about with {median} (Monte-Carlo error {median_error}), and as many "
    "intervals beside zero on one side with {share} ({share_error})."
)
STRONGEST = (
    "Whoever picks the strongest of all combinations picks from many: chance alone gives one as strong somewhere with "
    "{strongest} (Monte-Carlo error {strongest_error})."
)
WITHOUT = "Pools of events and posteriors take no part in that comparison."

# --- How much it hangs on these trials -------------------------------------------------------------------------------
ANEW = (
    "With whole trials drawn anew from these (with replacement, for all combinations alike, {m} times) the middle of "
    "the combinations lies from {low} to {high} in {level} of the draws, the main analysis from {main_low} to "
    "{main_high}."
)
ANEW_FEW = "In {many} of the draws the main analysis has no answer: too few different results, or one score in all."

# --- What it is not --------------------------------------------------------------------------------------------------
NO_PROBABILITY = (
    "A share of combinations is no probability: they share their trials, and some choices are better than others. The "
    "main analysis stays the main one."
)
DATED = "The list of choices is dated {dates}. A list written after results were seen can be chosen for what it shows."
# From these shares on a choice is said to move the estimate, or the verdict.
MOVING, TURNING = 0.1, 0.2
# Levels whose shares of answered combinations differ by more than this are not averaged over the same ones.
UNEVENLY = 0.05
# Averages as near to each other as this, in SMD or a log ratio, differ in nothing that matters.
ALIKE_WITHIN = 0.02
MOST_NAMED = 3


def describe_multiverse(found: Run) -> list[str]:
    """Say what a multiverse found, sentence by sentence.

    Examples
    --------
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(describe_multiverse(space.run(workers=1))[0])
    15 choices that somebody could make otherwise were crossed: 202,752 combinations, 1,760 of
    which have numbers of their own.
    """
    plan, curve = found.plan, found.curve()
    said = [_how_many(plan, curve)]
    if not plan.is_declared:
        said.append(STANDARD)
    why = listed([f"{words} ({n:,})" for words, n in curve.unanswered.items()])
    if not curve.answered:
        return [*said, NOTHING.format(why=why)]
    if curve.unanswered:
        missing = sum(curve.unanswered.values()) / curve.specifications
        said.append(UNANSWERED.format(share=part(missing).capitalize(), why=why))
    said.append(_where(plan, curve))
    if len(plan.levels.get("score", ())) > 1:
        said.append(UNLIKE)
    said += [*_sides(plan, curve), *_moves(plan, found.decompose(), curve.levels), *_turns(curve)]
    reference = found.reference()
    if reference is not None and np.isfinite(reference.pval_median):
        said += _by_chance(plan, reference)
    resampled = found.resampled()
    if resampled is not None and np.isfinite(resampled.median):
        said += _drawn_anew(plan, resampled)
    dated = [DATED.format(dates=listed(plan.dates))] if plan.dates else []
    return [*said, NO_PROBABILITY, *dated]


def share_sentence(found: Run) -> str:
    """Say in one sentence what stands beside the choices taken one at a time."""
    curve = found.curve()
    return f"{_how_many(found.plan, curve)} {' '.join(_sides(found.plan, curve))}"


def printed(plan: Plan, estimate: float) -> str:
    """Print an estimate of benefit on the scale of the plan's answer."""
    if plan.target == "pool":
        return MEASURES[plan.measure].text(plan.turn * estimate)
    return number(estimate, signed=True)


def part(value: float) -> str:
    """Print a share of combinations; it is all, or none, only where it is."""
    if value < ROUNDING:
        return NONE
    if value > 1 - ROUNDING:
        return ALL
    return HARDLY_ANY if value < 0.005 else NEARLY_ALL if value >= 0.995 else percent(100 * value)


def _how_many(plan: Plan, curve: Curve) -> str:
    choices = sum(len(own["levels"]) > 1 for own in plan.dimensions)
    about = {"specifications": f"{curve.specifications:,}", "analyses": f"{curve.analyses:,}"}
    return MANY.format(choices=count(choices, "choice").capitalize(), **about)


def _where(plan: Plan, curve: Curve) -> str:
    low, middle, high = (printed(plan, curve.quantiles[share]) for share in (0.025, 0.5, 0.975))
    if plan.target == "pool" and plan.turn < 0:
        low, high = high, low
    main = curve.main["estimate"]
    words = {"middle": middle, "low": low, "high": high, "main": NO_MAIN if np.isnan(main) else printed(plan, main)}
    return (POOLS if plan.target == "pool" else SLOPES).format(measure=plan.measure, **words)


def _sides(plan: Plan, curve: Curve) -> list[str]:
    slope = plan.target != "pool"
    up = curve.positive >= 0.5
    side, other = plan.sides if up else plan.sides[::-1]
    leaning = part(curve.positive if up else 1 - curve.positive)
    lead = (LEAN_SLOPES if slope else LEAN).format(share=leaning.capitalize(), side=side)
    shares = (part(own) for own in (curve.above, curve.below))
    first, second = shares if up else tuple(shares)[::-1]
    beside = BESIDE_SLOPES if slope else BESIDE
    return [lead, beside.format(side=side, other=other, above=first, below=second)]


def _moves(plan: Plan, table: pd.DataFrame, levels: pd.DataFrame) -> list[str]:
    if table.empty or np.ptp(table[["lowest_average", "highest_average"]].to_numpy()) < ALIKE_WITHIN:
        return [ALIKE]
    first = table.iloc[0]
    label, explained = lower_first(first["label"]), percent(100 * first["explained"])
    if first["explained"] < MOVING:
        return [HARDLY.format(label=label, explained=explained)]
    ends = [(printed(plan, first[f"{end}_average"]), first[end]) for end in ("lowest", "highest")]
    (low_average, low), (high_average, high) = ends
    averages = {"low_average": low_average, "low": low, "high_average": high_average, "high": high}
    said = [MOVES.format(label=label, explained=explained, **averages)]
    own = levels[levels["dimension"].eq(first["dimension"])]
    if np.ptp(own["answered"] / own["specifications"]) > UNEVENLY:
        said.append(UNEVEN)
    others = table[1:MOST_NAMED]
    others = others[others["explained"] >= MOVING / 2]
    if len(others):
        named = [
            OTHER.format(label=lower_first(row.label), explained=percent(100 * row.explained))
            for row in others.itertuples()
        ]
        said.append(NEXT.format(others=listed(named)))
    return said


def _turns(curve: Curve) -> list[str]:
    """Say on which choice the verdict hangs most, where on any."""
    rows = curve.levels[curve.levels["answered"] > 0]
    best, widest = None, TURNING
    for _, own in rows.groupby("dimension", sort=False):
        for side in ("above", "below"):
            reach = float(np.ptp(own[side].to_numpy(float)))
            if reach > widest:
                best, widest = (own, side), reach
    if best is None:
        return []
    own, side = best
    least, most = own.loc[own[side].idxmin()], own.loc[own[side].idxmax()]
    shares = {"least": part(least[side]), "most": part(most[side])}
    levels = {"least_level": least["words"], "most_level": most["words"]}
    return [TURNS.format(label=lower_first(own["label"].iloc[0]), **shares, **levels)]


def _by_chance(plan: Plan, reference: Reference) -> list[str]:
    pvals = {"median": p_value(reference.pval_median), "share": p_value(reference.pval_share)}
    errors = (("median_error", reference.pval_median_se), ("share_error", reference.pval_share_se))
    pvals |= {name: number(error, 3) for name, error in errors}
    said = [(SIGNS if plan.target == "pool" else ORDERS).format(m=f"{reference.permutations:,}", **pvals)]
    if np.isfinite(reference.pval_strongest):
        strongest = {"strongest": p_value(reference.pval_strongest), "error": number(reference.pval_strongest_se, 3)}
        said.append(STRONGEST.format(strongest=strongest["strongest"], strongest_error=strongest["error"]))
    left_out = {estimator for estimator, _ in plan.models} - set(plan.referred)
    return [*said, WITHOUT] if left_out and plan.target != "joint" else said


def _drawn_anew(plan: Plan, resampled: Resampled) -> list[str]:
    ends = [(resampled.median_lb, resampled.median_ub), (resampled.main_lb, resampled.main_ub)]
    # Turned as `_where` turns them: a pool in which less is better is printed from its smaller number on.
    ends = [pair[::-1] if plan.target == "pool" and plan.turn < 0 else pair for pair in ends]
    (low, high), (main_low, main_high) = ([printed(plan, end) for end in pair] for pair in ends)
    words = {"low": low, "high": high, "main_low": main_low, "main_high": main_high}
    said = [ANEW.format(m=f"{resampled.resamples:,}", level=percent(100 * resampled.level), **words)]
    many = resampled.main_unanswered
    return [*said, ANEW_FEW.format(many=f"{many:,}")] if many else said
