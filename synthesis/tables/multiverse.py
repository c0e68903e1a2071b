"""A multiverse as tables: the levels of every choice with what their combinations say, and which choice moves it."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.multiverse.plan import Plan
from synthesis.answers.multiverse.run import Run
from synthesis.answers.multiverse.space import Space
from synthesis.answers.multiverse.statement import describe_multiverse, part, printed
from synthesis.answers.multiverse.universe import Universe
from synthesis.tables.terminal import text_table
from synthesis.wording import percent, upper_first

HEADING = "{outcome}: every combination of {what}"
WHAT = {
    "pool": "choices for the average effect",
    "slope": "choices for the slope on fidelity",
    "joint": "choices for the slope on fidelity over all outcomes",
}
PLANNED = "{specifications} combinations, {fits} different fits, {duplicates} combinations with the numbers of another."
REFERENCE = "Reference: {permutations} arrangements, seed {seed}."
RESAMPLED = "Trials drawn anew: {resamples} times, seed {seed}."
DECLARED = "Declared in codebook/multiverse.csv"
STANDARD = "The toolkit's standard choices: this review declares none"
HASH = "{where}; hash {hash}."
# Below this share of the variance a choice has no row among those that move the estimate.
LEAST_SHOWN = 0.01
DROPPED = "No part here: {dropped}."


def levels_table(found: Run) -> pd.DataFrame:
    """Show each level of the choices that were crossed, and what its combinations say.

    Examples
    --------
    >>> from synthesis.tables import levels_table
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(text_table(levels_table(space.run(workers=1)).head(2)))
    Choice      Level                         Average  Answered  Favours peer support  Favours ...
    --------------------------------------------------------------------------------------------...
    Time point  Longest follow-up                0.26  all                        95%  none
                Results nearest to 12 months     0.26  all                        95%  none
    """
    plan, curve = found.plan, found.curve()
    several = curve.levels.groupby("dimension")["level"].transform("size") > 1
    rows = curve.levels[several]
    above, below = _sides(plan)
    return pd.DataFrame(
        {
            "Choice": rows["label"].where(~rows["dimension"].duplicated(), ""),
            "Level": rows["words"].map(upper_first),
            "Average": [printed(plan, value) if n else "" for value, n in rows[["average", "answered"]].to_numpy()],
            "Answered": [part(n / of) for n, of in rows[["answered", "specifications"]].to_numpy()],
            above: _shares(rows, "above"),
            below: _shares(rows, "below"),
        }
    ).reset_index(drop=True)


def moves_table(found: Run) -> pd.DataFrame:
    """Show which choice moves the estimate, those that move it most first; what explains less than 1% is left out.

    Examples
    --------
    >>> from synthesis.tables import moves_table
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(text_table(moves_table(space.run(workers=1)).head(2)))
    Choice        Explains  Averages      Lowest with                 Highest with
    ------------------------------------------------------------------------------
    Risk of bias       25%  0.25 to 0.28  Whatever the risk of bias   Without trials judged at ...
    Figures            23%  0.25 to 0.28  As the review team decided  As printed
    """
    table = found.decompose()
    table = table[table["explained"] >= LEAST_SHOWN]
    return pd.DataFrame(
        {
            "Choice": table["label"],
            "Explains": [percent(100 * value) for value in table["explained"]],
            "Averages": [
                f"{printed(found.plan, low)} to {printed(found.plan, high)}"
                for low, high in table[["lowest_average", "highest_average"]].to_numpy()
            ],
            "Lowest with": table["lowest"].map(upper_first),
            "Highest with": table["highest"].map(upper_first),
        }
    )


def declared_choices_table(plan: Plan) -> pd.DataFrame:
    """Show the declared choices with the reason for each level.

    Examples
    --------
    >>> from synthesis.tables import declared_choices_table
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(text_table(declared_choices_table(space.plan).head(2)))
    Choice      Level                         Reason
    ------------------------------------------------
    Time point  Longest follow-up             The main analysis: what lasts matters most to people ...
                Results nearest to 12 months  A year is what guideline panels usually ask for.
    """
    rows = [
        (own["label"] if not number else "", upper_first(level["words"]), level["reason"])
        for own in plan.dimensions
        for number, level in enumerate(own["levels"])
        if len(own["levels"]) > 1
    ]
    return pd.DataFrame(rows, columns=["Choice", "Level", "Reason"])


def _shares(rows: pd.DataFrame, side: str) -> list[str]:
    return [part(value) if n else "" for value, n in rows[[side, "answered"]].to_numpy()]


def _sides(plan: Plan) -> tuple[str, str]:
    above, below = plan.sides
    if plan.target == "pool":
        return f"Favours {above}", f"Favours {below}"
    return upper_first(above), upper_first(below)


def plan_text(space: Space) -> str:
    """Lay out for a terminal what is planned.

    Examples
    --------
    >>> from synthesis.tables import plan_text
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(plan_text(space))
    Personal recovery: every combination of choices for the average effect
    Declared in codebook/multiverse.csv; hash bd0b6c1e2d7d.
    <BLANKLINE>
    Choice                    Level
    -------------------------------
    Time point                Longest follow-up
                              Results nearest to 12 months
    ...
    """
    plan = space.plan
    counts = {"specifications": f"{len(space):,}", "fits": f"{space.fits:,}", "duplicates": f"{space.duplicates:,}"}
    lines = [
        HEADING.format(outcome=plan.outcome_label, what=WHAT[plan.target]),
        HASH.format(where=DECLARED if plan.is_declared else STANDARD, hash=plan.grid[:12]),
        "",
        text_table(declared_choices_table(plan)[["Choice", "Level"]]),
        "",
        PLANNED.format(**counts),
    ]
    if plan.dropped:
        dropped = "; ".join(f"{level} ({why})" for _, level, why in plan.dropped)
        lines.append(DROPPED.format(dropped=dropped))
    if plan.permutations:
        lines.append(REFERENCE.format(permutations=f"{plan.permutations:,}", seed=plan.seed))
    if plan.resamples:
        lines.append(RESAMPLED.format(resamples=f"{plan.resamples:,}", seed=plan.seed))
    return "\n".join(lines)


def multiverse_text(found: Run) -> str:
    """Lay out for a terminal what a multiverse says.

    Examples
    --------
    >>> from synthesis.tables import multiverse_text
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(multiverse_text(space.run(workers=1)))
    Personal recovery: every combination of choices for the average effect
    <BLANKLINE>
    Choice                    Level                                                  Average ...
    --------------------------------------------------------------------------------------------...
    Time point                Longest follow-up                                         0.26 ...
                              Results nearest to 12 months                              0.26 ...
    Instrument                The instrument the codebook prefers                       0.26 ...
    ...
    """
    heading = HEADING.format(outcome=found.plan.outcome_label, what=WHAT[found.plan.target])
    body = [text_table(levels_table(found)), ""] if found.curve().answered else []
    return "\n".join([heading, "", *body, *describe_multiverse(found)])


def universe_text(plan: Plan, found: Universe) -> str:
    """Lay out for a terminal one combination and its answer.

    Examples
    --------
    >>> from synthesis.tables import universe_text
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(universe_text(space.plan, space.at(1)))
    Personal recovery
    <BLANKLINE>
    Choice                    Level
    -------------------------------
    Time point                Longest follow-up
    Instrument                The instrument the codebook prefers
    Figures                   As the review team decided
    ...
    """
    several = {own["dimension"] for own in plan.dimensions if len(own["levels"]) > 1}
    rows = [
        (plan.label(name), upper_first(plan.words(name, level)))
        for name, level in found.specification.items()
        if name in several and level
    ]
    table = text_table(pd.DataFrame(rows, columns=["Choice", "Level"]))
    return "\n".join([plan.outcome_label, "", table, "", str(found)])
