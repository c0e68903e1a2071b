"""Every outcome's pooled effect in one picture: average, where it may lie, and what one more setting may find."""

from __future__ import annotations

from matplotlib.figure import Figure

from synthesis.answers.overview import Overview
from synthesis.figures.parts.pooled_rows import PooledRow, draw_pooled_rows, pooled_rows_alt_text, pooled_rows_table
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.wording import count


def overview_plot(overview: Overview) -> Figure:
    """Draw one row an outcome; right is always in favour of peer support."""
    return draw_pooled_rows(overview_rows(overview))


def overview_rows(overview: Overview) -> list[PooledRow]:
    """Return a row for each outcome with at least three trials to pool."""
    return [
        PooledRow(
            answer.finding.outcome_label,
            f"{count(answer.finding.trials, 'trial')}, {count(answer.finding.n, 'person', 'people')}",
            answer.pooled,
        )
        for answer in overview.answers.values()
    ]


def overview_alt_text(overview: Overview) -> str:
    """Say what the picture shows, with its numbers."""
    rows = overview_rows(overview)
    return (
        f"Pooled effects on {count(len(rows), 'outcome')}, right in favour of peer support, each a diamond over its "
        f"confidence interval with a bar for the prediction interval. {pooled_rows_alt_text(rows)}."
    )


def show_overview(overview: Overview) -> ShownFigure:
    """Show every outcome's pooled effect, with its alternative text and its table."""
    return show(
        overview_plot(overview),
        alt=overview_alt_text(overview),
        caption="Pooled effects of peer support on every outcome with at least three trials to pool",
        table=pooled_rows_table(overview_rows(overview)),
    )
