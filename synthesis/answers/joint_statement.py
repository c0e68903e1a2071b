"""What the joint model of all outcomes says in plain words."""

from __future__ import annotations

from synthesis.answers.joint import FIDELITY, SMALLNESS, Joint
from synthesis.answers.rivals import MORE_OF
from synthesis.answers.verdicts import Association
from synthesis.answers.withheld import LEAST_DF, WITHHELD
from synthesis.wording import count, interval, listed, number, p_value, share

WHERE = "Over {outcomes} at once ({effects} of {trials}, standardised and turned to benefit)"
FIDELITY_FOUND = (
    "from the least to the most faithful trial ({least} to {most} on the score) the benefit changes by {change} SMD "
    "({level} CI {interval}; permutation of whole trials {p})"
)
SMALL_FOUND = (
    "from the largest to the smallest trial the benefit changes by {change} SMD ({level} CI {interval}; permutation of "
    "whole trials {p})"
)
RIVAL_FOUND = "{who} found {change} SMD of benefit ({level} CI {interval}; permutation of whole trials {p})"
BESIDE = "{where}, with {beside} in the model, {found}. Without, on the same trials: {alone} ({alone_interval})."
ALONE = "{where}, {found}."
DETECTED = "This is an association between trials; it cannot show a cause."
NOT_DETECTED = "No association is detected, which is not evidence that there is none."
NOT_ONLY_BIAS = (
    "Small trials may differ because results are missing, and because they are other trials: in quality, people, dose."
)
NOT_TESTABLE = "{where} this cannot be tested: {why}."
SAME = (
    "The outcomes with ten trials or more do not differ in it by more than chance would (HTZ, {p}), which so few "
    "trials cannot establish."
)
UNTESTED = (
    "Whether the outcomes with ten trials or more differ in it cannot be tested: the test (HTZ) has {df} degrees of "
    "freedom."
)
DIFFER = "The outcomes with ten trials or more differ in it (HTZ, {p}), so one slope for all of them says too little."
OVER_RHO = "If a trial's outcomes were correlated by {low} to {high} instead of {rho}, it would be {least} to {most}."
LOWERED = "The correlation asked for gave some effects a negative weight; {rho} is the largest that gives none."
BOOTSTRAP = (
    "With {df} degrees of freedom no p of the model can be trusted; the wild bootstrap of whole trials, which decides "
    "nothing, gives {p}."
)


IN_WORDS = {FIDELITY: "fidelity", SMALLNESS: "small trials"}


def describe_joint(found: Joint, *, asked: float | None = None) -> list[str]:
    """Say what a characteristic has to do with benefit over all outcomes.

    Parameters
    ----------
    found : Joint
    asked : float, optional
        The correlation that was asked for.

    Examples
    --------
    >>> print(describe_joint(joint(evidence, permutations=99))[0])
    Over 19 outcomes at once (123 effects of 51 trials, standardised and turned to benefit), from
    the least to the most faithful trial (0.42 to 1.00 on the score) the benefit changes by −0.17
    SMD (95% CI −0.46 to 0.13; permutation of whole trials p = 0.250).
    """
    where = WHERE.format(
        outcomes=count(len(found.outcomes), "outcome"),
        effects=count(found.k, "effect"),
        trials=count(found.trials, "trial"),
    )
    if not found.is_testable:
        why = listed([WITHHELD[code] for code in found.withheld])
        if "slope_below_ten_trials" in found.withheld and found.beside:
            why = f"{why} a characteristic"
        said = [NOT_TESTABLE.format(where=where, why=why)]
        if found.bootstrap is not None and "slope_below_ten_trials" not in found.withheld:
            said.append(BOOTSTRAP.format(df=number(found.df, 1), p=p_value(found.pval_bootstrap)))
        return said
    span = found.span if found.moderator in (FIDELITY, SMALLNESS) else 1.0
    sentence = {FIDELITY: FIDELITY_FOUND, SMALLNESS: SMALL_FOUND}.get(found.moderator, RIVAL_FOUND)
    told = sentence.format(
        who=MORE_OF.get(found.moderator, ""),
        least=number(found.least),
        most=number(found.most),
        change=number(span * found.slope, signed=True),
        level=share(found.level),
        interval=interval(*(span * end for end in found.wider)),
        p=p_value(found.pval_permutation),
    )
    if found.beside:
        names = listed([IN_WORDS.get(name) or MORE_OF[name].split(" (")[0] for name in found.beside])
        said = [
            BESIDE.format(
                where=where,
                beside=names,
                found=told,
                alone=number(span * found.alone, signed=True),
                alone_interval=interval(span * found.alone_lb, span * found.alone_ub),
            )
        ]
    else:
        said = [ALONE.format(where=where, found=told)]
    said.append(DETECTED if found.association is Association.DETECTED else NOT_DETECTED)
    if found.moderator == SMALLNESS:
        said.append(NOT_ONLY_BIAS)
    if found.equal_slopes is not None:
        test = found.equal_slopes
        sentence = UNTESTED if test.df_denom < LEAST_DF else SAME if test.pval > 1 - found.level else DIFFER
        said.append(sentence.format(p=p_value(test.pval), df=number(test.df_denom, 1)))
    others = found.grid[found.grid["rho"].ne(found.rho)]
    slopes = span * others["slope"]
    said.append(
        OVER_RHO.format(
            low=number(others["rho"].min(), 1),
            high=number(others["rho"].max(), 1),
            rho=number(found.rho, 1),
            least=number(slopes.min(), signed=True),
            most=number(slopes.max(), signed=True),
        )
    )
    if asked is not None and asked > found.rho:
        said.append(LOWERED.format(rho=number(found.rho, 1)))
    return said
