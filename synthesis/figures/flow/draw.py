"""Draw a flow diagram: boxes, arrows, phases; what leaves a step stands on another ground, on a phone indented."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from synthesis.answers.coverage import Coverage
from synthesis.evidence import Evidence
from synthesis.figures.flow.data import FlowData, flow_data
from synthesis.figures.flow.layout import (
    HEADING,
    HEADING_LINE,
    LINE,
    PAD,
    PRINT,
    RAIL,
    TITLE,
    FlowLayout,
    Placed,
    narrow_layout,
    wide_layout,
)
from synthesis.figures.parts.inches import axes_of_inches, write
from synthesis.figures.parts.style import INK, NAVY, PALE, PAPER, house_style

HEAD = 0.055  # inches of an arrow's head


def flow_diagram(evidence: Evidence, coverage: Coverage | None = None) -> Axes:
    """Draw the PRISMA 2020 flow diagram of a search.

    Parameters
    ----------
    evidence : Evidence
        Its `search_flow` has the counts.
    coverage : Coverage, optional
        From `map_coverage`; adds what could be used of the trials included.

    Returns
    -------
    matplotlib.axes.Axes
        x and y are inches, y downwards.

    Raises
    ------
    NotEstimableError
        Where nothing was counted.
    SynthesisError
        Where the counts do not add up.

    Examples
    --------
    >>> from synthesis.figures import flow_diagram
    >>> axes = flow_diagram(evidence)
    >>> axes.figure.savefig("flow.png")
    """
    return draw_flow(flow_data(evidence, coverage))


@house_style
def draw_flow(data: FlowData, *, narrow: bool = False) -> Axes:
    """Draw a flow diagram from its data, for a journal's width or for a phone."""
    layout = narrow_layout(data) if narrow else wide_layout(data)
    ax = axes_of_inches(layout.width, layout.height, margin=0.03)
    ax.set(xlim=(0, layout.width), ylim=(layout.height, 0))
    ax.set_axis_off()
    for words, y in layout.notes:
        _say(ax, 0, y, words, HEADING, weight="bold")
    _draw_titles(ax, layout)
    for placed in layout.boxes:
        _draw_box(ax, placed)
    for arrow in layout.arrows:
        _draw_arrow(ax, arrow.corners)
    return ax


def _draw_titles(ax: Axes, layout: FlowLayout) -> None:
    for title in layout.titles:
        ax.add_artist(Rectangle((title.x, title.y), title.width, TITLE, facecolor=NAVY, linewidth=0, gid="arm"))
        look = {"ha": "center", "va": "center", "color": PAPER, "weight": "bold", "size": HEADING}
        write(ax, title.x + title.width / 2, title.y + TITLE / 2, title.words, ax.transData, **look)
    for phase in layout.phases:
        height = phase.bottom - phase.top
        ax.add_artist(Rectangle((0, phase.top), RAIL, height, facecolor=NAVY, linewidth=0, gid="phase"))
        look = {"ha": "center", "va": "center", "rotation": 90, "color": PAPER, "weight": "bold", "size": PRINT}
        write(ax, RAIL / 2, phase.top + height / 2, phase.words, ax.transData, **look)


def _draw_box(ax: Axes, placed: Placed) -> None:
    ground = PALE if placed.aside else PAPER
    look = {"facecolor": ground, "edgecolor": INK, "linewidth": 0.7, "zorder": 2}
    look |= {"gid": "aside" if placed.aside else "box"}
    ax.add_artist(Rectangle((placed.x, placed.y), placed.width, placed.height, **look))
    for text in placed.texts:
        look = {"size": HEADING, "weight": "bold"} if text.heading else {"size": PRINT}
        _say(ax, placed.x + PAD + text.indent, placed.y + text.y, text.words, **look)
        if text.n:
            _say(ax, placed.x + placed.width - PAD, placed.y + text.y, text.n, ha="right", **look)


def _say(ax: Axes, x: float, y: float, words: str, size: float, **look: str) -> None:
    """Set the lines of a text downwards from a place."""
    step = HEADING_LINE if size == HEADING else LINE
    for i, line in enumerate(words.split("\n")):
        write(ax, x, y + (i + 0.5) * step, line, ax.transData, size=size, va="center_baseline", zorder=3, **look)


def _draw_arrow(ax: Axes, corners: tuple[tuple[float, float], ...]) -> None:
    (before_x, before_y), (x, y) = corners[-2:]
    xs, ys = zip(*corners, strict=True)
    ax.add_artist(Line2D(xs, ys, color=INK, linewidth=0.8, zorder=1, gid="arrow", solid_capstyle="butt"))
    away = (HEAD * (x - before_x > 0), HEAD * (y - before_y > 0))
    across = (HEAD * 0.6 * (away[1] > 0), HEAD * 0.6 * (away[0] > 0))
    ends = [
        (x - away[0] - across[0], y - away[1] - across[1]),
        (x, y),
        (x - away[0] + across[0], y - away[1] + across[1]),
    ]
    ax.add_artist(Line2D(*zip(*ends, strict=True), color=INK, linewidth=0.8, zorder=4))
