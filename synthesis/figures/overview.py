"""Every outcome's pooled effect in one picture: average, where it may lie, and what one more setting may find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthesis.figures.forest_marks import draw_diamond, draw_null_line, draw_prediction_interval
from synthesis.figures.inches import across, from_edge, write
from synthesis.figures.scale import EffectScale
from synthesis.figures.style import HEADING, LINE, MUTED, SMALL, count, house_style, new_figure, text_width
from synthesis.overview import OutcomeAnswer, Overview

ROW = 0.40
HEAD, FOOT, GAP, EDGE = 0.42, 0.62, 0.18, 0.12
PLOT = 3.6
LEGEND = (
    "Diamond: average effect and its confidence interval. Bar: prediction interval, where the effect in a new trial is "
    "expected."
)
LEGEND_HEIGHT = 0.2


@house_style
def overview_plot(overview: Overview) -> Figure:
    """Draw one row an outcome, a panel for each measure; right is always in favour of peer support.

    Differences are turned to benefit. A ratio keeps its own scale, and its axis runs the way that puts peer support on
    the right.

    Parameters
    ----------
    overview : Overview

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels = _panels(overview)
    names = [answer.finding.outcome_label for answers in panels.values() for answer in answers]
    left = max(text_width(name) for name in [*names, "20 trials, 30,000 people"]) + 2 * EDGE
    texts = [_effect_text(answer) for answers in panels.values() for answer in answers]
    right = max(text_width(text) for text in texts) + 2 * EDGE
    height = LEGEND_HEIGHT + sum(HEAD + FOOT + GAP + ROW * len(answers) for answers in panels.values())
    figure = new_figure(left + PLOT + right, height)
    top = height
    for (measure, better), answers in panels.items():
        rows = ROW * len(answers)
        bottom = top - HEAD - rows
        ax = figure.add_axes(
            (left / (left + PLOT + right), bottom / height, PLOT / (left + PLOT + right), rows / height)
        )
        _draw_panel(ax, measure, better, answers, left)
        top = bottom - FOOT - GAP
    write(ax, EDGE, -FOOT - GAP / 2, LEGEND, from_edge(ax, 0), size=SMALL, color=MUTED)
    return figure


def overview_figure_table(overview: Overview) -> pd.DataFrame:
    """Return the picture's numbers, a row an outcome."""
    rows = []
    for answers in _panels(overview).values():
        for answer in answers:
            scale, pooled, turn = _scale(answer), answer.pooled, _turn(answer)
            rows.append(
                {
                    "Outcome": answer.finding.outcome_label,
                    "Trials": str(answer.finding.trials),
                    "Measure": pooled.measure
                    + ("" if scale.ratio or scale.better == "higher" else ", turned to benefit"),
                    "Effect": scale.text(turn * pooled.estimate),
                    f"{pooled.level:.0%} CI": scale.words(*_sorted(turn, pooled.ci_lb, pooled.ci_ub)),
                    "Prediction interval": scale.words(*_sorted(turn, pooled.pi_lb, pooled.pi_ub)),
                }
            )
    return pd.DataFrame(rows)


def overview_alt_text(overview: Overview) -> str:
    """Say what the picture shows, with its numbers."""
    table = overview_figure_table(overview)
    listed = "; ".join(
        f"{row[0]} {row[3]} ({row[4]}, {row[1]} trials, {row[2]})" for row in table.itertuples(index=False)
    )
    return (
        f"Pooled effects on {count(len(table), 'outcome')}, right in favour of peer support, each as a diamond over "
        "its confidence "
        f"interval with a bar for the prediction interval. {listed}."
    )


def _panels(overview: Overview) -> dict[tuple[str, str], list[OutcomeAnswer]]:
    """Group answers by measure; ratios also by direction, because they are not turned."""
    panels: dict[tuple[str, str], list[OutcomeAnswer]] = {}
    for answer in overview.answers.values():
        scale = _scale(answer)
        panels.setdefault((scale.measure, scale.better if scale.ratio else "higher"), []).append(answer)
    return panels


def _scale(answer: OutcomeAnswer) -> EffectScale:
    return EffectScale(answer.pooled.measure, answer.effects.better)


def _turn(answer: OutcomeAnswer) -> float:
    scale = _scale(answer)
    return 1.0 if scale.ratio else scale.turn


def _sorted(turn: float, lower: float, upper: float) -> tuple[float, float]:
    return (lower, upper) if turn > 0 else (-upper, -lower)


def _effect_text(answer: OutcomeAnswer) -> str:
    scale, pooled, turn = _scale(answer), answer.pooled, _turn(answer)
    return f"{scale.text(turn * pooled.estimate)} {scale.interval(*_sorted(turn, pooled.ci_lb, pooled.ci_ub))}"


def _draw_panel(ax: Axes, measure: str, better: str, answers: Sequence[OutcomeAnswer], left: float) -> None:
    scale = EffectScale(measure, better)
    pooled = [answer.pooled for answer in answers]
    turns = [_turn(answer) for answer in answers]
    ci = np.array([_sorted(turn, p.ci_lb, p.ci_ub) for turn, p in zip(turns, pooled, strict=True)])
    pi = np.array([_sorted(turn, p.pi_lb, p.pi_ub) for turn, p in zip(turns, pooled, strict=True)])
    low, high = np.nanmin([ci.min(), np.nanmin(pi), 0.0]), np.nanmax([ci.max(), np.nanmax(pi), 0.0])
    margin = 0.04 * (high - low)
    ax.set_xlim(
        *((low - margin, high + margin) if scale.peer_support_side == "right" else (high + margin, low - margin))
    )
    ax.set_ylim(len(answers) - 0.5, -0.5)
    draw_null_line(ax, 0.0, len(answers) - 0.5, -0.5)
    for y, (answer, turn) in enumerate(zip(answers, turns, strict=True)):
        draw_prediction_interval(ax, *pi[y], y + 0.22, row_height=ROW * 0.7)
        draw_diamond(ax, turn * answer.pooled.estimate, *ci[y], y - 0.12, row_height=ROW)
        _write_row(ax, y, answer, left)
    places, labels = scale.ticks(*sorted(ax.get_xlim()))
    ax.set_xticks(places, labels)
    ax.set_yticks([])
    ax.spines[["left", "right", "top"]].set_visible(False)
    unit = scale.label if scale.ratio else f"{scale.label}, turned to benefit"
    ax.set_xlabel(unit, color=MUTED, labelpad=16)
    inside = ax.get_position()
    width = ax.figure.get_figwidth()
    write(
        ax,
        inside.x0 * width,
        -0.34,
        "\N{LEFTWARDS ARROW} favours comparison",
        from_edge(ax, 0),
        va="center",
        size=SMALL,
    )
    write(
        ax,
        inside.x1 * width,
        -0.34,
        "favours peer support \N{RIGHTWARDS ARROW}",
        from_edge(ax, 0),
        va="center",
        ha="right",
        size=SMALL,
        weight="bold",
    )
    for x, text, side in (
        (EDGE, "Outcome", "left"),
        (width - EDGE, f"{measure} [{answers[0].pooled.level:.0%} CI]", "right"),
    ):
        write(ax, x, 0.14, text, from_edge(ax, 1), size=HEADING, weight="bold", ha=side)
    ax.axhline(-0.5, color=LINE, linewidth=0.8)


def _write_row(ax: Axes, y: int, answer: OutcomeAnswer, left: float) -> None:
    width = ax.figure.get_figwidth()
    people = f"{count(answer.finding.trials, 'trial')}, {count(answer.finding.n, 'person', 'people')}"
    write(ax, EDGE, y - 0.14, answer.finding.outcome_label, across(ax), va="center")
    write(ax, EDGE, y + 0.24, people, across(ax), va="center", size=SMALL, color=MUTED)
    write(ax, width - EDGE, y - 0.12, _effect_text(answer), across(ax), va="center", ha="right")
