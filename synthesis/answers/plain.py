"""The answer in plain words: short sentences for anybody, each computed, none without its uncertainty.

Words are chosen for a reading grade of eight or less (Flesch and Kincaid), which a test measures on the shipped trials.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.robustness import Robustness
from synthesis.answers.verdicts import Side, Verdict, favours
from synthesis.evidence.vocabulary import Names
from synthesis.statistics.distributions import normal_tail
from synthesis.wording import count, listed, lower_first, number

FOUND = "{trials} with {people} were found. {pooled} of them gave numbers for the averages here{analysed}."
ANALYSED = ", from {least}{people}"
NO_AVERAGE = "{trials} with {people} were found. No outcome has the three trials that an average needs."
BETTER = {
    Side.PEER: "On average, people offered {intervention} did better for {some} of {all}: {outcomes}.",
    Side.OTHER: "On average, people offered {comparator} did better for {some} of {all}: {outcomes}.",
}
IN_A_HUNDRED = (
    "Take {first}. Of 100 people offered {side}, about {middle} ({low} to {high}) would do better than the average "
    "person without it. If it made no difference, that would be 50.{others} That is worked out from averages, as if "
    "scores were spread alike in both groups."
)
OTHERS = " It is about {others}."
OTHER = "{middle} ({low} to {high}) for {outcome}"
# Cohen's rule of thumb for a standardised difference [cohen1988statistical].
SMALL, MODERATE = 0.2, 0.5
SIZES = "By a common rule of thumb the difference is {sizes}."
SIZE = "{size} for {outcomes}"
ALL_HOLD = "The trials can be averaged in other ways too. With one choice changed at a time, it came out the same."
SOME_HOLD = (
    "The trials can be averaged in other ways too. With one choice changed at a time, of these {all} only {outcomes} "
    "came out the same each time."
)
NONE_HOLDS = (
    "The trials can be averaged in other ways too. With one choice changed at a time, none of these came out the same "
    "each time."
)
ONE_DOES_NOT = (
    "The trials can be averaged in other ways too. With one choice changed at a time, it did not come out the same "
    "each time."
)
# Where more than one outcome was averaged and any favours a side.
NOT_CORRECTED = "With {all} looked at, one or the other may differ by chance alone. The averages do not allow for that."
OPEN = "The trials cannot say about {outcomes}. That does not mean there is no effect."
UNSETTLED = "It is not settled which way is better for {outcomes}. So no side is named."

QUESTION = "Do people gain more where the work is closer to the model? "
FIDELITY = {
    Verdict.NOT_DETECTED: "These trials do not show that they do. They do not rule it out.",
    Verdict.NOT_TESTABLE: "There are too few trials to tell.",
    Verdict.SUPPORTED: "In these trials they do. That does not prove that the model is the reason.",
    Verdict.CONTRADICTED: "In these trials they gain less. That does not prove that the model is the reason.",
}
FIDELITY_DIFFERS = "That depends on how silent reports are read, so these trials cannot tell."


@dataclass(frozen=True)
class Average:
    """What the plain words take from one outcome's answer.

    Attributes
    ----------
    label : str
    pooled : PooledEffect
    robust : Robustness or None
    """

    label: str
    pooled: PooledEffect
    robust: Robustness | None

    @property
    def side(self) -> Side:
        """Whom the average favours."""
        return favours(*self.pooled.benefit()[1:])

    @property
    def holds(self) -> bool:
        """Whether every other choice that was tried says the same."""
        return self.robust is not None and bool(self.robust.table["same"].all())


def plain_answer(
    averages: Sequence[Average],
    names: Names,
    *,
    trials: int,
    people: float,
    pooled: int,
    analysed: tuple[int, bool] | None = None,
    verdicts: Iterable[Verdict] = (),
) -> list[str]:
    """Say what was found, for whom, how it holds, what is open, and whether fidelity matters.

    Parameters
    ----------
    averages : sequence of Average
    names : Names
        What the review calls the two sides.
    trials, people, pooled : int
        Found, people in them, and trials behind an average.
    analysed : (int, bool), optional
        People whose results stand behind an average, and whether that is all of them.
    verdicts : iterable of Verdict
        Of the primary hypotheses; none where the review declared none.

    Returns
    -------
    list of str
        A paragraph each.

    Notes
    -----
    People out of a hundred are Cohen's U3 [cohen1988statistical], of standardised differences alone.
    """
    found = {"trials": count(trials, "trial"), "people": count(people, "person", "people")}
    if not averages:
        return [NO_AVERAGE.format(**found), *_fidelity(verdicts)]
    said = [FOUND.format(**found, pooled=pooled, analysed=_analysed(analysed))]
    for side, sentence in BETTER.items():
        own = [average for average in averages if average.side is side]
        if own:
            number_of = {"some": len(own), "all": count(len(averages), "outcome")}
            said.append(sentence.format(**names._asdict(), **number_of, outcomes=_labels(own)))
            said += [*_in_a_hundred(own, names, side), *_sizes(own), _holding(own)]
    if len(averages) > 1 and any(average.side in BETTER for average in averages):
        said.append(NOT_CORRECTED.format(all=count(len(averages), "outcome")))
    for side, sentence in ((Side.OPEN, OPEN), (Side.UNSETTLED, UNSETTLED)):
        own = [average for average in averages if average.side is side]
        said += [sentence.format(outcomes=_labels(own, last="or"))] if own else []
    return [*said, *_fidelity(verdicts)]


def _labels(own: Sequence[Average], *, last: str = "and") -> str:
    labels = [lower_first(average.label) for average in own]
    return listed(labels) if last == "and" or len(labels) < 2 else f"{', '.join(labels[:-1])} {last} {labels[-1]}"


def _in_a_hundred(own: Sequence[Average], names: Names, side: Side) -> list[str]:
    """Say of how many in a hundred it is true, the first outcome whole, the others by their number."""
    known = [average for average in own if average.pooled.measure == "SMD"]
    if not known:
        return []
    sign = 1.0 if side is Side.PEER else -1.0
    shares = {average.label: [100 * normal_tail(-sign * end) for end in average.pooled.benefit()] for average in known}
    first, *rest = shares
    others = [OTHER.format(**_three(shares[label]), outcome=lower_first(label)) for label in rest]
    return [
        IN_A_HUNDRED.format(
            **_three(shares[first]),
            first=lower_first(first),
            side=names.intervention if side is Side.PEER else names.comparator,
            others=OTHERS.format(others=listed(others)) if others else "",
        )
    ]


def _analysed(analysed: tuple[int, bool] | None) -> str:
    if not analysed or not analysed[0]:
        return ""
    people, are_all = analysed
    return ANALYSED.format(least="" if are_all else "at least ", people=count(people, "person", "people"))


def _sizes(own: Sequence[Average]) -> list[str]:
    """Say how large the standardised differences are by the usual rule of thumb."""
    by_size: dict[str, list[Average]] = {}
    for average in own:
        if average.pooled.measure == "SMD":
            size = abs(average.pooled.estimate)
            named = "less than small" if size < SMALL else "small" if size < MODERATE else "moderate or more"
            by_size.setdefault(named, []).append(average)
    if not by_size:
        return []
    sizes = [SIZE.format(size=size, outcomes=_labels(averages)) for size, averages in by_size.items()]
    return [SIZES.format(sizes=", ".join(sizes[:-1]) + (" and " if sizes[1:] else "") + sizes[-1])]


def _three(shares: Sequence[float]) -> dict[str, str]:
    """Print an estimate and the ends of its interval, the lower first."""
    middle, *ends = shares
    return {"middle": number(middle, 0), "low": number(min(ends), 0), "high": number(max(ends), 0)}


def _holding(own: Sequence[Average]) -> str:
    holding = [average for average in own if average.holds]
    if len(holding) == len(own):
        return ALL_HOLD
    if holding:
        return SOME_HOLD.format(outcomes=_labels(holding), all=len(own))
    return ONE_DOES_NOT if len(own) == 1 else NONE_HOLDS


def _fidelity(verdicts: Iterable[Verdict]) -> list[str]:
    kinds = set(verdicts)
    if not kinds:
        return []
    return [QUESTION + (FIDELITY[kinds.pop()] if len(kinds) == 1 else FIDELITY_DIFFERS)]
