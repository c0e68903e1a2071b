"""The influence panel with its alternative text, its caption and its table, all from the same data."""

from __future__ import annotations

from synthesis.answers.fragility_statement import describe_influence
from synthesis.answers.influence import Influence
from synthesis.figures.influence.data import InfluenceData, influence_data
from synthesis.figures.influence.draw import draw_influence
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.tables.fragility import influence_table
from synthesis.wording import count, lower_first

ALT = "Influence of {effects} on the pool of {outcome}. {said}"
CAPTION = "{outcome}: what each effect does to the pool, and the pool without its trial"


def influence_alt_text(found: Influence) -> str:
    """Say what the influence panel shows: what hangs on one trial, and what is past the usual lines.

    Parameters
    ----------
    found : Influence

    Examples
    --------
    >>> from synthesis.figures import influence_alt_text
    >>> print(influence_alt_text(examine_influence(effects)))
    Influence of 17 effects on the pool of personal recovery. Without any one trial the average
    lies between 0.19 and 0.23, and what the interval says stays the same. Further than 1.96
    standard errors from what the others predict: Davidson et al. (2004) (−2.58) and Tinland et al.
    (2022) (2.02). Of 17 effects about 0.9 would be by chance. None passes the usual lines ...
    """
    return alt_of_influence(influence_data(found))


def alt_of_influence(data: InfluenceData) -> str:
    """Say what the influence panel shows, from its data."""
    return ALT.format(
        effects=count(len(data.rows), "effect"),
        outcome=lower_first(data.found.effects.outcome_label),
        said=" ".join(describe_influence(data.found)),
    )


def show_influence(found: Influence) -> ShownFigure:
    """Show the influence panel with its alternative text, its caption and its table.

    Examples
    --------
    >>> from synthesis.figures import show_influence
    >>> show_influence(examine_influence(effects)).caption
    'Personal recovery: what each effect does to the pool, and the pool without its trial'
    """
    data = influence_data(found)
    caption = CAPTION.format(outcome=found.effects.outcome_label)
    return show(Drawn(draw_influence, data), alt=alt_of_influence(data), caption=caption, table=influence_table(found))
