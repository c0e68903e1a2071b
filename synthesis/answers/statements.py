"""Results in plain words with their uncertainty; every number is computed, and "not detected" is never "no effect".

The sentences stand first, whole, a line or two each with named gaps: a clinician can review them, a translator take
them. What follows fills the gaps and decides which sentence is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.fidelity_statement import TEN_NEEDED, describe_slope
from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import Side, favours, hardly_leans, is_enough, leans, side_in_words, verdict
from synthesis.choices import is_of_events
from synthesis.effects import Effects
from synthesis.effects.assumptions import ASSUMPTIONS, has
from synthesis.effects.counted import HALVES, POOLS, TABLE, tables_of
from synthesis.effects.decisions import DECISIONS, is_changed
from synthesis.effects.routes import ROUTES
from synthesis.evidence.vocabulary import READ_FROM, Names, directions_in_words
from synthesis.statistics.distributions import normal_tail
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, interval, listed, lower_first, number, percent, share

# --- The pooled effect -----------------------------------------------------------------------------------------------
HEADLINE = "{outcome}: {trials}, {people}, {measure} {effect} ({level} CI {interval})."
FAVOURS = "The average effect favours {side}; the interval does not include 'no difference'."
LEANS = (
    "The average leans towards {side}, but the interval includes 'no difference': these trials neither show an average "
    "effect nor rule one out."
)
LEANS_HARDLY = (
    "The average is close to 'no difference', and the interval holds effects on either side: these trials neither show "
    "an average effect nor rule one out."
)
# Behind "left open", in a table.
LEANING = "leans to {side}"
CLOSE = "close to no difference"
LEANS_NOWHERE = (
    "On average there is no difference, and the interval holds both sides: these trials neither show an average effect "
    "nor rule one out."
)
UNSETTLED = (
    "No side is named: which direction is better is not settled{scales}. To settle it, set better to higher or lower "
    "in codebook/outcomes.csv and, for its scales, in codebook/instruments.csv; or import again with --better."
)
NOT_POOLED = "{outcome}: {trials} with usable numbers, not pooled here. {left_out}"
TOO_FEW = "{outcome}: {trials} with usable numbers, too few for a pooled statement. {left_out}"

# --- What it means for people ----------------------------------------------------------------------------------------
U3_TAKES = (
    "With no difference it would be 50 of 100. That takes scores to be spread alike in both groups, and normally."
)
U3 = (
    "In people: of 100 offered {intervention}, about {middle} ({low} to {high}) would do better than the average "
    f"person without it. {U3_TAKES}"
)
RISK = (
    "In people: where {without} of 100 without {intervention} have this outcome (the middle of the comparison arms "
    "that give counts), it would be about {middle} ({low} to {high}) with {intervention}."
)

# --- One more setting ------------------------------------------------------------------------------------------------
ELSEWHERE_ONE_SIDE = (
    "In one more setting like these the true effect is expected within {interval} ({level} prediction interval), on "
    "the side of {side}{at_most}."
)
EVEN_THEN = "; so it is at the largest heterogeneity that these trials allow, {interval}"
ELSEWHERE_AS_ESTIMATED = (
    "In one more setting like these the true effect is expected within {interval} ({level} prediction interval) with "
    "heterogeneity as estimated; with as much as these trials allow, within {at_most}, which holds effects on either "
    "side."
)
# At a tau of zero a prediction interval is little more than the confidence interval, and covers less than it says.
NO_HETEROGENEITY_FOUND = (
    "The trials' differences are no larger than chance alone makes them, so heterogeneity was estimated as zero; "
    "{trials} cannot establish that, and the range may be wider than it looks."
)
ELSEWHERE_BOTH_SIDES = (
    "In one more setting like these the true effect is expected within {interval} ({level} prediction interval), which "
    "holds effects on either side: the average does not promise the same everywhere."
)

PREDICTION_WITHHELD = (
    "What to expect in one more setting is not said from few trials: below five trials a prediction interval covers "
    "far less than it claims."
)
ELSEWHERE_UNSETTLED = (
    "In one more setting like these the true effect is expected within {interval} ({level} prediction interval)."
)

# --- How sure, and why -----------------------------------------------------------------------------------------------
BIAS = "Risk of bias: published reviews judged {high} of {judged} to be at high risk."
UNJUDGED = "No judgement is on file for {unjudged} more."
NOBODY_JUDGED = "Risk of bias: nobody has judged any of these trials as a whole yet."
HETEROGENEITY = (
    "How much the trials' true effects differ: standard deviation tau {tau} ({level} CI {tau_interval}); share of the "
    "variation not due to chance I2 {I2} ({I2_interval}%)."
)
HETEROGENEITY_ALONE = (
    "How much the trials' true effects differ: standard deviation tau {tau}; share of the variation not due to chance "
    "I2 {I2}."
)
ONE_TRUE_EFFECT = "The model takes all trials to have one true effect{although} I2 is {I2}."
UNUSABLE = "Not in the pool: {trials} measured this without numbers that can be pooled ({directions})."
UNUSABLE_KINDS = ("without_numbers", "not_convertible")
WITHOUT_COUNTS = "Not in the pool: {trials} with an effect that does not come from counts, which this method needs."
SILENT = (
    "Counted nowhere: {trials} in whose arms nobody, or everybody, had the event; they tell nothing of the {measure}."
)
HALVED = (
    "In {halved} of {effects} a cell of the counts is zero, so one half was added to each cell. Methods that pool the "
    "events themselves rest less on it ({methods})."
)
RARE = (
    "Events are rare: in the middle trial {risk} of 100 people had one. Methods that pool the events themselves lean "
    "on fewer approximations ({methods})."
)
# Below a share of one in a hundred the Handbook advises against inverse variances [handbook2024, 10.4.4.1].
RARE_RISK = 0.01
ADVISED = ("MH", "PETO")
EXCLUDED = "{trials} left out by decision: {labels}."
DECISIONS_MATTER = (
    "Decisions on doubtful numbers matter here: with every number as its report prints it, the pool would be "
    "{as_printed}, k = {k}."
)
DECISIONS_LITTLE = (
    "Decisions on doubtful numbers change this pool little: with every number as its report prints it, it would "
    "be {as_printed}, k = {k}."
)
DECISIONS_DO_NOT = (
    "A recorded decision corrected numbers of {trials}; with every number as its report prints it, the pool "
    "would be the same to two decimals."
)
KEPT = "{effects} {was} kept as printed in spite of a doubt that is on record."
WORKED_OUT = "{effects} had to be worked out from a test result or an adjusted estimate."
BROUGHT = (
    "{effects} came standardised by the SD of a model or of changes and {was} brought to the SD between people, with a "
    "correlation of {r} that was assumed."
)
READ_IN_PAPERS = "The figures of {paper} of {k} effects were read in the trial's own paper; of the others in {places}."
ALL_IN_PAPERS = "The figures of every effect were read in the trial's own paper."
MIXED_COMPARATORS = "Comparators are mixed: another active intervention in {active} of {k}."


# What a finding says in words that are the same on every outcome of its kind, at the end of its text or as all of it.
SAID_ONCE = "What holds for several of these outcomes is said here, and not again below:"
SAME_FOR_ALL = (U3_TAKES, PREDICTION_WITHHELD, TEN_NEEDED)
# A pool that moves by less than this share of its standard error hardly moves.
LITTLE_IN_SE = 0.25
# More scales than this are not listed by name.
SCALES_NAMED = 3


@dataclass(frozen=True)
class OutcomeFinding:
    """What the trials say on one outcome, ready to read.

    Attributes
    ----------
    outcome, outcome_label, measure : str
    better : {"higher", "lower", "unsettled"}
        Which direction of the outcome is good for people.
    definition : str
        What the outcome is, from the codebook.
    k, trials : int
        Effects pooled and trials they come from.
    n, n_unknown : int
        People analysed, as far as reported, and effects whose arm sizes are not.
    verdict : str
        Whom the average favours, or that it is left open, in a few words.
    leaning : str
        Of one left open, to which side its estimate leans, or that it is close to no difference; otherwise empty.
    effect, interval, prediction : str
        Numbers on the natural scale with two decimals; empty where they do not exist.
    headline, meaning, expectation : str
        The pooled effect in a sentence; what it means for people; what a new trial might find.
    reservations : list of str
        How sure and why: each reason one sentence with its number.
    fidelity : str
        What the trials say on fidelity and this outcome.
    robust : str
        Under how many other choices the average says the same, and where not.

    Examples
    --------
    >>> finding = describe_outcome(pooled)
    >>> print(finding.meaning)
    In people: of 100 offered peer support, about 58 (55 to 62) would do better than the average
    person without it. With no difference it would be 50 of 100. That takes scores to be spread
    alike in both groups, and normally.
    >>> finding.verdict
    'favours peer support'
    """

    outcome: str
    outcome_label: str
    measure: str
    k: int
    trials: int
    n: int
    n_unknown: int = 0
    better: str = ""
    definition: str = ""
    verdict: str = ""
    leaning: str = ""
    effect: str = ""
    interval: str = ""
    prediction: str = ""
    headline: str = ""
    meaning: str = ""
    expectation: str = ""
    reservations: list[str] = field(default_factory=list)
    fidelity: str = ""
    robust: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return asdict(self)


def describe_outcome(
    found: PooledEffect | Effects,
    *,
    slope: FidelitySlope | str = "",
    as_printed: PooledEffect | None = None,
    robust: str = "",
    definition: str = "",
) -> OutcomeFinding:
    """Say what one outcome's trials found.

    Parameters
    ----------
    found : PooledEffect or Effects
        The pool, or the effects where nothing can be pooled.
    slope : FidelitySlope or str
        The fidelity slope, or the reason why there is none.
    as_printed : PooledEffect, optional
        The pool without the review team's decisions, to say what they changed.
    robust : str
        What `robustness` says.
    definition : str
        The codebook's, of the outcome.

    Examples
    --------
    >>> print(describe_outcome(pooled).headline)
    Personal recovery: 17 trials, 3,974 people, standardised mean difference (Hedges' g) 0.21 (95%
    CI 0.12 to 0.29). The average effect favours peer support; the interval does not include 'no
    difference'.
    """
    pooled, effects = (found, found.effects) if isinstance(found, PooledEffect) else (None, found)
    base = {
        "outcome": effects.outcome,
        "outcome_label": effects.outcome_label,
        "measure": effects.measure,
        "better": effects.better,
        "definition": definition,
        "k": len(effects.frame),
        "trials": effects.n_trials,
        "n": effects.participants()[0],
        "n_unknown": effects.participants()[1],
        "fidelity": describe_slope(slope) if isinstance(slope, FidelitySlope) else slope,
        "reservations": reservations(found, as_printed=as_printed),
    }
    if pooled is None or not is_enough(effects):
        return OutcomeFinding(**base, headline=_not_pooled(effects))
    measure = MEASURES[pooled.measure]
    return OutcomeFinding(
        **base,
        verdict=verdict(favours(*pooled.benefit()[1:]), effects.names),
        leaning=_leaning(pooled),
        effect=measure.text(pooled.estimate),
        interval=measure.interval(pooled.ci_lb, pooled.ci_ub),
        prediction=_range(pooled),
        headline=describe_pool(pooled),
        meaning=_meaning(pooled),
        expectation=_expectation(pooled),
        robust=robust,
    )


def said_once(findings: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """Take out of several findings what more than one says in the same words, so that it can stand above them once.

    Parameters
    ----------
    findings : iterable of mapping
        With the names of `OutcomeFinding`.

    Returns
    -------
    sentences : list of str
        In the order of `SAME_FOR_ALL`.
    findings : list of dict
        The findings with only their own words left.
    """
    own = [dict(finding) for finding in findings]
    sentences = []
    for sentence in SAME_FOR_ALL:
        places = [
            (finding, name)
            for finding in own
            for name in ("meaning", "expectation", "fidelity")
            if str(finding.get(name, "")).endswith(sentence)
        ]
        if len(places) > 1:
            sentences.append(sentence)
            for finding, name in places:
                finding[name] = finding[name].removesuffix(sentence).rstrip()
    return sentences, own


def _range(pooled: PooledEffect) -> str:
    """Print the prediction interval; as the least it may be where heterogeneity was estimated as zero."""
    if np.isnan(pooled.prediction[0]):
        return ""
    return pooled.as_predicted(MEASURES[pooled.measure].interval(*pooled.prediction))


def describe_pool(pooled: PooledEffect) -> str:
    """Say the pooled effect with its interval and whose favour it is in; below three trials, why that says little."""
    if not is_enough(pooled.effects):
        return _not_pooled(pooled.effects)
    measure = MEASURES[pooled.measure]
    headline = HEADLINE.format(
        outcome=pooled.effects.outcome_label,
        trials=count(pooled.effects.n_trials, "trial"),
        people=pooled.people(),
        measure=lower_first(measure.label),
        effect=measure.text(pooled.estimate),
        level=share(pooled.level),
        interval=measure.interval(pooled.ci_lb, pooled.ci_ub),
    )
    return f"{headline} {_favours_or_leans(pooled)}"


def reservations(found: PooledEffect | Effects, *, as_printed: PooledEffect | None = None) -> list[str]:
    """List how sure one can be and why, a sentence each.

    Parameters
    ----------
    found : PooledEffect or Effects
        As in `describe_outcome`.
    as_printed : PooledEffect, optional
        The pool without the review team's decisions.
    """
    pooled, effects = (found, found.effects) if isinstance(found, PooledEffect) else (None, found)
    frame, left = effects.frame, effects.left_out
    said = [_risk_of_bias(frame)] if len(frame) else []
    if pooled is not None and is_enough(effects):
        said.append(_heterogeneity(pooled))
    elsewhere = left[~left["trial"].isin(frame["trial"])]
    without = elsewhere[elsewhere["kind"].isin(UNUSABLE_KINDS)]
    without = without.sort_values("timepoint_months", ascending=False, kind="stable").drop_duplicates("trial")
    if len(without):
        said.append(_unusable(without, effects.names))
    uncounted = elsewhere.loc[elsewhere["kind"].eq("without_counts"), "trial"].nunique()
    if uncounted:
        said.append(WITHOUT_COUNTS.format(trials=count(uncounted, "more trial")))
    silent = elsewhere.loc[elsewhere["kind"].eq("not_estimable"), "trial"].nunique()
    if silent:
        measure = lower_first(MEASURES[effects.measure].label)
        said.append(SILENT.format(trials=count(silent, "more trial"), measure=measure))
    excluded = elsewhere.loc[elsewhere["kind"].eq("excluded"), "label"].drop_duplicates()
    if len(excluded):
        said.append(EXCLUDED.format(trials=count(len(excluded), "trial"), labels=", ".join(excluded)))
    hint = rare_events(pooled) if pooled is not None else ""
    said += [hint] if hint else []
    return said + _decisions(frame, pooled, as_printed) + _approximations(frame) + _places(frame)


def rare_events(pooled: PooledEffect) -> str:
    """Say where a pool of effects rests on halves or on hardly any events, and which methods pool events."""
    effects = pooled.effects
    if is_of_events(pooled.method):
        return ""
    methods = " or ".join(code for code in ADVISED if effects.measure in POOLS[code])
    k = int(effects.frame[TABLE].notna().all(axis=1).sum())
    if not (methods and k):
        return ""
    halved = int(has(effects.frame["assumptions"], *HALVES).sum())
    if halved:
        return HALVED.format(halved=halved, effects=count(len(effects.frame), "effect"), methods=methods)
    events1, n1, events2, n2 = tables_of(effects)
    risk = float(np.nanmedian((events1 + events2) / (n1 + n2)))
    return RARE.format(risk=number(100 * risk, 1), methods=methods) if risk < RARE_RISK else ""


def unsettled_in_words(effects: Effects) -> str:
    """Say why no side is named, and what settles it; empty where the direction is settled."""
    if effects.is_settled:
        return ""
    open_scales = effects.frame.loc[has(effects.frame["assumptions"], "scale_unsettled"), "instrument"]
    named = list(dict.fromkeys(open_scales))
    shown = [*named[:SCALES_NAMED], f"{len(named) - SCALES_NAMED} more"] if len(named) > SCALES_NAMED else named
    return UNSETTLED.format(scales=f" for {listed(shown)}" if shown else "")


def baseline_risk(effects: Effects) -> float:
    """Return the median share with the event in the comparator arms; nan where no trial prints counts."""
    shares = effects.frame["events_comparator"] / effects.frame["n_comparator"]
    return float(shares.median()) if shares.notna().any() else np.nan


def _favours_or_leans(pooled: PooledEffect) -> str:
    estimate, low, high = pooled.benefit()
    side = favours(low, high)
    if side is Side.UNSETTLED:
        return unsettled_in_words(pooled.effects)
    if side is not Side.OPEN:
        return FAVOURS.format(side=side_in_words(side, pooled.effects.names))
    if _is_nothing(pooled):
        return LEANS_NOWHERE
    if hardly_leans(estimate, low, high):
        return LEANS_HARDLY
    return LEANS.format(side=side_in_words(leans(estimate), pooled.effects.names))


def _is_nothing(pooled: PooledEffect) -> bool:
    """Say whether an average is no difference to the printed digits: it leans nowhere."""
    return MEASURES[pooled.measure].text(pooled.estimate) == MEASURES[pooled.measure].text(0.0)


def _leaning(pooled: PooledEffect) -> str:
    """Say in a few words where an average that is left open leans."""
    estimate, low, high = pooled.benefit()
    if favours(low, high) is not Side.OPEN:
        return ""
    if _is_nothing(pooled) or hardly_leans(estimate, low, high):
        return CLOSE
    return LEANING.format(side=side_in_words(leans(estimate), pooled.effects.names))


def _meaning(pooled: PooledEffect) -> str:
    """Turn the pooled effect into people out of a hundred: Cohen's U3 [cohen1988statistical], or risks."""
    intervention = pooled.effects.names.intervention
    if pooled.measure == "SMD" and pooled.effects.is_settled:
        shares = [100 * normal_tail(-x) for x in pooled.benefit()]
        return U3.format(intervention=intervention, **_three(shares))
    risk = baseline_risk(pooled.effects)
    if pooled.measure == "RR" and np.isfinite(risk):
        expected = [min(100.0, 100 * risk * np.exp(x)) for x in (pooled.estimate, pooled.ci_lb, pooled.ci_ub)]
        return RISK.format(intervention=intervention, without=number(100 * risk, 0), **_three(expected))
    return ""


def _three(values: list[float]) -> dict[str, str]:
    return dict(zip(("middle", "low", "high"), (number(value, 0) for value in values), strict=True))


def _expectation(pooled: PooledEffect) -> str:
    if np.isnan(pooled.prediction[0]):
        return PREDICTION_WITHHELD if "prediction_below_five_trials" in pooled.withheld else ""
    side = favours(*pooled.benefit("pi")[1:])
    sentence = {Side.OPEN: ELSEWHERE_BOTH_SIDES, Side.UNSETTLED: ELSEWHERE_UNSETTLED}.get(side, ELSEWHERE_ONE_SIDE)
    measure, ends = MEASURES[pooled.measure], pooled.prediction_at_most
    at_most = ""
    if sentence is ELSEWHERE_ONE_SIDE and np.isfinite(ends[0]):
        same = favours(*np.sort(pooled.effects.turn * np.array(ends))) is side
        sentence = sentence if same else ELSEWHERE_AS_ESTIMATED
        at_most = EVEN_THEN.format(interval=measure.interval(*ends)) if same else measure.interval(*ends)
    said = sentence.format(
        interval=measure.interval(*pooled.prediction),
        level=share(pooled.level),
        side=side_in_words(side, pooled.effects.names),
        at_most=at_most,
    )
    if pooled.tau2 > 0:
        return said
    return f"{said} {NO_HETEROGENEITY_FOUND.format(trials=count(pooled.effects.n_trials, 'trial'))}"


def _not_pooled(effects: Effects) -> str:
    """Say why there is no pool: too few trials, or that nobody pooled them."""
    sentence = NOT_POOLED if is_enough(effects) else TOO_FEW
    trials = count(effects.n_trials, "trial")
    return sentence.format(outcome=effects.outcome_label, trials=trials, left_out=effects.why_left_out()).strip()


def _risk_of_bias(frame: pd.DataFrame) -> str:
    per_trial = frame.drop_duplicates("trial")["rob"]
    unjudged = int(per_trial.eq("").sum())
    if unjudged == len(per_trial):
        return NOBODY_JUDGED
    said = BIAS.format(high=int(per_trial.eq("high").sum()), judged=count(len(per_trial) - unjudged, "trial"))
    if not unjudged:
        return said
    return f"{said} {UNJUDGED.format(unjudged=unjudged)}"


def _heterogeneity(pooled: PooledEffect) -> str:
    if pooled.one_true_effect:
        although = ", although" if round(pooled.I2) > 0 else "; their"
        return ONE_TRUE_EFFECT.format(although=although, I2=percent(pooled.I2))
    if np.isnan(pooled.tau2_ci_lb):
        return HETEROGENEITY_ALONE.format(tau=number(np.sqrt(pooled.tau2)), I2=percent(pooled.I2))
    tau, low, high = np.sqrt([pooled.tau2, pooled.tau2_ci_lb, pooled.tau2_ci_ub])
    return HETEROGENEITY.format(
        tau=number(tau),
        level=share(pooled.level),
        tau_interval=interval(low, high),
        I2=percent(pooled.I2),
        I2_interval=interval(pooled.I2_ci_lb, pooled.I2_ci_ub, 0),
    )


def _unusable(rows: pd.DataFrame, names: Names) -> str:
    words = directions_in_words(names)
    verbs = {code: (direction.verb_of_one, direction.verb) for code, direction in words.items()}
    verbs |= {"": ("gives no direction", "give no direction")}
    counts = rows["reported_direction"].value_counts()
    directions = ", ".join(
        f"{counts[code]} {verb[int(counts[code] > 1)]}" for code, verb in verbs.items() if counts.get(code, 0)
    )
    return UNUSABLE.format(trials=count(len(rows), "more trial"), directions=directions)


def _decisions(frame: pd.DataFrame, pooled: PooledEffect | None, as_printed: PooledEffect | None) -> list[str]:
    said = []
    changed = np.array([is_changed(codes) for codes in frame["decisions"]], dtype=bool)
    corrected = frame.loc[changed, "trial"].nunique()
    if pooled is not None and as_printed is not None and _shown(pooled) != _shown(as_printed):
        moved = abs(pooled.estimate - as_printed.estimate) > LITTLE_IN_SE * pooled.se
        turned = favours(*pooled.benefit()[1:]) is not favours(*as_printed.benefit()[1:])
        sentence = DECISIONS_MATTER if moved or turned else DECISIONS_LITTLE
        said.append(sentence.format(as_printed=_shown(as_printed), k=as_printed.k))
    elif corrected:
        said.append(DECISIONS_DO_NOT.format(trials=count(corrected, "trial")))
    doubted = sum(any(not DECISIONS[code].changes for code in codes) for codes in frame["decisions"])
    if doubted:
        said.append(KEPT.format(effects=count(doubted, "effect"), was="was" if doubted == 1 else "were"))
    return said


def _approximations(frame: pd.DataFrame) -> list[str]:
    said = []
    by_route = has(frame["routes"], *(code for code, route in ROUTES.items() if route.indirect))
    assumed = has(frame["assumptions"], *(code for code, assumption in ASSUMPTIONS.items() if assumption.indirect))
    if (by_route | assumed).any():
        said.append(WORKED_OUT.format(effects=count(int((by_route | assumed).sum()), "effect")))
    brought = frame["adjusted_r"].notna()
    if brought.any():
        r, k = float(frame.loc[brought, "adjusted_r"].iloc[0]), int(brought.sum())
        said.append(BROUGHT.format(effects=count(k, "effect"), was="was" if k == 1 else "were", r=f"{r:g}"))
    active = int(frame["comparator_type"].eq("active").sum())
    if 0 < active < len(frame):
        said.append(MIXED_COMPARATORS.format(active=active, k=len(frame)))
    return said


def _places(frame: pd.DataFrame) -> list[str]:
    """Say where the figures were read; nothing where no row says it."""
    counts = frame["read_from"].value_counts()
    if not any(counts.index):
        return []
    places = {code: known.words for code, known in READ_FROM.items()} | {"": "a place that is not named"}
    others = [f"{words} ({counts[code]})" for code, words in places.items() if code != "paper" and code in counts]
    if not others:
        return [ALL_IN_PAPERS]
    return [READ_IN_PAPERS.format(paper=counts.get("paper", 0), k=len(frame), places=listed(others))]


def _shown(pooled: PooledEffect) -> str:
    return MEASURES[pooled.measure].with_interval(pooled.estimate, pooled.ci_lb, pooled.ci_ub)
