"""The door to the forestplot package: its rows, squares, whiskers and row texts, without its side effects.

Traps of forestplot 0.4.1, each held off here and tested:

- On import it calls `numpy.seterr(all="ignore")` and `warnings.filterwarnings("ignore")` and sets
  `rcParams["font.monospace"]`.
- A row's label is also its place on a categorical axis, so two rows with one label fall on one line. The rows get keys
  of their own; the labels are put on the ticks afterwards.
- It labels ticks that it has not fixed, so that labels and rows part where ticks are few. They are fixed beforehand.
- Its y limits cut off the top row when there is only one. They are set again by the caller.
- It measures texts through `pyplot.gcf()`, which opens a figure of its own that nobody closes, and whose canvas need
  not be able to measure. A canvas of ours stands in for pyplot during the call.
- It draws labels as mathematics: "$" in a trial's name breaks it. Labels never pass through it.
- It pads the right-hand texts with blanks and sets them at 1.05 times the upper limit, which is left of a negative
  limit and inside a short log axis. The blanks are taken off and the caller moves the texts.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, NullLocator

from synthesis.figures.parts.style import BLUE, FONT, INK, TEXT, new_figure

with np.errstate(), warnings.catch_warnings(), matplotlib.rc_context():
    import forestplot
    from forestplot import graph_utils

_ONE_AT_A_TIME = threading.Lock()


def draw_rows(
    ax: Axes,
    rows: pd.DataFrame,
    *,
    limits: tuple[float, float],
    ticks: Sequence[float],
    tick_labels: Sequence[str],
    log: bool,
) -> list[Text]:
    """Draw rows of estimates with their intervals, the first at the top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    rows : pandas.DataFrame
        estimate, lower, upper (natural scale), area (of the square, in points squared), label, text (to the right).
    limits, ticks, tick_labels
        Of the x axis, on the natural scale.
    log : bool
        Draw a logarithmic axis.

    Returns
    -------
    list of matplotlib.text.Text
        The right-hand texts, in the order of `rows`; row i stands at y = len(rows) - 1 - i.
    """
    k = len(rows)
    frame = rows[["estimate", "lower", "upper", "text"]].reset_index(drop=True)
    frame["key"] = [f"row {i}" for i in range(k)]
    before = len(ax.texts)
    ax.set_yticks(np.arange(k))
    with _ONE_AT_A_TIME:
        pyplot, graph_utils.plt = graph_utils.plt, _stand_in(ax)
        try:
            forestplot.forestplot(
                frame,
                estimate="estimate",
                varlabel="key",
                ll="lower",
                hl="upper",
                form_ci_report=False,
                ci_report=False,
                rightannote=["text"],
                logscale=log,
                flush=False,
                xlim=limits,
                xticks=list(ticks),
                xticklabels=list(tick_labels),
                xtick_size=TEXT,
                xline=None,
                markersize=rows["area"].to_numpy(float)[::-1],
                markercolor=BLUE,
                markeralpha=1.0,
                linecolor=INK,
                lw=1.1,
                fontfamily=FONT,
                fontsize=TEXT,
                ax=ax,
            )
        finally:
            graph_utils.plt = pyplot
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="x", labelfontfamily=FONT)
    ax.set_yticks(np.arange(k), labels=list(rows["label"])[::-1], parse_math=False)
    texts = list(ax.texts[before:])[::-1]
    for text in texts:
        text.set_text(text.get_text().rstrip())
    return texts


def _stand_in(ax: Axes) -> SimpleNamespace:
    """Return what forestplot uses of pyplot: a current figure able to measure texts, and one tick locator."""
    measuring = new_figure(1, 1)
    measuring.set_dpi(ax.get_figure(root=True).dpi)
    return SimpleNamespace(gcf=lambda: measuring, MaxNLocator=MaxNLocator)
