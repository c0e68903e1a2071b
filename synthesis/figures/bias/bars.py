"""Bars of bias: of each domain the share of the pool's weight at each judgement, what nobody judged hatched."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from synthesis.evidence.vocabulary import DOMAIN_WORDS, TOOLS
from synthesis.figures.bias.data import NOBODY, BiasData
from synthesis.figures.parts.inches import axes_of_inches, write
from synthesis.figures.parts.risk_of_bias import SIGNS
from synthesis.figures.parts.style import INK, JOURNAL, LINE, MUTED, PAPER, PHONE, house_style, text_width, wrap
from synthesis.wording import percent, upper_first

SIZE = 8.0
BAR, ROW, LABEL_LINE = 0.2, 0.3, 0.14
TOOL = 0.26
LABEL = 2.3  # inches of the labels at a journal's width; on a phone they stand above the bars
AXIS, LEGEND = 0.4, 0.22
HATCH = "//////"
JUDGED_WITH = "{tool}: {judged} of {trials} trials"
SHARE_OF_WEIGHT = "share of the pool's weight"
LETTER_AND_SHARE = "{letter} {share}"


@house_style
def draw_bars(data: BiasData, *, narrow: bool = False) -> Axes:
    """Draw the bars for a journal's width, or for a phone with the labels above them.

    Parameters
    ----------
    data : BiasData
    narrow : bool

    Returns
    -------
    matplotlib.axes.Axes
        x and y are inches, y downwards.
    """
    width, left = (PHONE, 0.0) if narrow else (JOURNAL, LABEL)
    rows = _rows(data, left)
    used = [code for code in SIGNS if any(code in shares for _, _, shares in data.bars)]
    entries = _legend(used, width)
    bottom = rows[-1][1] + ROW
    ax = axes_of_inches(width, bottom + AXIS + LEGEND * (1 + entries[-1][2]), margin=0.05)
    ax.set(xlim=(0, width), ylim=(bottom + AXIS + LEGEND * (1 + entries[-1][2]), 0))
    ax.set_axis_off()
    span = width - left - 0.02
    for tick in range(0, 101, 25):
        x = left + span * tick / 100
        ax.add_artist(Rectangle((x, 0), 0, bottom, edgecolor=LINE, linewidth=0.5, zorder=0))
        side = {0: "left", 100: "right"}.get(tick, "center")
        write(ax, x, bottom + 0.09, percent(tick), ax.transData, size=SIZE - 0.5, ha=side, va="center_baseline")
    write(ax, left + span / 2, bottom + 0.25, SHARE_OF_WEIGHT, ax.transData, size=SIZE - 0.5, ha="center", color=MUTED)
    for words, y, shares, lines in rows:
        if shares is None:
            ground = {
                "facecolor": PAPER,
                "edgecolor": "none",
                "pad": 0.6,
            }  # a line of the scale would cross a long name
            look = {"size": SIZE, "weight": "bold", "va": "center_baseline", "bbox": ground}
            write(ax, 0, y, words, ax.transData, **look)
            continue
        for i, line in enumerate(lines):
            middle = y - LABEL_LINE * (len(lines) - i - 0.5) - 0.02 if narrow else y
            middle += 0 if narrow else LABEL_LINE * (i - (len(lines) - 1) / 2) + BAR / 2
            write(ax, 0, middle, line, ax.transData, size=SIZE, va="center_baseline")
        _draw_bar(ax, shares, left, y, span)
    for code, x, line in entries:
        y = bottom + AXIS + LEGEND * line + 0.06
        _draw_piece(ax, code, x, y, 0.24, 0.14)
        write(ax, x + 0.3, y + 0.07, _legend_words(code), ax.transData, size=SIZE, va="center_baseline")
    return ax


def _rows(data: BiasData, left: float) -> list[tuple[str, float, dict[str, float] | None, list[str]]]:
    """Return what stands on each row, with the place of its bar's upper edge: headings of tools, bars with labels."""
    rows, y, before = [], 0.05, ""
    for tool, domain, shares in data.bars:
        if tool and tool != before:
            judged = next(block.n_judged for block in data.blocks if block.tool == tool)
            heading = JUDGED_WITH.format(tool=TOOLS[tool], judged=judged, trials=len(data.weights))
            rows.append((heading, y + TOOL / 2, None, []))
            y, before = y + TOOL, tool
        room = (left - 0.12) if left else PHONE
        lines = wrap(upper_first(DOMAIN_WORDS[domain]), room, size=SIZE).split("\n")
        y += 0.0 if left else LABEL_LINE * len(lines) + 0.02
        rows.append((domain, y, shares, lines))
        y += max(ROW, LABEL_LINE * len(lines) + 0.06) if left else ROW
    return rows


def _draw_bar(ax: Axes, shares: dict[str, float], left: float, y: float, span: float) -> None:
    x = left
    for code in (code for code in SIGNS if code in shares):
        width = span * shares[code] / 100
        _draw_piece(ax, code, x, y, width, BAR)
        letter = SIGNS[code].letter if code else ""
        both = LETTER_AND_SHARE.format(letter=letter, share=percent(shares[code])).strip()
        texts = [both, letter]  # a share alone would not say whose it is: S and U have one colour
        fitting = next((text for text in texts if text and text_width(text, size=SIZE - 0.5) < width - 0.06), "")
        if fitting:
            look = {"ha": "center", "va": "center_baseline", "size": SIZE - 0.5, "color": SIGNS[code].ink, "zorder": 4}
            # A hatched ground would cross the figures out.
            look |= {} if code else {"bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}}
            write(ax, x + width / 2, y + BAR / 2, fitting, ax.transData, **look)
        x += width


def _draw_piece(ax: Axes, code: str, x: float, y: float, width: float, height: float) -> None:
    look = {"facecolor": SIGNS[code].fill, "edgecolor": INK, "linewidth": 0.7, "zorder": 2, "gid": f"share {code}"}
    look |= {"hatch": HATCH, "edgecolor": MUTED} if code == NOBODY else {}
    ax.add_artist(Rectangle((x, y), width, height, **look))


def _legend(codes: list[str], width: float) -> list[tuple[str, float, int]]:
    """Return each entry of the legend with its place across and its line."""
    entries, x, line = [], 0.0, 0
    for code in codes:
        own = 0.3 + text_width(_legend_words(code), size=SIZE) + 0.2
        if x and x + own > width:
            x, line = 0.0, line + 1
        entries.append((code, x, line))
        x += own
    return entries


def _legend_words(code: str) -> str:
    sign = SIGNS[code]
    return f"{sign.letter}  {sign.words}" if code else sign.words
