"""Results in plain words, with their uncertainty. Every number is computed; "not detected" never becomes "no effect"."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from synthesis.effects import Effects
from synthesis.measures import MEASURES
from synthesis.moderation import FidelitySlope
from synthesis.pooling import PooledEffect

SMALLEST_POOL = 3  # below three trials no pooled headline is given
PEER, OTHER = "peer support", "the comparison"


@dataclass(frozen=True)
class OutcomeFinding:
    """What the trials say on one outcome, ready to read.

    Attributes
    ----------
    outcome, outcome_label, measure : str
    k, trials : int
        Effects pooled and trials they come from.
    n : float
        People analysed, as far as reported.
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
    n: float
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
    }
    if pooled is None or pooled.k < SMALLEST_POOL:
        return OutcomeFinding(**base, headline=_too_few(effects), reservations=reservations(effects, pooled))
    return OutcomeFinding(
        **base,
        effect=number(pooled.estimate, pooled.measure),
        interval=interval(pooled.ci_lb, pooled.ci_ub, pooled.measure),
        prediction="" if np.isnan(pooled.pi_lb) else interval(pooled.pi_lb, pooled.pi_ub, pooled.measure),
        headline=describe_pool(pooled),
        meaning=_meaning(pooled),
        expectation=_expectation(pooled),
        reservations=reservations(effects, pooled, as_printed=as_printed),
    )


def describe_pool(pooled: PooledEffect) -> str:
    """Say the pooled effect with its interval and whose favour it is in."""
    measure, effects = pooled.measure, pooled.effects
    shown = (
        f"{number(pooled.estimate, measure)} ({pooled.level:.0%} CI {interval(pooled.ci_lb, pooled.ci_ub, measure)})"
    )
    lead = (
        f"{effects.outcome_label}: {counted(effects.frame['trial'].nunique(), 'trial')}, {pooled.n:,.0f} people, "
        f"{_uncapitalised(MEASURES[measure].label)} {shown}."
    )
    return f"{lead} {_verdict(pooled)}"


def describe_slope(slope: FidelitySlope) -> str:
    """Say what fidelity explains, without ever turning "not detected" into "no effect"."""
    ci = f"{slope.level:.0%} CI {slope.ci_lb:.2f} to {slope.ci_ub:.2f}"
    unit = (
        "standard deviations"
        if slope.measure == "SMD"
        else f"{'log ' if MEASURES[slope.measure].ratio else ''}{slope.measure}"
    )
    numbers = f"slope {slope.slope:+.2f} {unit} from none to all of the model ({ci}; k = {slope.k}"
    if slope.descriptive:
        text = (
            f"Descriptive only, because {slope.k} effects are fewer than the ten a test of one characteristic needs: {numbers}). "
            f"This neither shows nor rules out that fidelity matters."
        )
    else:
        p = f"permutation p {p_value(slope.pval_permutation)}"
        detected = slope.ci_lb > 0 or slope.ci_ub < 0
        if detected:
            way = "larger" if slope.slope > 0 else "smaller"
            text = (
                f"Trials whose reports describe more of the model had a {way} benefit: {numbers}; {p}). This is an association "
                "between trials, which other differences between them can produce; it cannot show that fidelity is the cause."
            )
        else:
            text = (
                f"No association was detected, which is not evidence that there is none: {numbers}; {p}). Slopes below "
                f"{slope.ci_lb:.2f} or above {slope.ci_ub:.2f} are excluded, anything between them is not. "
            )
            text += (
                f"With these trials a true slope would have had to be at least {slope.detectable_slope:.2f} to be found four "
                "times out of five."
            )
    return f"{text} {_describe_extremes(slope)}".strip()


def reservations(effects: Effects, pooled: PooledEffect | None, *, as_printed: PooledEffect | None = None) -> list[str]:
    """List how sure one can be and why, a sentence each."""
    frame, left = effects.frame, effects.left_out
    found = [_risk_of_bias(frame)] if len(frame) else []
    if pooled is not None and pooled.k >= SMALLEST_POOL:
        found.append(_heterogeneity(pooled))
    without = left[left["kind"].isin(["without_numbers", "not_convertible"])]
    without = without[~without["trial"].isin(frame["trial"])].drop_duplicates("trial")
    if len(without):
        found.append(_unusable(without))
    found += _choices(frame, pooled, as_printed)
    return found


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


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sides(pooled: PooledEffect) -> tuple[float, float, float]:
    """Return estimate and interval as benefit: positive favours peer support."""
    turn = 1.0 if pooled.effects.better == "higher" else -1.0
    low, high = sorted((turn * pooled.ci_lb, turn * pooled.ci_ub))
    return turn * pooled.estimate, low, high


def _verdict(pooled: PooledEffect) -> str:
    estimate, low, high = _sides(pooled)
    if low > 0:
        return f"The average effect favours {PEER}; the interval does not include \"no difference\"."
    if high < 0:
        return f"The average effect favours {OTHER}; the interval does not include \"no difference\"."
    lean = PEER if estimate > 0 else OTHER
    return (
        f"The average leans towards {lean}, but the interval includes \"no difference\": these trials neither show an average "
        "effect nor rule one out."
    )


def _meaning(pooled: PooledEffect) -> str:
    """Turn the pooled effect into people out of a hundred."""
    if pooled.measure == "SMD":
        middle, low, high = (100 * stats.norm.cdf(x) for x in _sides(pooled))
        return (
            f"In people: of 100 offered peer support, about {middle:.0f} ({low:.0f} to {high:.0f}) would do better than the average "
            "person without it; with no difference it would be 50."
        )
    risk = baseline_risk(pooled.effects)
    if pooled.measure == "RR" and np.isfinite(risk):
        middle, low, high = (min(100.0, 100 * risk * np.exp(x)) for x in (pooled.estimate, pooled.ci_lb, pooled.ci_ub))
        return (
            f"In people: in the middle one of these trials {100 * risk:.0f} of 100 without peer support had this outcome; with peer "
            f"support it would be about {middle:.0f} ({low:.0f} to {high:.0f})."
        )
    return ""


def baseline_risk(effects: Effects) -> float:
    """Return the median share with the event in the comparator arms; nan where no trial prints counts."""
    share = effects.frame["events_comparator"] / effects.frame["n_comparator"]
    return float(share.median()) if share.notna().any() else np.nan


def _expectation(pooled: PooledEffect) -> str:
    if np.isnan(pooled.pi_lb):
        return ""
    turn = 1.0 if pooled.effects.better == "higher" else -1.0
    low, high = sorted((turn * pooled.pi_lb, turn * pooled.pi_ub))
    shown = interval(pooled.pi_lb, pooled.pi_ub, pooled.measure)
    lead = f"In a new setting like these the true effect is expected within {shown} ({pooled.level:.0%} prediction interval)"
    if low > 0:
        return f"{lead}: on the side of {PEER} throughout."
    if high < 0:
        return f"{lead}: on the side of {OTHER} throughout."
    return f"{lead}, which holds effects on either side: the average does not promise the same everywhere."


def _too_few(effects: Effects) -> str:
    trials = effects.frame["trial"].nunique()
    lead = f"{effects.outcome_label}: {counted(trials, 'trial')} with usable numbers"
    return f"{lead}, too few for a pooled statement. {effects.why_left_out()}".strip()


def _risk_of_bias(frame: pd.DataFrame) -> str:
    per_trial = frame.drop_duplicates("trial")["rob"]
    high, unjudged = int(per_trial.eq("high").sum()), int(per_trial.eq("").sum())
    return (
        f"Risk of bias: {high} of {counted(len(per_trial), 'trial')} judged at high risk by a published review, "
        f"{unjudged} not judged by anyone yet."
    )


def _heterogeneity(pooled: PooledEffect) -> str:
    tau = np.sqrt([pooled.tau2, pooled.tau2_ci_lb, pooled.tau2_ci_ub])
    return (
        f"How much trials differ: tau {tau[0]:.2f} ({pooled.level:.0%} CI {tau[1]:.2f} to {tau[2]:.2f}), "
        f"I2 {pooled.I2:.0f}% ({pooled.I2_ci_lb:.0f} to {pooled.I2_ci_ub:.0f}%)."
    )


def _unusable(rows: pd.DataFrame) -> str:
    ways = {
        "favours_intervention": "favour peer support",
        "no_difference": "found no difference",
        "favours_comparator": "favour the comparison",
    }
    counts = rows["reported_direction"].map(ways).fillna("give no direction").value_counts()
    order = [*ways.values(), "give no direction"]
    listed = ", ".join(f"{counts[way]} {way}" for way in order if counts.get(way, 0))
    return f"Not in the pool: {counted(len(rows), 'more trial')} measured this without numbers that can be pooled ({listed})."


def _choices(frame: pd.DataFrame, pooled: PooledEffect | None, as_printed: PooledEffect | None) -> list[str]:
    found = []
    decided = frame.loc[
        frame["decided"].ne("") & ~frame["decided"].str.fullmatch("kept as printed in spite of a doubt"), "trial"
    ].nunique()
    if (
        pooled is not None
        and as_printed is not None
        and not np.isclose(pooled.estimate, as_printed.estimate, atol=5e-3)
    ):
        shown = f"{number(as_printed.estimate, as_printed.measure)} ({interval(as_printed.ci_lb, as_printed.ci_ub, as_printed.measure)})"
        found.append(
            f"Decisions on doubtful numbers matter: exactly as printed, the pool would be {shown}, k = {as_printed.k}."
        )
    elif decided:
        found.append(
            f"Numbers of {counted(decided, 'trial')} were corrected by a recorded decision; as printed the pool is practically the same."
        )
    doubted = int(frame["decided"].str.contains("in spite of a doubt").sum())
    if doubted:
        found.append(f"{counted(doubted, 'number')} kept as printed in spite of a recorded doubt.")
    approximate = int(
        frame["route"].isin(["statistic", "p value"]).sum() + frame["note"].str.contains("standardised by the").sum()
    )
    if approximate:
        found.append(
            f"{counted(approximate, 'effect')} had to be worked out from a test result or an adjusted estimate."
        )
    active = int(frame["comparator_type"].eq("active").sum())
    if 0 < active < len(frame):
        found.append(f"Comparators are mixed: {active} of {len(frame)} are another active intervention.")
    return found


def _describe_extremes(slope: FidelitySlope) -> str:
    known = [extreme for extreme in slope.extremes if np.isfinite(extreme.slope)]
    if not known:
        return ""
    words = {"absent": "if everything the reports do not say were absent", "present": "if it were all present"}
    parts = [f"{e.slope:+.2f} ({e.ci_lb:.2f} to {e.ci_ub:.2f}) {words[e.coding]}" for e in known]
    same = all(np.sign(e.slope) == np.sign(slope.slope) for e in known)
    tail = "" if same else " The sign depends on what the reports leave out."
    return f"Slope {'; '.join(parts)}.{tail}"
