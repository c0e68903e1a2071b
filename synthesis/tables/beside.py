"""What stands beside the main analysis, laid out for a terminal."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.bayes import POOL, SLOPE, BayesAnswer, describe_bayes
from synthesis.answers.direction_only import WithDirections, describe_directions
from synthesis.evidence.vocabulary import directions_in_words
from synthesis.tables.terminal import text_table
from synthesis.wording import months, number, share

DIRECTIONS = "{outcome}: benefit ({measure}) with the results that only say a direction"
MODEL = "Maximum likelihood, {level} profile intervals; positive benefit favours {intervention}"
BAYES = "{outcome}: benefit ({measure}) by Bayes"
FACTORS = "Bayes factors against the standard deviation of their prior (above 1: for an effect or a slope)"


def directions_text(found: WithDirections) -> str:
    """Lay out pool and slope without and with the results that only say a direction.

    Examples
    --------
    >>> from synthesis.tables import directions_text
    >>> print(directions_text(with_directions(effects, scores, evidence)))
    Personal recovery: benefit (SMD) with the results that only say a direction
    Maximum likelihood, 95% profile intervals; positive benefit favours peer support
    <BLANKLINE>
                                                                    From ...
    --------------------------------------------------------------------------------------------...
    Average benefit                                                 results with numbers ...
    Average benefit                                                 and those that only say a ...
    ...
    """
    effects = found.effects
    lines = [
        DIRECTIONS.format(outcome=effects.outcome_label, measure=effects.measure),
        MODEL.format(level=share(found.level), intervention=effects.names.intervention),
        "",
        text_table(found.shown()),
        "",
        *([text_table(_added(found)), ""] if len(found.directions.frame) else []),
        describe_directions(found),
    ]
    return "\n".join(lines)


def bayes_text(answer: BayesAnswer) -> str:
    """Lay out pool and slope by Bayes, with the Bayes factors over their priors' scale.

    Examples
    --------
    >>> from synthesis.tables import bayes_text
    >>> print(bayes_text(bayes_answer(effects, scores)))
    Personal recovery: benefit (SMD) by Bayes
    <BLANKLINE>
    Bayes factors against the standard deviation of their prior (above 1: for an effect or a slope)
    <BLANKLINE>
    Prior SD  Average, against none  Slope, against none
    ----------------------------------------------------
        0.05                     11                 0.99
    ...
    """
    shown = answer.shown()
    stated = [answer.is_stated(model) for model in (POOL, SLOPE)]
    columns = [True, *stated]
    lines = [BAYES.format(outcome=answer.effects.outcome_label, measure=answer.effects.measure), ""]
    if any(stated):
        lines += [FACTORS, "", text_table(shown.loc[:, columns]), ""]
    return "\n".join([*lines, describe_bayes(answer)])


def _added(found: WithDirections) -> pd.DataFrame:
    """Return each result that only says a direction, with the people its standard error follows from."""
    rows, words = found.directions.frame, directions_in_words(found.effects.names)
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            "Only says": rows["reported_direction"].map({code: direction.noun for code, direction in words.items()}),
            "Month": rows["timepoint_months"].map(months),
            "People": rows["n"].map(lambda n: number(n, 0)),
            "SE": rows["sei"].map(number),
        }
    )
