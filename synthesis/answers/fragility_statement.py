"""How fragile a pool is, in plain words: single trials, years, small against large, and what none of it can show.

The sentences stand first, whole, with named gaps; what follows fills the gaps and decides which sentence is true.
"""

from __future__ import annotations

import pandas as pd

from synthesis.answers.benefit import average_of, is_turned, printed_benefit, turn_of
from synthesis.answers.cumulative import Cumulative
from synthesis.answers.influence import BY_CHANCE, LINE_NAMES, OUTLYING, Influence
from synthesis.answers.small_study import SIZED, SmallStudy
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE, Side, favours, side_in_words
from synthesis.answers.withheld import WITHHELD
from synthesis.effects import Effects
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, listed, lower_first, number, p_value, years

# --- One trial at a time ---------------------------------------------------------------------------------------------
STAYS = "Without any one trial the {average} lies between {low} and {high}, and what the interval says stays the same."
TURNS = (
    "Without any one trial the {average} lies between {low} and {high}. The conclusion hangs on {trials}: taken out "
    "alone, {each} changes whether the interval includes 'no difference'."
)
FEW_LEFT = (
    "With {trials}, fewer than three are left without any one of them, too few to pool; those pools are kept out of "
    "words."
)
NO_OUTLIER = "No effect lies further than {far} standard errors from what the others predict."
OUTLIERS = (
    "Further than {far} standard errors from what the others predict: {named}. Of {k} effects about {expected} would "
    "be by chance."
)
OUTLIER = "{label} ({rstudent})"
NOT_INFLUENTIAL = "None passes the usual lines for influence on the pool."
INFLUENTIAL = (
    "Past a usual line for influence on the pool: {named}. That is where to look, and no reason to leave a trial out."
)
NAMED = "{label} ({lines})"
LINE = "{name} {value}"
MOST_NAMED = 4
MORE_NAMED = "{n} more"

# --- Year by year ----------------------------------------------------------------------------------------------------
ONE_LOOK = "There were not two years with three trials or more by their end, so there is no growth to read."
GREW = "The trials of {first} gave an {average} of {early}; with those up to {last} it is {late}."
SINCE = "At every look since {year} the interval has favoured {side}."
SINCE_LAST = "It favours {side} with the trials of {year}, and did not before."
LEFT_OPEN = "At the last look the interval includes 'no difference'."
MANY_LOOKS = "Looking after every year is looking often, which these intervals do not allow for."

# --- Small against large ---------------------------------------------------------------------------------------------
FEW = (
    "With {trials}, fewer than ten, neither a test nor a funnel can tell whether small trials differ from large ones; "
    "their numbers are kept out of words."
)
SIZED_FEW = (
    "Only {trials} of {all} have arm sizes, fewer than the ten that a test of small against large trials needs; its "
    "numbers are kept out of words."
)
ASYMMETRIC = "Smaller trials found {size} benefit than larger ones (Egger's test, {p})."
ASYMMETRIC_UNSETTLED = "Smaller trials found other effects than larger ones (Egger's test, {p})."
NOT_DETECTED = (
    "No difference between small and large trials was detected (Egger's test, {p}), which is not evidence that there "
    "is none: {k} effects show only a strong one."
)
OTHERWISE = (
    "By least squares, as the test was first proposed, {p}. That form takes its spread from these effects alone, the "
    "first from the pool's model."
)
BY_SIZES = (
    "Size is taken from the numbers of people, because the standard error of this measure contains the effect itself, "
    "and so would show a difference where there is none."
)
SOME_WITHOUT_SIZES = "The test and PET-PEESE rest on the {k} of {all} effects whose arm sizes are known."
DEPENDENT = "Effects of one trial are taken here as if they were those of several."
WHAT_IFS = "Read as what-ifs, the {average} of {pool} would be {found}."
WHAT_IF = "{estimate} by {name}"
NAMES = {
    "pet_peese": "PET-PEESE",
    "trim_and_fill": "trim and fill",
    "selection_025": "selection by p with a cut at .025",
    "selection_025_5": "selection by p with cuts at .025 and .5",
}
FILLED = "trim and fill, with {k0} filled in"
KEPT_BACK = "Kept out of words: {which}."
KEPT = "{name} ({why})"

# --- What none of it can show ----------------------------------------------------------------------------------------
NOT_BIAS = (
    "An asymmetric funnel is not publication bias. Smaller trials may reach other people, help more intensively or be "
    "done less carefully, and chance alone makes funnels lopsided; a symmetric one does not show that nothing is "
    "missing."
)
NO_BETTER = (
    "Each what-if rests on an assumption that these trials cannot check. None is a better estimate than the pool."
)


def describe_influence(found: Influence) -> list[str]:
    """Say how far the pool rests on single trials.

    Examples
    --------
    >>> print(describe_influence(examine_influence(effects))[0])
    Without any one trial the average lies between 0.19 and 0.23, and what the interval says stays
    the same.
    """
    frame, measure = found.to_frame(), MEASURES[found.measure]
    if found.withheld:
        few = FEW_LEFT.format(trials=count(found.effects.n_trials, "trial"))
        return [few, f"{_outliers(found)} {_influential(found)}"]
    turned = frame["estimate_del"].dropna() * (-1.0 if is_turned(found.effects) else 1.0)
    span = [measure.text(value) for value in (turned.min(), turned.max())]
    turning = list(dict.fromkeys(frame.loc[frame["turns"], "label"]))
    said = (TURNS if turning else STAYS).format(
        average=average_of(found.effects),
        low=span[0],
        high=span[1],
        trials=listed(turning),
        each="each" if len(turning) > 1 else "it",
    )
    return [said, f"{_outliers(found)} {_influential(found)}"]


def _outliers(found: Influence) -> str:
    frame = found.to_frame()
    out = frame[found.outlying].sort_values("rstudent", key=abs, ascending=False, kind="stable")
    far = number(OUTLYING)
    if out.empty:
        return NO_OUTLIER.format(far=far)
    turn = turn_of(found.effects)
    named = [OUTLIER.format(label=row.label, rstudent=number(turn * row.rstudent)) for row in out.itertuples()]
    return OUTLIERS.format(far=far, named=_first(named), k=len(frame), expected=number(BY_CHANCE * len(frame), 1))


def _influential(found: Influence) -> str:
    frame, turn = found.to_frame(), turn_of(found.effects)
    frame = frame.assign(dffits=turn * frame["dffits"], dfbetas=turn * frame["dfbetas"])
    past = frame[frame["influential"]].sort_values("cook_d", ascending=False, kind="stable")
    if past.empty:
        return NOT_INFLUENTIAL
    named = [NAMED.format(label=row["label"], lines=_lines(row)) for _, row in past.iterrows()]
    return INFLUENTIAL.format(named=_first(named))


def _lines(row: pd.Series) -> str:
    """Name the diagnostics that are past their line, with their values."""
    return ", ".join(LINE.format(name=LINE_NAMES[name], value=number(row[name])) for name in row["past"])


def _first(named: list[str]) -> str:
    """List the first few and count the rest."""
    more = [MORE_NAMED.format(n=len(named) - MOST_NAMED)] if len(named) > MOST_NAMED else []
    return listed([*named[:MOST_NAMED], *more])


def describe_growth(found: Cumulative) -> str:
    """Say how the pool grew; where there are not two looks at three trials or more, only that.

    Examples
    --------
    >>> print(describe_growth(accumulate(effects.with_moderators(evidence.trials[["trial", "year"]]))))
    The trials of 2004 to 2011 gave an average of 0.20 (−1.13 to 1.52); with those up to 2025 it is
    0.21 (0.12 to 0.29). At every look since 2016 the interval has favoured peer support. Looking
    after every year is looking often, which these intervals do not allow for.
    """
    rows, effects = found.looks, found.effects
    if len(rows) < 2:
        return ONE_LOOK
    first, last = rows.iloc[0], rows.iloc[-1]
    start, end = years(found.table["year"].min(), first["year"]), number(last["year"], 0).replace(",", "")
    early, late = (printed_benefit(effects, row["estimate"], row["ci_lb"], row["ci_ub"]) for row in (first, last))
    said = [GREW.format(first=start, average=average_of(effects), early=early, last=end, late=late)]
    if effects.is_settled:
        said.append(_since(rows, effects))
    return " ".join([*said, MANY_LOOKS])


def _since(rows: pd.DataFrame, effects: Effects) -> str:
    ends = zip(effects.turn * rows["ci_lb"], effects.turn * rows["ci_ub"], strict=True)
    sides = [favours(*sorted(pair)) for pair in ends]
    if sides[-1] is Side.OPEN:
        return LEFT_OPEN
    changed = max((i for i, side in enumerate(sides) if side is not sides[-1]), default=-1)
    year = f"{rows['year'].iloc[changed + 1]:.0f}"
    sentence = SINCE_LAST if changed == len(sides) - 2 else SINCE
    return sentence.format(year=year, side=side_in_words(sides[-1], effects.names))


def describe_small_studies(found: SmallStudy) -> list[str]:
    """Say whether small trials differ from large ones, and what the pool would be if results were missing.

    Examples
    --------
    >>> print(describe_small_studies(examine_small_studies(effects))[0])
    No difference between small and large trials was detected (Egger's test, p = 0.755), which is
    not evidence that there is none: 17 effects show only a strong one. Size is taken from the
    numbers of people, because the standard error of this measure contains the effect itself, and
    so would show a difference where there is none.
    """
    return [_test(found), *_what_ifs(found)]


def fragility_limits(found: SmallStudy) -> list[str]:
    """Say what neither a funnel nor a what-if can show.

    Examples
    --------
    >>> print(fragility_limits(examine_small_studies(effects))[0])
    An asymmetric funnel is not publication bias. Smaller trials may reach other people, help more
    intensively or be done less carefully, and chance alone makes funnels lopsided; a symmetric one
    does not show that nothing is missing.
    """
    return [NOT_BIAS] if _readable(found).empty else [NOT_BIAS, NO_BETTER]


def _test(found: SmallStudy) -> str:
    test, effects = found.egger, found.effects
    if test is None and effects.n_trials >= TRIALS_PER_COVARIATE:
        return found.notes["egger"]
    if test is None or "egger" in found.withheld:
        few = SIZED_FEW if found.line_trials < effects.n_trials and effects.n_trials >= TRIALS_PER_COVARIATE else FEW
        return few.format(trials=count(found.line_trials, "trial"), all=effects.n_trials)
    p = p_value(test.pval)
    if not test.pval <= 1 - found.level:
        said = [NOT_DETECTED.format(p=p, k=test.k)]
    elif effects.is_settled:
        said = [ASYMMETRIC.format(size="more" if test.slope > 0 else "less", p=p)]
    else:
        said = [ASYMMETRIC_UNSETTLED.format(p=p)]
    said += [OTHERWISE.format(p=p_value(found.egger_lm.pval))] if _disagree(found) else []
    said += [BY_SIZES] if effects.measure in SIZED else []
    said += [SOME_WITHOUT_SIZES.format(k=test.k, all=found.pooled.k)] if test.k < found.pooled.k else []
    said += [DEPENDENT] if effects.n_trials < found.pooled.k else []
    return " ".join(said)


def _disagree(found: SmallStudy) -> bool:
    """Say whether the two forms of Egger's test fall on different sides of the level."""
    pvals = [test.pval for test in (found.egger, found.egger_lm) if test is not None]
    return len({pval <= 1 - found.level for pval in pvals}) == 2


def _readable(found: SmallStudy) -> pd.DataFrame:
    """Return the what-ifs that words may give."""
    rows = found.to_frame()
    known = rows["estimate"].notna() & rows["withheld"].map(len).eq(0) & rows["code"].ne("pool")
    return rows[known]


def _what_ifs(found: SmallStudy) -> list[str]:
    said = []
    rows, pooled = found.to_frame(), found.to_frame().iloc[0]
    shown = _readable(found)
    if len(shown):
        parts = [
            WHAT_IF.format(estimate=found.in_words(row.estimate, row.ci_lb, row.ci_ub), name=_name(found, row.code))
            for row in shown.itertuples()
        ]
        pool = found.in_words(pooled["estimate"], pooled["ci_lb"], pooled["ci_ub"])
        said.append(WHAT_IFS.format(average=average_of(found.effects), pool=pool, found=_apart(parts)))
    back = [row for row in rows.itertuples() if row.code != "pool" and row.code not in set(shown["code"])]
    if back and len(shown):
        kept = [KEPT.format(name=NAMES[row.code], why=_why(row.withheld, row.note)) for row in back]
        said.append(KEPT_BACK.format(which="; ".join(kept)))
    return said


def _apart(parts: list[str]) -> str:
    """Join parts that hold commas."""
    *first, last = parts
    return f"{'; '.join(first)}; and {last}" if first else last


def _name(found: SmallStudy, code: str) -> str:
    if code == "trim_and_fill" and found.trim_and_fill is not None:
        return FILLED.format(k0=found.trim_and_fill.k0 or "none")
    return NAMES[code]


def _why(codes: tuple[str, ...], note: str) -> str:
    return " and ".join(WITHHELD[code] for code in codes) if codes else lower_first(note.rstrip("."))
