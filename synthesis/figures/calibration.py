"""Type I error by simulation: each test's share of false findings, a row an outcome and a true heterogeneity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from synthesis.answers.calibration.results import Calibration
from synthesis.choices import LEVEL
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.inches import across, from_edge, write
from synthesis.figures.parts.marks import draw_null_line
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import (
    BLUE,
    FAINT,
    HEADING,
    INK,
    LINE,
    MUTED,
    NAVY,
    PAPER,
    PHONE,
    RUST,
    SKY,
    SMALL,
    TEXT,
    house_style,
    new_figure,
    text_width,
    wrap,
)
from synthesis.tables.calibration import TESTS, type_one_table
from synthesis.tables.show import TextView, show_text
from synthesis.wording import number, share

ROW, HEAD, FOOT, NOTE, EDGE, GAP, BETWEEN = 0.24, 0.74, 0.52, 0.16, 0.12, 0.2, 0.12
PLOT = 4.6
# Marker, colour of its edge and its face: told apart by shape.
LOOKS = {
    "wald": ("^", RUST, PAPER),
    "knapp_hartung": ("s", BLUE, PAPER),
    "floor": ("o", NAVY, NAVY),
    "permutation": ("D", LINE, SKY),
    "detected": ("X", INK, INK),
}
NOMINAL = round(1 - LEVEL, 6)
HEADING_TEXT = "How often a slope is found that is not there"
AXIS = "simulated reviews in which the test rejects (type I error)"
CAPTION = (
    "Type I error of the tests of a slope on fidelity, as described, by outcome and true heterogeneity between trials"
)
ROW_LABEL = "τ² {tau2:g}"
NOTES = (
    "The line marks the {nominal} allowed. Bars: twice the Monte-Carlo error either way. Detected: the interval that "
    "is never narrower than Wald's and the permutation both reject."
)
ALT = "{caption}: {rows}. {nominal} are allowed."
SAID = "{label} at tau2 {tau2:g}: {tests}"


@dataclass(frozen=True, eq=False)
class CalibrationData:
    """The content of the picture.

    Attributes
    ----------
    rows : pandas.DataFrame
        label, tau2, then value and error of each test as `<test>` and `<test>_error`; nan where it was not run.
    tests : list of str
        Those that were run.
    """

    rows: pd.DataFrame
    tests: list[str]

    @property
    def most(self) -> float:
        """The end of the axis."""
        ends = [self.rows[test] + 2 * self.rows[f"{test}_error"] for test in self.tests]
        return 1.05 * max(2 * NOMINAL, *(float(end.max()) for end in ends))

    @property
    def first(self) -> np.ndarray:
        """Whether a row is the first of its outcome."""
        return self.rows["label"].ne(self.rows["label"].shift()).to_numpy(bool)

    def places(self, *, narrow: bool = False) -> np.ndarray:
        """Return where each row stands, in inches from the top: outcomes are set apart, on a phone by their names."""
        outcomes = self.first.cumsum()
        apart = outcomes * ROW if narrow else (outcomes - 1) * BETWEEN
        return (np.arange(len(self.rows)) + 0.5) * ROW + apart


def calibration_data(found: Calibration) -> CalibrationData:
    """Collect what the picture shows: the tests of a slope on the score as described, where the true slope is none."""
    frame = found.to_frame()
    own = frame[frame["kind"].eq("slope") & frame["score"].eq("described") & frame["slope"].eq(0)]
    own = own[own["quantity"].eq("rejected")]
    tests = [test for test in TESTS if own["test"].eq(test).any()]
    wide = own.pivot_table(index=["label", "tau2"], columns="test", values=["value", "mc_error"], sort=False)
    rows = wide.index.to_frame(index=False)
    for test in tests:
        rows[test], rows[f"{test}_error"] = wide["value", test].to_numpy(), wide["mc_error", test].to_numpy()
    return CalibrationData(rows, tests)


def show_calibration(found: Calibration | None) -> ShownFigure | TextView:
    """Show how often each test of a slope finds one that is not there.

    Parameters
    ----------
    found : Calibration or None
        From `calibrate` or `read_calibration`.

    Returns
    -------
    ShownFigure or TextView
        Nothing at all where no slope was simulated.

    Examples
    --------
    >>> from synthesis.figures import show_calibration
    >>> show_calibration(read_calibration(evidence)).caption
    'Type I error of the tests of a slope on fidelity, as described, by outcome and true
    heterogeneity between trials'
    """
    data = None if found is None or not found.cells else calibration_data(found)
    if found is None or data is None or data.rows.empty:
        return show_text()
    return show(
        Drawn(draw_calibration, data),
        alt=alt_of_calibration(data),
        caption=CAPTION,
        table=type_one_table(found),
        narrow=Drawn(draw_calibration, data, narrow=True),
    )


def alt_of_calibration(data: CalibrationData) -> str:
    """Say every row of the picture in words."""
    said = []
    for row in data.rows.to_dict("records"):
        tests = [f"{TESTS[test]} {_percent(row[test])}" for test in data.tests if np.isfinite(row[test])]
        said.append(SAID.format(label=row["label"], tau2=row["tau2"], tests=", ".join(tests)))
    return ALT.format(caption=CAPTION, rows="; ".join(said), nominal=share(NOMINAL))


@house_style
def draw_calibration(data: CalibrationData, *, narrow: bool = False) -> Figure:
    """Draw the picture from its data; narrow for a phone, with the outcomes' names above their rows."""
    places = data.places(narrow=narrow)
    depth = float(places[-1] + ROW / 2)
    labels = [row.label if first else "" for row, first in zip(data.rows.itertuples(), data.first, strict=True)]
    steps = [ROW_LABEL.format(tau2=tau2) for tau2 in data.rows["tau2"]]
    outcome = 0.0 if narrow else max(text_width(label, bold=True) for label in labels) + EDGE
    left = outcome + max(map(text_width, steps)) + 2 * EDGE
    plot = PHONE - left - 2 * EDGE if narrow else PLOT
    width = left + plot + 2 * EDGE
    notes = wrap(NOTES.format(nominal=share(NOMINAL)), width - 2 * EDGE, size=SMALL).split("\n")
    heading = wrap(HEADING_TEXT, width - 2 * EDGE, size=HEADING, bold=True)
    legend = _legend_places(data.tests, width - EDGE)
    legend_lines = 1 + max(line for _, line in legend)
    says = wrap(AXIS, plot)
    foot = FOOT + NOTE * says.count("\n")
    bottom = foot + NOTE * len(notes)
    head = HEAD + GAP * (legend_lines - 1 + heading.count("\n"))
    figure = new_figure(width, head + depth + bottom)
    height = figure.get_figheight()
    ax = figure.add_axes((left / width, bottom / height, plot / width, depth / height))
    _set_axes(ax, data, depth, says)
    for place, row in zip(places, data.rows.to_dict("records"), strict=True):
        _draw_row(ax, place, row, data.tests)
    inches = across(ax)
    for place, label, step in zip(places, labels, steps, strict=True):
        write(ax, EDGE, place - narrow * ROW, label, inches, va="center", weight="bold")
        write(ax, left - EDGE, place, step, inches, va="center", ha="right", color=MUTED)
    top = from_edge(ax, 1)
    write(ax, EDGE, GAP * (1.6 + legend_lines), heading, top, size=HEADING, weight="bold", va="bottom")
    _draw_legend(ax, data.tests, legend, 0.2 + legend_lines)
    for number_, line in enumerate(notes):
        write(ax, EDGE, -foot - NOTE * number_, line, from_edge(ax, 0), va="top", size=SMALL, color=MUTED)
    return figure


def _set_axes(ax: Axes, data: CalibrationData, depth: float, says: str) -> None:
    ax.set_xlim(0, data.most)
    ax.set_ylim(depth, 0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(labelsize=TEXT)
    ax.set_yticks([])
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xlabel(says, fontsize=TEXT)
    draw_null_line(ax, NOMINAL, depth, 0.0)


def _draw_row(ax: Axes, place: float, row: dict[str, float], tests: list[str]) -> None:
    ax.axhline(place, color=FAINT, linewidth=0.6, zorder=0)
    for test in tests:
        value, error = row[test], row[f"{test}_error"]
        if not np.isfinite(value):
            continue
        marker, edge, face = LOOKS[test]
        ax.add_line(Line2D([value - 2 * error, value + 2 * error], [place, place], color=edge, linewidth=1.0, zorder=1))
        mark = _mark(value, place, marker, edge, face)
        mark.set_gid(test)
        ax.add_line(mark)


def _mark(x: float, y: float, marker: str, edge: str, face: str) -> Line2D:
    return Line2D(
        [x],
        [y],
        linestyle="none",
        marker=marker,
        markersize=5.5,
        markeredgecolor=edge,
        markerfacecolor=face,
        markeredgewidth=0.9,
        zorder=3,
        clip_on=False,
    )


def _legend_places(tests: list[str], width: float) -> list[tuple[float, int]]:
    """Return where each mark of the legend stands: inches from the left, and its line."""
    places: list[tuple[float, int]] = []
    x, line = EDGE + 0.06, 0
    for test in tests:
        words = text_width(TESTS[test], size=SMALL) + 0.09
        if places and x + words > width:
            x, line = EDGE + 0.06, line + 1
        places.append((x, line))
        x += words + 0.19
    return places


def _draw_legend(ax: Axes, tests: list[str], places: list[tuple[float, int]], start: float) -> None:
    """Name the marks in lines above the axes."""
    top = from_edge(ax, 1)
    for test, (x, line) in zip(tests, places, strict=True):
        y = GAP * (start - line)
        mark = _mark(x, y, *LOOKS[test])
        mark.set_transform(top)
        ax.add_artist(mark)
        write(ax, x + 0.09, y, TESTS[test], top, va="center", size=SMALL)


def _percent(value: float) -> str:
    return f"{number(100 * value, 1)}%"
