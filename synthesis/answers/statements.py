"""Results in plain words with their uncertainty; every number is computed, and "not detected" is never "no effect"."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.pooling import PooledEffect
from synthesis.effects import Effects
from synthesis.effects.routes import RESIDUAL_SD
from synthesis.statistics.measures import MEASURES

SMALLEST_POOL = 3  # below three trials no pooled headline is given
PEER, OTHER = "peer support", "the comparison"
KEPT = "kept as printed in spite of a doubt"
DIRECTIONS = {
    "favours_intervention": "favour peer support",
    "no_difference": "found no difference",
    "favours_comparator": "favour the comparison",
}


@dataclass(frozen=True)
class OutcomeFinding:
    """What the trials say on one outcome, ready to read.

    Attributes
    ----------
    outcome, outcome_label, measure : str
    k, trials : int
        Effects pooled and trials they come from.
    n : int
        People analysed, as far as reported.
    verdict : str
        Whom the average favours, or that it is left open, in a few words.
    effect, interval, prediction : str
        Numbers on the natural scale with two decimals; empty where they do not exist.
    headline, meaning, expectation : str
        The pooled effect in a sentence; what it means for people; what a new trial might find.
    reservations : list of str
        How sure and why: each reason one sentence with its number.
    fidelity : str
        What the trials say on fidelity and this outcome.
    """

    outcome: str
    outcome_label: str
    measure: str
    k: int
    trials: int
    n: int
    verdict: str = ""
    effect: str = ""
    interval: str = ""
    prediction: str = ""
    headline: str = ""
    meaning: str = ""
    expectation: str = ""
    reservations: list[str] = field(default_factory=list)
    fidelity: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return asdict(self)


def describe_outcome(
    effects: Effects,
    pooled: PooledEffect | None,
    slope: FidelitySlope | str = "",
    *,
    as_printed: PooledEffect | None = None,
) -> OutcomeFinding:
    """Say what one outcome's trials found.

    Parameters
    ----------
    effects : Effects
    pooled : PooledEffect or None
        None where nothing can be pooled.
    slope : FidelitySlope or str
        The fidelity slope, or the reason why there is none.
    as_printed : PooledEffect, optional
        The pool without the review team's decisions, to say what they changed.
    """
    base = {
        "outcome": effects.outcome,
        "outcome_label": effects.outcome_label,
        "measure": effects.measure,
        "k": len(effects.frame),
        "trials": int(effects.frame["trial"].nunique()),
        "n": effects.participants()[0],
        "fidelity": describe_slope(slope) if isinstance(slope, FidelitySlope) else slope,
        "reservations": reservations(effects, pooled, as_printed=as_printed),
    }
    if pooled is None or base["trials"] < SMALLEST_POOL:
        return OutcomeFinding(**base, headline=_too_few(effects))
    return OutcomeFinding(
        **base,
        verdict=verdict(pooled),
        effect=number(pooled.estimate, pooled.measure),
        interval=interval(pooled.ci_lb, pooled.ci_ub, pooled.measure),
        prediction="" if np.isnan(pooled.pi_lb) else interval(pooled.pi_lb, pooled.pi_ub, pooled.measure),
        headline=describe_pool(pooled),
        meaning=_meaning(pooled),
        expectation=_expectation(pooled),
    )


def describe_pool(pooled: PooledEffect) -> str:
    """Say the pooled effect with its interval and whose favour it is in; below three trials, why that says little."""
    if pooled.effects.frame["trial"].nunique() < SMALLEST_POOL:
        return _too_few(pooled.effects)
    measure, effects = pooled.measure, pooled.effects
    ci = f"{pooled.level:.0%} CI {interval(pooled.ci_lb, pooled.ci_ub, measure)}"
    label = MEASURES[measure].label
    people = f"{'at least ' if pooled.n_unknown else ''}{pooled.n:,.0f} people"
    who = f"{counted(effects.frame['trial'].nunique(), 'trial')}, {people}"
    lead = f"{effects.outcome_label}: {who}, {label[:1].lower()}{label[1:]} {number(pooled.estimate, measure)} ({ci})."
    return f"{lead} {_verdict(pooled)}"


def describe_slope(slope: FidelitySlope) -> str:
    """Say what fidelity explains, without ever turning "not detected" into "no effect"."""
    ci = f"{slope.level:.0%} CI {slope.ci_lb:.2f} to {slope.ci_ub:.2f}"
    numbers = f"slope {slope.slope:+.2f} {slope_unit(slope)} from none to all of the model ({ci}; k = {slope.k})"
    if slope.descriptive:
        trials = slope.regression.effects.frame["trial"].nunique()
        return (
            f"Descriptive only: {counted(trials, 'trial')}, fewer than the ten that a test of one characteristic "
            f"needs; {numbers}. This neither shows nor rules out that fidelity matters."
        )
    return f"{_tested_slope(slope, numbers)} {_describe_extremes(slope)}".strip()


def slope_unit(slope: FidelitySlope) -> str:
    """Name the unit of a slope: that of the measure, on the log scale for ratios."""
    return f"log {slope.measure}" if MEASURES[slope.measure].ratio else slope.measure


def _tested_slope(slope: FidelitySlope, numbers: str) -> str:
    p = f"permutation p {p_value(slope.pval_permutation)}"
    power = (
        f"A true slope would have had to be about {slope.detectable_slope:.2f} or more to be found four times out of "
        "five."
    )
    if slope.detected:
        return (
            f"Trials whose reports describe more of the model had a {'larger' if slope.slope > 0 else 'smaller'} "
            "benefit: "
            f"{numbers}, {p}. This is an association between trials, which other differences between them can "
            "produce; it "
            "cannot show that fidelity is the cause."
        )
    if slope.ci_lb > 0 or slope.ci_ub < 0:
        return (
            f"Not established: {numbers}. The interval leaves out zero, but shuffling fidelity over the trials gives "
            "slopes "
            f"like this too often to trust it ({p}). {power}"
        )
    return (
        f"No association was detected, which is not evidence that there is none: {numbers}, {p}. The interval excludes "
        f"slopes below {slope.ci_lb:.2f} and above {slope.ci_ub:.2f}; anything between them remains possible. {power}"
    )


def reservations(effects: Effects, pooled: PooledEffect | None, *, as_printed: PooledEffect | None = None) -> list[str]:
    """List how sure one can be and why, a sentence each."""
    frame, left = effects.frame, effects.left_out
    found = [_risk_of_bias(frame)] if len(frame) else []
    if pooled is not None and frame["trial"].nunique() >= SMALLEST_POOL:
        found.append(_heterogeneity(pooled))
    elsewhere = left[~left["trial"].isin(frame["trial"])]
    without = elsewhere[elsewhere["kind"].isin(["without_numbers", "not_convertible"])].drop_duplicates("trial")
    if len(without):
        found.append(_unusable(without))
    excluded = elsewhere.loc[elsewhere["kind"].eq("excluded"), "label"].drop_duplicates()
    if len(excluded):
        found.append(f"{counted(len(excluded), 'trial')} left out by decision: {', '.join(excluded)}.")
    return found + _decisions(frame, pooled, as_printed) + _approximations(frame)


def number(value: float, measure: str) -> str:
    """Print an estimate on its natural scale."""
    return f"{MEASURES[measure].natural(value):.2f}"


def interval(lower: float, upper: float, measure: str) -> str:
    """Print an interval on its natural scale."""
    low, high = (MEASURES[measure].natural(x) for x in (lower, upper))
    return f"{low:.2f} to {high:.2f}"


def p_value(p: float) -> str:
    """Print a p value: three decimals, never zero."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def counted(n: int, noun: str) -> str:
    """Print a count with its noun."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def baseline_risk(effects: Effects) -> float:
    """Return the median share with the event in the comparator arms; nan where no trial prints counts."""
    share = effects.frame["events_comparator"] / effects.frame["n_comparator"]
    return float(share.median()) if share.notna().any() else np.nan


def _benefit(pooled: PooledEffect, name: str) -> tuple[float, float, float]:
    """Return the estimate and an interval (`ci` or `pi`) as benefit: positive favours peer support."""
    turn = 1.0 if pooled.effects.better == "higher" else -1.0
    low, high = sorted(turn * getattr(pooled, f"{name}_{side}") for side in ("lb", "ub"))
    return turn * pooled.estimate, low, high


def verdict(pooled: PooledEffect) -> str:
    """Say in a few words whom the average favours, or that it is left open."""
    _, low, high = _benefit(pooled, "ci")
    return f"favours {PEER}" if low > 0 else f"favours {OTHER}" if high < 0 else "left open"


def _verdict(pooled: PooledEffect) -> str:
    estimate, low, high = _benefit(pooled, "ci")
    if low > 0 or high < 0:
        return (
            f"The average effect favours {PEER if low > 0 else OTHER}; the interval does not include 'no difference'."
        )
    return (
        f"The average leans towards {PEER if estimate > 0 else OTHER}, but the interval includes 'no difference': "
        "these "
        "trials neither show an average effect nor rule one out."
    )


def _meaning(pooled: PooledEffect) -> str:
    """Turn the pooled effect into people out of a hundred: Cohen's U3 [cohen1988statistical], or risks."""
    if pooled.measure == "SMD":
        middle, low, high = (100 * stats.norm.cdf(x) for x in _benefit(pooled, "ci"))
        return (
            f"In people: of 100 offered peer support, about {middle:.0f} ({low:.0f} to {high:.0f}) would do better "
            "than "
            "the average person without it; with no difference it would be 50."
        )
    risk = baseline_risk(pooled.effects)
    if pooled.measure == "RR" and np.isfinite(risk):
        expected = [min(100.0, 100 * risk * np.exp(x)) for x in (pooled.estimate, pooled.ci_lb, pooled.ci_ub)]
        return (
            f"In people: in the middle one of these trials {100 * risk:.0f} of 100 without peer support had this "
            "outcome; "
            f"with peer support it would be about {expected[0]:.0f} ({expected[1]:.0f} to {expected[2]:.0f})."
        )
    return ""


def _expectation(pooled: PooledEffect) -> str:
    if np.isnan(pooled.pi_lb):
        return ""
    _, low, high = _benefit(pooled, "pi")
    shown = f"{interval(pooled.pi_lb, pooled.pi_ub, pooled.measure)} ({pooled.level:.0%} prediction interval)"
    lead = f"In one more setting like these the true effect is expected within {shown}"
    if low > 0 or high < 0:
        return f"{lead}: on the side of {PEER if low > 0 else OTHER} throughout, as far as these trials can tell."
    return f"{lead}, which holds effects on either side: the average does not promise the same everywhere."


def _too_few(effects: Effects) -> str:
    trials = effects.frame["trial"].nunique()
    lead = f"{effects.outcome_label}: {counted(trials, 'trial')} with usable numbers"
    return f"{lead}, too few for a pooled statement. {effects.why_left_out()}".strip()


def _risk_of_bias(frame: pd.DataFrame) -> str:
    per_trial = frame.drop_duplicates("trial")["rob"]
    high, unjudged = int(per_trial.eq("high").sum()), int(per_trial.eq("").sum())
    return (
        f"Risk of bias: published reviews judged {high} of {counted(len(per_trial), 'trial')} to be at high risk; "
        f"{unjudged} {'has' if unjudged == 1 else 'have'} not been judged by anyone yet."
    )


def _heterogeneity(pooled: PooledEffect) -> str:
    if np.isnan(pooled.tau2_ci_lb):  # the equal-effects model takes tau to be zero and has no interval of it
        return f"The model takes all trials to have one true effect, although I2 is {pooled.I2:.0f}%."
    tau = np.sqrt([pooled.tau2, pooled.tau2_ci_lb, pooled.tau2_ci_ub])
    return (
        f"How much the trials' true effects differ: standard deviation tau {tau[0]:.2f} ({pooled.level:.0%} CI "
        f"{tau[1]:.2f} "
        f"to {tau[2]:.2f}); share of the variation not due to chance I2 {pooled.I2:.0f}% ({pooled.I2_ci_lb:.0f} to "
        f"{pooled.I2_ci_ub:.0f}%)."
    )


def _unusable(rows: pd.DataFrame) -> str:
    counts = rows["reported_direction"].map(DIRECTIONS).fillna("give no direction").value_counts()
    order = [*DIRECTIONS.values(), "give no direction"]
    listed = ", ".join(f"{counts[way]} {way}" for way in order if counts.get(way, 0))
    more = counted(len(rows), "more trial")
    return f"Not in the pool: {more} measured this without numbers that can be pooled ({listed})."


def _decisions(frame: pd.DataFrame, pooled: PooledEffect | None, as_printed: PooledEffect | None) -> list[str]:
    found = []
    corrected = frame.loc[frame["decided"].ne("") & frame["decided"].ne(KEPT), "trial"].nunique()
    differs = pooled is not None and as_printed is not None and _shown(pooled) != _shown(as_printed)
    if differs:
        found.append(
            "Decisions on doubtful numbers matter here: exactly as printed, the pool would be "
            f"{_shown(as_printed)}, k = {as_printed.k}."
        )
    elif corrected:
        found.append(
            f"Numbers of {counted(corrected, 'trial')} were corrected by a recorded decision; exactly as printed, the "
            "pool "
            "would be the same to two decimals."
        )
    doubted = int(frame["decided"].str.contains(KEPT).sum())
    if doubted:
        verb = "was" if doubted == 1 else "were"
        found.append(f"{counted(doubted, 'effect')} {verb} {KEPT} that is on record.")
    return found


def _approximations(frame: pd.DataFrame) -> list[str]:
    found = []
    implied = frame["note"].str.contains(RESIDUAL_SD, regex=False) | frame["note"].str.contains(
        "its standard error implies"
    )
    indirect = frame["route"].isin(["statistic", "p value"]) | implied
    if indirect.any():
        found.append(
            f"{counted(int(indirect.sum()), 'effect')} had to be worked out from a test result or an adjusted estimate."
        )
    active = int(frame["comparator_type"].eq("active").sum())
    if 0 < active < len(frame):
        found.append(f"Comparators are mixed: {active} of {len(frame)} are another active intervention.")
    return found


def _shown(pooled: PooledEffect) -> str:
    return f"{number(pooled.estimate, pooled.measure)} ({interval(pooled.ci_lb, pooled.ci_ub, pooled.measure)})"


def _describe_extremes(slope: FidelitySlope) -> str:
    known = [extreme for extreme in slope.extremes if np.isfinite(extreme.slope)]
    if not known:
        return ""
    words = {"absent": "if everything the reports do not say were absent", "present": "if it were all present"}
    parts = [f"{e.slope:+.2f} ({e.ci_lb:.2f} to {e.ci_ub:.2f}) {words[e.coding]}" for e in known]
    same = all(np.sign(e.slope) == np.sign(slope.slope) for e in known)
    tail = "" if same else " So even its sign depends on what the reports leave out."
    return f"The slope would be {', and '.join(parts)}.{tail}"
