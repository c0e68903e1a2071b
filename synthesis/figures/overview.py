"""Every outcome's pooled effect in one picture: average, where it may lie, and what one more setting may find."""

from __future__ import annotations

from matplotlib.figure import Figure

from synthesis.answers.overview import Overview
from synthesis.evidence.vocabulary import Names
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.pooled_rows import PooledRow, draw_pooled_rows, pooled_rows_alt_text, pooled_rows_table
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.tables.show import TextView, show_text
from synthesis.wording import count, listed

ALT = (
    "Pooled effects on {outcomes}, right in favour of {intervention}, each a diamond over its confidence interval with "
    "a bar for the prediction interval. {effects}."
)
ALT_UNSETTLED = (
    "Pooled effects on {outcomes}, right in favour of {intervention} where the direction of the outcome is settled, "
    "each a diamond over its confidence interval with a bar for the prediction interval. {effects}. Not settled: "
    "{unsettled}."
)
CAPTION = "Pooled effects of {intervention} on every outcome with at least three trials to pool"
EVIDENCE = "{trials}, {people}"
NOTHING = "There is no picture: no outcome has the three trials that a pooled statement needs."


def overview_plot(overview: Overview) -> Figure:
    """Draw one row an outcome; right is always in favour of what is tried.

    Examples
    --------
    >>> from synthesis.figures import overview_plot
    >>> figure = overview_plot(summarise(evidence, outcomes=["recovery", "hope"], permutations=99))
    >>> figure.savefig("overview.png")
    """
    return draw_pooled_rows(overview_rows(overview))


def overview_rows(overview: Overview) -> list[PooledRow]:
    """Return a row for each outcome with at least three trials to pool."""
    return [
        PooledRow(
            answer.finding.outcome_label,
            EVIDENCE.format(
                trials=count(answer.finding.trials, "trial"), people=count(answer.finding.n, "person", "people")
            ),
            answer.pooled,
        )
        for answer in overview.answers.values()
    ]


def overview_alt_text(overview: Overview) -> str:
    """Say what the picture shows, with its numbers.

    Examples
    --------
    >>> from synthesis.figures import overview_alt_text
    >>> print(overview_alt_text(summarise(evidence, outcomes=["recovery", "hope"], permutations=99)))
    Pooled effects on 2 outcomes, right in favour of peer support, each a diamond over its
    confidence interval with a bar for the prediction interval. Personal recovery SMD 0.21 (0.12 to
    0.29; 17 trials, 3,974 people; higher is better); Hope SMD 0.22 (0.01 to 0.44; 7 trials, 1,383
    people; higher is better).
    """
    return _alt_text(overview_rows(overview), overview.evidence.codebook.review.names)


def show_overview(overview: Overview) -> ShownFigure | TextView:
    """Show every outcome's pooled effect, with its alternative text and its table; a sentence where there is none.

    Examples
    --------
    >>> from synthesis.figures import show_overview
    >>> show_overview(summarise(evidence, outcomes=["recovery", "hope"], permutations=99)).caption
    'Pooled effects of peer support on every outcome with at least three trials to pool'
    """
    rows, names = overview_rows(overview), overview.evidence.codebook.review.names
    if not rows:
        return show_text(NOTHING)
    caption = CAPTION.format(intervention=names.intervention)
    return show(
        Drawn(draw_pooled_rows, rows),
        alt=_alt_text(rows, names),
        caption=caption,
        table=pooled_rows_table(rows),
        narrow=Drawn(draw_pooled_rows, rows, narrow=True),
    )


def _alt_text(rows: list[PooledRow], names: Names) -> str:
    unsettled = listed([row.label for row in rows if not row.scale.intervention_side])
    sentence = ALT_UNSETTLED if unsettled else ALT
    return sentence.format(
        outcomes=count(len(rows), "outcome"),
        intervention=names.intervention,
        effects=pooled_rows_alt_text(rows),
        unsettled=unsettled,
    )
