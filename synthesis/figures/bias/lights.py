"""Traffic lights of bias: a row a trial, a column a domain, each judgement a letter in a shape; forty rows a page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from synthesis.evidence.vocabulary import DOMAIN_WORDS, OVERALL, TOOLS
from synthesis.figures.bias.data import BiasData
from synthesis.figures.parts.inches import axes_of_inches, write
from synthesis.figures.parts.risk_of_bias import SIGNS, draw_sign
from synthesis.figures.parts.style import (
    FAINT,
    INK,
    JOURNAL,
    MUTED,
    PHONE,
    house_style,
    shorten_label,
    text_width,
    wrap,
)
from synthesis.wording import percent, upper_first

MOST_ROWS = 40
SIZE, HEAD_SIZE = 8.0, 7.0
ROW, LINE = 0.22, 0.13
HEADING = 0.22
WEIGHT = 0.55
CELL = {False: 0.74, True: 0.31}  # inches of a column at most, on a phone or not
LABEL = 1.75
LEGEND = 0.24
WEIGHT_HEAD = "Weight"
CONTINUED = "{tool}, continued"
KEY = "{number}  {words}"
OVERALL_SHORT = "All"


@dataclass(frozen=True)
class Page:
    """The rows of one picture: of each block in it, from which row to which.

    Attributes
    ----------
    parts : tuple of (int, int, int)
        Block, first row, row after the last.
    """

    parts: tuple[tuple[int, int, int], ...]


def pages_of(data: BiasData) -> list[Page]:
    """Part the rows of all blocks into pages of at most forty rows."""
    pages: list[list[tuple[int, int, int]]] = [[]]
    room = MOST_ROWS
    for i, block in enumerate(data.blocks):
        start = 0
        while start < len(block.labels):
            if room == 0:
                pages.append([])
                room = MOST_ROWS
            end = min(len(block.labels), start + room)
            pages[-1].append((i, start, end))
            room, start = room - (end - start), end
    return [Page(tuple(parts)) for parts in pages if parts]


@house_style
def draw_lights(data: BiasData, page: Page, *, narrow: bool = False) -> Axes:
    """Draw a page of traffic lights for a journal's width, or for a phone with numbered domains and a key.

    Parameters
    ----------
    data : BiasData
    page : Page
        From `pages_of`.
    narrow : bool

    Returns
    -------
    matplotlib.axes.Axes
        x and y are inches, y downwards.
    """
    width = PHONE if narrow else JOURNAL
    heights = [_head_height(data, part, narrow=narrow) + ROW * (part[2] - part[1]) + 0.12 for part in page.parts]
    used = [code for code in SIGNS if any((_shown(data, part) == code).any(axis=None) for part in page.parts)]
    whole = sum(heights) + LEGEND * _legend_lines(used, width)
    ax = axes_of_inches(width, whole, margin=0.05)
    ax.set(xlim=(0, width), ylim=(whole, 0))
    ax.set_axis_off()
    y = 0.0
    for part, height in zip(page.parts, heights, strict=True):
        _draw_part(ax, data, part, y, width, narrow=narrow)
        y += height
    _draw_legend(ax, used, y, width)
    return ax


def _shown(data: BiasData, part: tuple[int, int, int]) -> pd.DataFrame:
    i, first, last = part
    return data.blocks[i].judgements.iloc[first:last]


def _columns(data: BiasData, part: tuple[int, int, int], width: float, *, narrow: bool) -> tuple[float, list[float]]:
    """Return the inches of a column and the middles of all."""
    domains = len(data.blocks[part[0]].judgements.columns)
    cell = min(CELL[narrow], (width - (1.2 if narrow else LABEL + WEIGHT)) / domains)
    start = width - cell * domains
    return cell, [start + cell * (i + 0.5) for i in range(domains)]


def _heads(data: BiasData, part: tuple[int, int, int], cell: float, *, narrow: bool) -> list[str]:
    domains = data.blocks[part[0]].judgements.columns
    if narrow:
        return [OVERALL_SHORT if name == OVERALL else str(i) for i, name in enumerate(domains, 1)]
    return [wrap(upper_first(DOMAIN_WORDS[name]), cell - 0.05, size=HEAD_SIZE) for name in domains]


def _key(data: BiasData, part: tuple[int, int, int]) -> list[str]:
    """Say what the numbers above the columns mean."""
    domains = data.blocks[part[0]].judgements.columns
    return [KEY.format(number=i, words=DOMAIN_WORDS[name]) for i, name in enumerate(domains, 1) if name != OVERALL]


def _head_height(data: BiasData, part: tuple[int, int, int], *, narrow: bool) -> float:
    cell, _ = _columns(data, part, PHONE if narrow else JOURNAL, narrow=narrow)
    lines = max(head.count("\n") + 1 for head in _heads(data, part, cell, narrow=narrow))
    return HEADING + LINE * (lines + (len(_key(data, part)) + 1 if narrow else 0)) + 0.1


def _draw_part(ax: Axes, data: BiasData, part: tuple[int, int, int], y: float, width: float, *, narrow: bool) -> None:
    i, first, last = part
    block = data.blocks[i]
    tool = (CONTINUED if first else "{tool}").format(tool=TOOLS[block.tool])
    write(ax, 0, y + HEADING / 2, tool, ax.transData, size=SIZE, weight="bold", va="center_baseline")
    cell, middles = _columns(data, part, width, narrow=narrow)
    for n, key in enumerate(_key(data, part) if narrow else ()):
        write(ax, 0, y + HEADING + LINE * (n + 0.5), key, ax.transData, size=HEAD_SIZE, va="center_baseline")
    top = y + _head_height(data, part, narrow=narrow)
    for x, head in zip(middles, _heads(data, part, cell, narrow=narrow), strict=True):
        for n, line in enumerate(reversed(head.split("\n"))):
            look = {"size": HEAD_SIZE, "ha": "center", "va": "center_baseline"}
            write(ax, x, top - 0.06 - LINE * (n + 0.5), line, ax.transData, **look)
    edge = middles[0] - cell / 2 - 0.1
    if not narrow:
        look = {"size": HEAD_SIZE, "ha": "right", "va": "center_baseline"}
        write(ax, edge, top - 0.06 - LINE / 2, WEIGHT_HEAD, ax.transData, **look)
    ax.add_artist(Line2D([0, width], [top, top], color=INK, linewidth=0.8))
    room, size = (edge + 0.08, HEAD_SIZE) if narrow else (edge - WEIGHT - 0.02, SIZE)
    for n, (trial, row) in enumerate(block.judgements.iloc[first:last].iterrows()):
        middle = top + ROW * (n + 0.5)
        label = shorten_label(data.labels[trial], room, size=size)
        write(ax, 0, middle, label, ax.transData, size=size, va="center_baseline")
        if not narrow:
            look = {"size": HEAD_SIZE, "ha": "right", "va": "center_baseline", "color": MUTED}
            write(ax, edge, middle, percent(data.weights[trial], 1), ax.transData, **look)
        for x, code in zip(middles, row, strict=True):
            draw_sign(ax, code, x, middle, ax.transData)
        line = Line2D([0, width], [top + ROW * (n + 1)] * 2, color=FAINT, linewidth=0.6)
        ax.add_artist(line)


def _legend_places(codes: list[str], width: float) -> list[tuple[str, float, int]]:
    places, x, line = [], 0.0, 0
    for code in codes:
        own = 0.22 + text_width(SIGNS[code].words, size=SIZE) + 0.25
        if x and x + own > width:
            x, line = 0.0, line + 1
        places.append((code, x, line))
        x += own
    return places


def _legend_lines(codes: list[str], width: float) -> int:
    return _legend_places(codes, width)[-1][2] + 1


def _draw_legend(ax: Axes, codes: list[str], y: float, width: float) -> None:
    for code, x, line in _legend_places(codes, width):
        middle = y + LEGEND * (line + 0.5)
        draw_sign(ax, code, x + 0.09, middle, ax.transData)
        write(ax, x + 0.24, middle, SIGNS[code].words, ax.transData, size=SIZE, va="center_baseline")
