"""What the measurement model comes to, in sentences."""

from __future__ import annotations

import math

from synthesis.answers.measurement.results import MOST_RHAT, AtDelta, Measurement, told_delta
from synthesis.choices import LEVEL
from synthesis.wording import count, interval, listed, number, share, with_interval

EARLIER = (
    "Computed on earlier evidence: effects or codes have changed since. `synthesis measurement` computes it again."
)
UNFINISHED = "{done} of {planned} readings of silence are finished; `synthesis measurement` goes on."
WHAT = (
    "One model draws what each of {arms} truly did from what {coders} found in its report, with how the coders err. "
    "What a report is silent about is drawn from its other components, the other arms and the effects, and the slope "
    "over {effects} of {trials} is averaged over all that could be."
)
IGNORABLE = (
    "If silence has nothing to do with what was done (delta 0), benefit changes by {slope} SMD per whole score "
    "({level} credible interval {interval}), by {change} from the least to the most faithful arm."
)
ABSENT = (
    "If the odds that a report names a component are {odds} times as high where it was absent (delta {delta}), by "
    "{slope} ({interval}) and {change}."
)
PRESENT = (
    "If a report names a component more readily where it was absent (delta {delta}), by {slope} ({interval}) and "
    "{change}."
)
AXIS = (
    "No data tell which reading of silence holds: delta is not identified, it is a sensitivity axis and not a result."
)
ONE_VERDICT = "Under every one of them the {level} credible interval {holds}."
HOLDS = {
    "open": "holds zero",
    "more": "lies above zero: more fidelity goes with more benefit",
    "less": "lies below zero: more fidelity goes with less benefit",
}
TWO_VERDICTS = "The {level} credible interval depends on it: at {told}."
TOLD = "delta {deltas} it {holds}"
POSITIVE = "The probability that more fidelity goes with more benefit is {least} to {most}, by these priors."
MADE = (
    "{chains} of {draws} draws each a reading, seed {seed}; Monte-Carlo errors of the slopes are at most {error}, "
    "R-hat at most {rhat}."
)
APART = "At delta {deltas} the chains have not come together (R-hat above {most}): draw more."
KEPT_BACK = "With fewer than ten trials no slope is shown; JSON holds them."


def measurement_sentences(found: Measurement | None) -> list[str]:
    """Say what the slope is under each reading of silence, what is open first; nothing without a measurement.

    Examples
    --------
    >>> print(measurement_sentences(read_measurement(evidence))[0])
    One model draws what each of 101 coded arms truly did from what 2 coders found in its report,
    with how the coders err. What a report is silent about is drawn from its other components, the
    other arms and the effects, and the slope over 123 effects of 51 trials is averaged over all
    that could be.
    """
    if found is None or not found.at:
        return []
    own = list(found.at.values())
    said = [EARLIER] if found.earlier else []
    if not found.is_complete:
        said.append(UNFINISHED.format(done=len(own), planned=len(found.planned)))
    what = {
        "arms": count(len(found.arms), "coded arm"),
        "coders": count(len(found.coders), "coder"),
        "effects": count(found.k, "effect"),
        "trials": count(found.trials, "trial"),
    }
    said.append(WHAT.format(**what))
    said += [KEPT_BACK] if found.withheld else [*(_slope(one) for one in own), AXIS, *_verdict(own)]
    apart = [told_delta(one.delta) for one in own if not one.rhat <= MOST_RHAT]
    if apart:
        said.append(APART.format(deltas=listed(apart), most=number(MOST_RHAT)))
    made = {"chains": count(found.sampling.chains, "chain"), "draws": f"{found.sampling.draws:,}"}
    errors = {"error": number(max(one.mc_error for one in own), 3), "rhat": number(max(one.rhat for one in own), 3)}
    return [*said, MADE.format(**made, **errors, seed=found.sampling.seed)]


def _slope(own: AtDelta) -> str:
    sentence = IGNORABLE if own.delta == 0 else ABSENT if own.delta < 0 else PRESENT
    return sentence.format(
        delta=told_delta(own.delta),
        odds=number(math.exp(own.delta), 2),
        slope=number(own.slope, signed=True),
        level=share(LEVEL),
        interval=interval(own.ci_lb, own.ci_ub),
        change=with_interval(own.change, own.change_lb, own.change_ub, signed=True),
    )


def _verdict(own: list[AtDelta]) -> list[str]:
    """Say what the intervals hold, and how likely the sign is."""
    kinds: dict[str, list[str]] = {}
    for one in own:
        kind = "more" if one.ci_lb > 0 else "less" if one.ci_ub < 0 else "open"
        kinds.setdefault(kind, []).append(told_delta(one.delta))
    if len(kinds) == 1:
        first = ONE_VERDICT.format(level=share(LEVEL), holds=HOLDS[next(iter(kinds))])
    else:
        told = [TOLD.format(deltas=listed(deltas), holds=HOLDS[kind]) for kind, deltas in kinds.items()]
        first = TWO_VERDICTS.format(level=share(LEVEL), told="; at ".join(told))
    shares = sorted(one.prob_positive for one in own)
    return [first, POSITIVE.format(least=number(shares[0]), most=number(shares[-1]))]
