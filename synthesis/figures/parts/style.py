"""The look shared by every figure: colours, sizes, how wide a text is, and a canvas that no global state knows.

The colours are told apart by lightness first, so that a grey-scale print keeps them; text has a contrast of at least
4.5 : 1 against what it stands on and lines at least 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11). Colour never means alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from synthesis.figures.parts.letters import FONT, FONT_SCALE, letters_of

INK = "#1A1A1A"
MUTED = "#555555"
LINE = "#808080"
FAINT = "#D9D9D9"
PAPER = "#FFFFFF"
BLUE = "#2F6690"
NAVY = "#0B3A5B"
SKY = "#A9C8DC"
PALE = "#E4EEF4"
RUST = "#A8480C"

TEXT = 8.5
SMALL = 7.0
HEADING = 9.5

JOURNAL, PHONE = 6.9, 3.6  # inches: two columns of a journal; the width of a phone at 96 pixels an inch

POINTS = 72.0
HINTING = 1.06

_RC = {
    "font.family": [FONT],
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.usetex": False,
    "hatch.linewidth": 0.6,
}

P = ParamSpec("P")
R = TypeVar("R")


def house_style(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under the house's settings and give the caller's rcParams back afterwards."""

    @wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(_RC):
            return draw(*args, **kwargs)

    return wrapped


def new_figure(width: float, height: float) -> Figure:
    """Return a figure of this size in inches that pyplot does not know, so that nothing has to be closed."""
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


@lru_cache(maxsize=8192)
def text_width(text: str, *, size: float = TEXT, bold: bool = False) -> float:
    """Return the width of the longest line of a text in inches, without needing a canvas.

    A little is added, because hinting makes text on a coarse pixel grid wider than its outlines.
    """
    letters, scale = letters_of("bold" if bold else "normal"), size / FONT_SCALE
    widths = (letters.extent(line)[0] / 64 * scale for line in text.split("\n") if line.strip())
    return HINTING * max(widths, default=0.0) / POINTS


def shorten(text: str, width: float, *, size: float = TEXT) -> str:
    """Cut a text to a width in inches, with an ellipsis; the whole text stands in the figure's table."""
    if text_width(text, size=size) <= width:
        return text
    while text and text_width(f"{text}…", size=size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def shorten_label(label: str, width: float, *, size: float = TEXT) -> str:
    """Cut a trial's label to a width in inches, and keep its year: "van Gestel-Timm… (2012)"."""
    name, bracket, year = label.rpartition(" (")
    if not name or text_width(label, size=size) <= width:
        return shorten(label, width, size=size)
    end = f"{bracket}{year}"
    return f"{shorten(name, max(width - text_width(end, size=size), 0.3), size=size)}{end}"


def wrap(text: str, width: float, *, size: float = TEXT, bold: bool = False) -> str:
    """Break a text at blanks into lines no wider than a width in inches; a longer word stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size=size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
