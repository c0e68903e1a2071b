"""Pooled effects as rows: a diamond over its prediction interval, a panel a measure, what is tried on the right.

Every number has the sign it has on the outcome's own page; its place is what is turned, so that right is better in
every row. The axis therefore counts how far from no difference, either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthesis.answers.pooling import PooledEffect
from synthesis.figures.parts.inches import across, from_edge, write
from synthesis.figures.parts.marks import draw_diamond, draw_null_line, draw_prediction_interval
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.style import (
    HEADING,
    LINE,
    MUTED,
    PHONE,
    SMALL,
    TEXT,
    house_style,
    new_figure,
    text_width,
    wrap,
)
from synthesis.wording import MINUS, share

ROW = 0.40
HEAD, FOOT, GAP, EDGE = 0.42, 0.62, 0.18, 0.12
PLOT = 3.6
LEGEND_HEIGHT = 0.2
LEGEND = (
    "Diamond: average effect and its confidence interval. Bar: prediction interval, where the effect in a new trial is "
    "expected."
)
SIGNS = (
    "Right is better in every row. The numbers keep their outcome's sign: where lower is better, below zero is good."
)
SAID = "{label} {measure} {effect} ({interval}; {note})"
DISTANCE = "{measure}, size either way"
BETTER = {"higher": "higher is better", "lower": "lower is better"}
NO_SIDE = "which direction is better is not settled"


class Shape(NamedTuple):
    """Where the parts of a row stand: its height in inches, and places in rows from its middle, downwards.

    Attributes
    ----------
    row : float
        Inches.
    label, note, effect, diamond, bar : float
        In rows.
    line_from : float
        Where the line of no difference begins in a row.
    """

    row: float
    label: float
    note: float
    effect: float
    diamond: float
    bar: float
    line_from: float


BESIDE = Shape(ROW, -0.14, 0.24, -0.12, -0.12, 0.22, -0.5)
# On a phone the texts stand above the marks, and the line keeps clear of them.
ABOVE = Shape(0.68, -0.36, -0.13, -0.36, 0.13, 0.34, -0.02)


@dataclass(frozen=True, eq=False)
class PooledRow:
    """One pooled effect to draw.

    Attributes
    ----------
    label, note : str
        What stands on the left, large and small.
    pooled : PooledEffect
    """

    label: str
    note: str
    pooled: PooledEffect

    @property
    def scale(self) -> EffectScale:
        """How the effect's measure is shown."""
        return EffectScale(self.pooled.measure, self.pooled.effects.better, self.pooled.effects.names)

    @property
    def turn(self) -> float:
        """What turns the effect to benefit; a ratio is not turned, its axis is, nor is what has no direction."""
        return self.scale.turn if self.is_benefit else 1.0

    @property
    def is_benefit(self) -> bool:
        """Whether the effect is shown as benefit: a difference on an outcome whose direction is settled."""
        return bool(self.scale.intervention_side) and not self.scale.ratio

    def ends(self, name: str) -> tuple[float, float]:
        """Return an interval (`ci` or `pi`) as the outcome has it."""
        return self.pooled.prediction if name == "pi" else (self.pooled.ci_lb, self.pooled.ci_ub)

    def places(self, name: str) -> tuple[float, float]:
        """Return where the ends of an interval are drawn."""
        lower, upper = self.ends(name)
        return (lower, upper) if self.turn > 0 else (-upper, -lower)

    def effect(self) -> str:
        """Return the effect as it is printed."""
        return self.scale.text(self.pooled.estimate)

    def text(self) -> str:
        """Return the effect with its interval as it is printed beside the row."""
        return f"{self.effect()} {self.scale.interval(*self.ends('ci'))}"

    @property
    def better(self) -> str:
        """Say which direction is good for people; empty where it is not settled."""
        return BETTER.get(self.scale.better, "")

    @property
    def told(self) -> str:
        """What stands small below the label."""
        return "; ".join(filter(None, (self.note, self.better)))


@house_style
def draw_pooled_rows(rows: Sequence[PooledRow], *, narrow: bool = False) -> Figure:
    """Draw pooled effects, a panel for each measure; benefit lies to the right, for ratios by turning the axis.

    Parameters
    ----------
    rows : sequence of PooledRow
        At least one.
    narrow : bool
        For a phone: texts above the marks instead of beside them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels, shape = panels_of(rows), ABOVE if narrow else BESIDE
    left, right, plot = EDGE, EDGE, PHONE - 2 * EDGE
    if not narrow:
        left = max(text_width(text) for row in rows for text in (row.label, row.told)) + 2 * EDGE
        right, plot = max(text_width(row.text()) for row in rows) + 2 * EDGE, PLOT
    width = left + plot + right
    notes = [LEGEND, *([SIGNS] if any(row.turn < 0 for row in rows) else [])]
    legend = "\n".join(wrap(note, width - 2 * EDGE, size=SMALL) for note in notes)
    height = LEGEND_HEIGHT * (legend.count("\n") + 1) + sum(HEAD + FOOT + GAP + shape.row * len(own) for own in panels)
    figure = new_figure(width, height)
    top = height
    for own in panels:
        bottom = top - HEAD - shape.row * len(own)
        ax = figure.add_axes((left / width, bottom / height, plot / width, shape.row * len(own) / height))
        _draw_panel(ax, own, shape)
        top = bottom - FOOT - GAP
    for i, line in enumerate(legend.split("\n")):
        write(ax, EDGE, -FOOT - GAP / 2 - 0.15 * i, line, from_edge(ax, 0), size=SMALL, color=MUTED)
    return figure


def panels_of(rows: Sequence[PooledRow]) -> list[list[PooledRow]]:
    """Group rows by measure; ratios, and what has no settled direction, also by direction: they are not turned."""
    panels: dict[tuple[str, str], list[PooledRow]] = {}
    for row in rows:
        panels.setdefault((row.scale.measure, "" if row.is_benefit else row.scale.better), []).append(row)
    return list(panels.values())


def pooled_rows_table(rows: Sequence[PooledRow]) -> pd.DataFrame:
    """Return the picture's numbers, a row an effect, in the picture's order."""
    shown = [row for own in panels_of(rows) for row in own]
    return pd.DataFrame(
        {
            "Outcome": [row.label for row in shown],
            "Evidence": [row.note for row in shown],
            "Better": [row.scale.better for row in shown],
            "Measure": [row.pooled.measure for row in shown],
            "Effect": [row.effect() for row in shown],
            "Confidence interval": [row.scale.words(*row.ends("ci")) for row in shown],
            "Prediction interval": [
                "" if np.isnan(row.ends("pi")).any() else row.scale.words(*row.ends("pi")) for row in shown
            ],
        }
    )


def pooled_rows_alt_text(rows: Sequence[PooledRow]) -> str:
    """Say every row of the picture in words."""
    said = [
        SAID.format(
            label=row.label,
            measure=row.pooled.measure,
            effect=row.effect(),
            interval=row.scale.words(*row.ends("ci")),
            note=row.told,
        )
        for own in panels_of(rows)
        for row in own
    ]
    return "; ".join(said)


def _draw_panel(ax: Axes, rows: Sequence[PooledRow], shape: Shape) -> None:
    scale = rows[0].scale
    ci, pi = (np.array([row.places(name) for row in rows]) for name in ("ci", "pi"))
    values = np.concatenate([ci.ravel(), pi.ravel(), [0.0]])
    low, high = np.nanmin(values), np.nanmax(values)
    margin = 0.04 * (high - low)
    limits = (low - margin, high + margin)
    turned = scale.ratio and scale.intervention_side == "left"
    ax.set_xlim(*(limits[::-1] if turned else limits))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    for y in range(len(rows)) if shape is ABOVE else ():
        draw_null_line(ax, 0.0, y + 0.5, y + shape.line_from)
    if shape is BESIDE:
        draw_null_line(ax, 0.0, len(rows) - 0.5, -0.5)
    for y, row in enumerate(rows):
        if np.isfinite(pi[y]).all():
            draw_prediction_interval(ax, *pi[y], y + shape.bar, row_height=shape.row * 0.7)
        draw_diamond(ax, row.turn * row.pooled.estimate, *ci[y], y + shape.diamond, row_height=shape.row)
    _write_panel(ax, rows, scale, shape)


def _write_panel(ax: Axes, rows: Sequence[PooledRow], scale: EffectScale, shape: Shape) -> None:
    width = ax.figure.get_figwidth()
    for y, row in enumerate(rows):
        write(ax, EDGE, y + shape.label, row.label, across(ax), va="center")
        write(ax, EDGE, y + shape.note, row.told, across(ax), va="center", size=SMALL, color=MUTED)
        write(ax, width - EDGE, y + shape.effect, row.text(), across(ax), va="center", ha="right")
    places, labels = scale.ticks(*sorted(ax.get_xlim()))
    ax.set_xticks(places, [label.lstrip(MINUS) for label in labels] if rows[0].is_benefit else labels)
    ax.set_yticks([])
    ax.spines[["left", "right", "top"]].set_visible(False)
    axis = DISTANCE.format(measure=scale.label) if rows[0].is_benefit else scale.label
    ax.set_xlabel(axis, color=MUTED, labelpad=16, fontsize=SMALL if shape is ABOVE else TEXT)
    ax.axhline(-0.5, color=LINE, linewidth=0.8)
    inside = ax.get_position()
    sides = (
        (inside.x0, "left", f"\N{LEFTWARDS ARROW} favours {scale.names.short[1]}", "normal"),
        (inside.x1, "right", f"favours {scale.names.short[0]} \N{RIGHTWARDS ARROW}", "bold"),
    )
    for x, ha, text, weight in sides if scale.intervention_side else ():
        write(ax, x * width, -0.34, text, from_edge(ax, 0), va="center", ha=ha, size=SMALL, weight=weight)
    if not scale.intervention_side:
        write(ax, inside.x0 * width, -0.34, NO_SIDE, from_edge(ax, 0), va="center", size=SMALL, color=MUTED)
    heads = (
        (EDGE, "left", "Outcome"),
        (width - EDGE, "right", f"{scale.measure} [{share(rows[0].pooled.level)} CI]"),
    )
    for x, ha, text in heads:
        write(ax, x, 0.14, text, from_edge(ax, 1), size=HEADING, weight="bold", ha=ha)
