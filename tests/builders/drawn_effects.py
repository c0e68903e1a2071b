"""Pooled effects to draw: invented trials with everything a forest plot shows, and what tests read off a figure."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import ArrayLike

from builders.given_effects import effects_of
from synthesis.effects import Effects


def drawable(
    k: int,
    *,
    measure: str = "SMD",
    better: str = "higher",
    yi: ArrayLike | None = None,
    sei: ArrayLike | None = None,
    **columns: ArrayLike,
) -> Effects:
    """Make k effects with arm figures, instruments, time points and risk of bias; the same for the same arguments."""
    rng = np.random.default_rng(7)
    events = measure in ("RR", "OR")
    n = rng.integers(20, 200, k).astype(float)
    vi = 2 / n if sei is None else np.broadcast_to(np.square(sei), k)
    given = {
        "label": [f"Author {i} et al. ({1990 + i})" for i in range(k)],
        "instrument": [
            ("Recovery Assessment Scale", "Questionnaire about the Process of Recovery")[i % 2] for i in range(k)
        ],
        "timepoint_months": [(3.0, 6.0, 12.0, 4.5)[i % 4] for i in range(k)],
        "n_intervention": n,
        "n_comparator": n + 1,
        "mean_intervention": np.full(k, np.nan if events else 52.25),
        "sd_intervention": np.full(k, np.nan if events else 11.5),
        "mean_comparator": np.full(k, np.nan if events else 49.75),
        "sd_comparator": np.full(k, np.nan if events else 12.5),
        "events_intervention": np.full(k, 12.0 if events else np.nan),
        "events_comparator": np.full(k, 15.0 if events else np.nan),
        "change": [""] * k,
        "shared": np.zeros(k, bool),
        "aligned": np.zeros(k, bool),
        "rob": [("low", "some_concerns", "high", "")[i % 4] for i in range(k)],
        "routes": ("events" if events else "means",),
    }
    if yi is None:
        yi = rng.normal(0.2 if better == "higher" else -0.2, 0.3, k)
    return effects_of(yi, vi, measure=measure, better=better, **given | columns)


def texts_of(ax: Axes) -> list[str]:
    """Return every text of a figure that is not empty, line breaks as blanks."""
    return [text.get_text().replace("\n", " ") for text in _texts(ax)]


def by_gid(ax: Axes, gid: str) -> list:
    """Return the artists of axes with this name."""
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def collisions(ax: Axes) -> list[tuple[str, str]]:
    """Return the pairs of level texts whose boxes overlap by more than a hair; a name's leader line is no text."""
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in _texts(ax) if text.get_rotation() == 0]
    found = []
    for (one, a), (other, b) in combinations(boxes, 2):
        width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        # Boxes hold the room for ascenders and descenders, so lines set close overlap by a little without touching.
        if width > 1 and height > 0.3 * min(a.height, b.height):
            found.append((one, other))
    return found


def outside(ax: Axes) -> list[str]:
    """Return the texts that run over the edge of the figure."""
    page = ax.figure.bbox
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in _texts(ax)]
    return [
        text
        for text, box in boxes
        if box.x0 < page.x0 - 1 or box.x1 > page.x1 + 1 or box.y0 < page.y0 - 1 or box.y1 > page.y1 + 1
    ]


def _texts(ax: Axes) -> list[Text]:
    """Return the texts that are seen: matplotlib holds labels for ticks beyond an axis, and for axes that are off."""
    ax.figure.draw_without_rendering()
    unseen = {label for axes in ax.figure.axes for label in _unseen_labels(axes)}
    texts = ax.figure.findobj(Text)
    return [text for text in texts if text.get_visible() and text.get_text().strip() and text not in unseen]


def _unseen_labels(ax: Axes) -> list[Text]:
    found: list[Text] = []
    for axis, place, limits in ((ax.xaxis, 0, ax.get_xlim()), (ax.yaxis, 1, ax.get_ylim())):
        low, high = sorted(limits)
        reach = 1e-9 * (high - low)
        found += [
            label
            for label in axis.get_ticklabels(which="both")
            if not ax.axison or not low - reach <= label.get_position()[place] <= high + reach
        ]
    return found
