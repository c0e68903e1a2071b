"""Risk-of-bias judgements as signs that need no colour: a letter in a shape, ordered from light to dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform

from synthesis.evidence.vocabulary import JUDGEMENTS, NOT_JUDGED
from synthesis.figures.parts.inches import UNCLIPPED, write
from synthesis.figures.parts.style import INK, NAVY, PAPER, SMALL
from synthesis.wording import MISSING


@dataclass(frozen=True)
class Sign:
    """How one judgement is shown: its letter, the shape around it and the words in the legend."""

    letter: str
    marker: str
    fill: str
    ink: str
    words: str


SIGNS = {
    "low": Sign("L", "o", PAPER, INK, JUDGEMENTS["low"].words),
    "some_concerns": Sign("S", "D", "#F0C35A", INK, JUDGEMENTS["some_concerns"].words),
    "unclear": Sign("U", "D", "#F0C35A", INK, JUDGEMENTS["unclear"].words),
    "high": Sign("H", "s", NAVY, PAPER, JUDGEMENTS["high"].words),
    "": Sign(MISSING, "", PAPER, INK, NOT_JUDGED),
}


def draw_sign(ax: Axes, judgement: str, x: float, y: float, transform: Transform) -> list[Artist]:
    """Draw the sign of a judgement at a point; returns its artists, the shape (where there is one) first."""
    sign = SIGNS[judgement]
    # A diamond of the same nominal size looks larger than a disc or square and leaves its letter less room.
    size = {"o": 11.0, "D": 9.0, "s": 10.0}.get(sign.marker, 0)
    artists: list[Artist] = []
    if sign.marker:
        shape = Line2D(
            [x],
            [y],
            marker=sign.marker,
            markersize=size,
            markerfacecolor=sign.fill,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            linestyle="none",
            transform=transform,
            clip_on=False,
            clip_path=UNCLIPPED,
            zorder=3,
        )
        artists.append(ax.add_artist(shape))
    look = {"size": SMALL, "weight": "bold" if sign.marker else "normal", "color": sign.ink}
    place = {"ha": "center", "va": "center_baseline", "zorder": 4}
    artists.append(write(ax, x, y, sign.letter, transform, **look, **place))
    return artists


def signs_used(judgements: Sequence[str]) -> list[str]:
    """Return the distinct judgements in the order of the legend."""
    return [name for name in SIGNS if name in set(judgements)]
