"""One sheet of how fragile a pool is: each trial, year by year, the funnel, and which trials fit badly or move it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthesis.answers.cumulative import Cumulative
from synthesis.answers.fragility_statement import describe_growth, describe_influence
from synthesis.answers.influence import Influence
from synthesis.answers.small_study import SmallStudy
from synthesis.figures.baujat import draw_baujat, furthest
from synthesis.figures.cumulative import CumulativeData, cumulative_data, draw_cumulative, growth_height
from synthesis.figures.funnel import FunnelData, draw_funnel, funnel_data, heading_of
from synthesis.figures.influence.data import InfluenceData, influence_data
from synthesis.figures.influence.draw import draw_influence, draw_narrow_influence, influence_height
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import PHONE, new_figure
from synthesis.tables.fragility import influence_table
from synthesis.wording import count, listed, lower_first, number

WIDTH, EDGE, GAP = 9.8, 0.12, 0.3
LEFT = 5.15
LOWER = 3.1
# On a phone notes take a line more, and names of trials beside the years less room.
NARROW_NOTES, NARROW_NAME = 0.14, 0.95
CAPTION = "{outcome}: each trial, the pool as it grew, the funnel, and the trials that fit badly or move the pool"
ALT = (
    "Four panels on {outcome}. Each trial: {influence} Year by year: {growth} Funnel: benefit against standard error "
    "of {effects}, contours of significance around no difference{pool}. Baujat: furthest out {far}."
)
POOL = ", the pool at {pool}"


@dataclass(frozen=True, eq=False)
class FragilityData:
    """The content of the sheet: that of its panels."""

    influence: InfluenceData
    growth: CumulativeData
    funnel: FunnelData


def fragility_data(influence: Influence, grown: Cumulative, small: SmallStudy) -> FragilityData:
    """Collect what the sheet shows."""
    return FragilityData(influence_data(influence), cumulative_data(grown), funnel_data(small))


def draw_fragility(data: FragilityData) -> Figure:
    """Draw the four panels on one sheet."""
    upper = max(influence_height(data.influence), growth_height(data.growth))
    height = upper + GAP + LOWER + 2 * EDGE
    figure = new_figure(WIDTH, height)

    def space(left: float, bottom: float, width: float, tall: float) -> Axes:
        return figure.add_axes((left / WIDTH, bottom / height, width / WIDTH, tall / height))

    top, right = EDGE + LOWER + GAP, EDGE + LEFT + GAP
    half = (WIDTH - 2 * EDGE - GAP) / 2
    tall = influence_height(data.influence)
    draw_influence(data.influence, ax=space(EDGE, top + upper - tall, LEFT, tall))
    tall = growth_height(data.growth)
    draw_cumulative(data.growth, ax=space(right, top + upper - tall, WIDTH - EDGE - right, tall))
    draw_funnel(data.funnel, ax=space(EDGE, EDGE, half, LOWER))
    draw_baujat(data.influence, ax=space(EDGE + half + GAP, EDGE, half, LOWER))
    return figure


def draw_narrow_fragility(data: FragilityData) -> Figure:
    """Draw the panels for a phone, one beneath the other; the pools without each trial in one of their own."""
    each, growth = influence_height(data.influence), growth_height(data.growth) + NARROW_NOTES
    heights = [each, each + NARROW_NOTES, growth, LOWER, LOWER]
    height = sum(heights) + GAP * (len(heights) - 1) + 2 * EDGE
    figure = new_figure(PHONE, height)
    spaces, top = [], height - EDGE
    for tall in heights:
        box = (EDGE / PHONE, (top - tall) / height, 1 - 2 * EDGE / PHONE, tall / height)
        spaces.append(figure.add_axes(box))
        top -= tall + GAP
    draw_narrow_influence(data.influence, *spaces[:2])
    draw_cumulative(data.growth, ax=spaces[2], longest_name=NARROW_NAME)
    draw_funnel(data.funnel, ax=spaces[3])
    draw_baujat(data.influence, ax=spaces[4])
    return figure


def fragility_table(influence: Influence, small: SmallStudy) -> pd.DataFrame:
    """Return the numbers of the sheet's trials, ready to show: one row an effect.

    Examples
    --------
    >>> from synthesis.figures import fragility_table
    >>> fragility_table(examine_influence(effects), examine_small_studies(effects)).columns.tolist()
    ['Trial', 'Benefit', 'Standard error', 'Studentised residual', "Cook's distance", 'Leverage',
    'DFBETAS', 'tau2 without', 'SMD without (95% CI)', 'Past a usual line', 'Squared residual',
    'Influence on the pool']
    """
    return _table(influence_data(influence), funnel_data(small))


def _table(data: InfluenceData, funnel: FunnelData) -> pd.DataFrame:
    table = influence_table(data.found)
    turn = funnel.found.turn if funnel.scale.ratio else 1.0
    table.insert(1, heading_of(funnel), [funnel.scale.text(turn * benefit) for benefit in funnel.points["benefit"]])
    table.insert(2, "Standard error", funnel.points["sei"].map(number))
    baujat_y = data.rows["baujat_y"].map(number)
    return table.assign(**{"Squared residual": data.rows["baujat_x"].map(number), "Influence on the pool": baujat_y})


def alt_of_fragility(data: FragilityData) -> str:
    """Say what the sheet shows, panel by panel, from its data; each panel of its own says more."""
    found = data.funnel.found
    turn = found.turn if data.funnel.scale.ratio else 1.0
    return ALT.format(
        outcome=lower_first(found.effects.outcome_label),
        influence=describe_influence(data.influence.found)[0],
        growth=describe_growth(data.growth.found),
        effects=count(len(data.funnel.points), "effect"),
        pool="" if np.isnan(data.funnel.pool) else POOL.format(pool=data.funnel.scale.text(turn * data.funnel.pool)),
        far=listed(list(furthest(data.influence)["label"])),
    )


def show_fragility(influence: Influence, grown: Cumulative, small: SmallStudy) -> ShownFigure:
    """Show the sheet with its alternative text, its caption and its table.

    Parameters
    ----------
    influence : Influence
        From `examine_influence`.
    grown : Cumulative
        From `accumulate`.
    small : SmallStudy
        From `examine_small_studies`; all three of the same effects.

    Examples
    --------
    >>> from synthesis.figures import show_fragility
    >>> grown = accumulate(effects.with_moderators(evidence.trials[["trial", "year"]]))
    >>> show_fragility(examine_influence(effects), grown, examine_small_studies(effects)).caption
    'Personal recovery: each trial, the pool as it grew, the funnel, and the trials that fit badly
    or move the pool'
    """
    data = fragility_data(influence, grown, small)
    return show(
        Drawn(draw_fragility, data),
        alt=alt_of_fragility(data),
        caption=CAPTION.format(outcome=small.effects.outcome_label),
        table=_table(data.influence, data.funnel),
        narrow=Drawn(draw_narrow_fragility, data),
    )
