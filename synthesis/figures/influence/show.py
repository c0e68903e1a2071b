"""The influence panel with its alternative text, its caption and its table, all from the same data."""

from __future__ import annotations

from synthesis.answers.fragility_statement import describe_influence
from synthesis.answers.influence import Influence
from synthesis.figures.influence.data import InfluenceData, influence_data
from synthesis.figures.influence.draw import draw_influence
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
    """Show the influence panel with its alternative text, its caption and its table."""
    data = influence_data(found)
    caption = CAPTION.format(outcome=found.effects.outcome_label)
    return show(draw_influence(data), alt=alt_of_influence(data), caption=caption, table=influence_table(found))
