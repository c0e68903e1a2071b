"""The flow diagram with its alternative text and its nested list; a sentence where it cannot be drawn."""

from __future__ import annotations

import numpy as np

from synthesis.answers.coverage import Coverage
from synthesis.errors import NotEstimableError, SynthesisError
from synthesis.evidence import Evidence
from synthesis.figures.flow.data import NOT_COUNTED, Box, FlowData, flow_data
from synthesis.figures.flow.draw import draw_flow
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.markup import Item
from synthesis.tables.show import TextView, show_text
from synthesis.wording import number

CAPTION = "How trials were found and which were included (PRISMA 2020 flow)"
ALT = "Flow diagram from identification to inclusion. {notes}{boxes}"
BOX, LINE = "{heading} {total}", "{words} {n}"
IN_ARM = "{arm}: {boxes}."


def show_flow(evidence: Evidence, coverage: Coverage | None = None) -> ShownFigure | TextView:
    """Show the flow diagram of the search with its numbers as a nested list.

    Parameters
    ----------
    evidence : Evidence
    coverage : Coverage, optional
        From `map_coverage`; adds what could be used of the trials included.

    Returns
    -------
    ShownFigure or TextView
        A sentence instead where nothing was counted or the counts do not add up.

    Examples
    --------
    >>> from synthesis.figures import show_flow
    >>> show_flow(evidence).caption
    'How trials were found and which were included (PRISMA 2020 flow)'
    """
    try:
        data = flow_data(evidence, coverage)
    except (NotEstimableError, SynthesisError) as refused:
        return show_text(str(refused))
    return show(
        Drawn(draw_flow, data),
        alt=_alt_text(data),
        caption=CAPTION,
        narrow=Drawn(draw_flow, data, narrow=True),
        outline=_outline(data),
    )


def flow_alt_text(evidence: Evidence, coverage: Coverage | None = None) -> str:
    """Say what a flow diagram shows, box by box with every count.

    Parameters
    ----------
    evidence, coverage
        As in `show_flow`.

    Examples
    --------
    >>> from synthesis.figures import flow_alt_text
    >>> print(flow_alt_text(evidence))
    Flow diagram from identification to inclusion. Not a systematic search: no database was
    searched, so trials may be missing. Databases and registers: nothing was found or counted
    there. Other methods: Identified 206 (Records from websites (not counted apart) 0; Records from
    organisations (not counted apart) 0; Studies identified through published reviews and ...
    """
    return _alt_text(flow_data(evidence, coverage))


def _alt_text(data: FlowData) -> str:
    groups = [IN_ARM.format(arm=arm.heading, boxes="; ".join(map(_said, arm.boxes))) for arm in data.arms]
    others = [*([data.previous] if data.previous else []), *data.included]
    groups += [f"{_said(box)}." for box in others]
    return ALT.format(notes="".join(f"{note} " for note in data.notes), boxes=" ".join(groups))


def _said(box: Box) -> str:
    """Say a box in a phrase: its heading with the total, its lines with theirs."""
    heading, lines = _item(box)
    return f"{heading} ({'; '.join(line.text for line in lines)})" if lines else heading


def _outline(data: FlowData) -> tuple[Item, ...]:
    arms = [Item(arm.heading, tuple(map(_item, arm.boxes))) for arm in data.arms]
    before = [_item(data.previous)] if data.previous else []
    return (*map(Item, data.notes), *before, *arms, *map(_item, data.included))


def _item(box: Box) -> Item:
    lines = tuple(Item(LINE.format(words=line.words, n=_count(line.n))) for line in box.lines)
    total = box.total if box.adds else np.nan
    heading = box.heading if np.isnan(total) else BOX.format(heading=box.heading, total=number(total, 0))
    return Item(heading, lines)


def _count(n: float) -> str:
    return NOT_COUNTED if np.isnan(n) else number(n, 0)
