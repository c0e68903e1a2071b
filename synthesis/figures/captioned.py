"""Each figure in one call, with the alternative text, the caption and the table that belong to it."""

from __future__ import annotations

from synthesis.answers.agreement import AgreementTable
from synthesis.answers.coverage import Coverage
from synthesis.answers.fidelity import FidelityScores
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.pooling import PooledEffect
from synthesis.answers.regression import MetaRegression
from synthesis.evidence import Evidence
from synthesis.figures.agreement.data import agreement_table
from synthesis.figures.agreement.draw import agreement_plot
from synthesis.figures.alt_text import (
    agreement_alt_text,
    bubble_alt_text,
    component_alt_text,
    coverage_alt_text,
    forest_alt_text,
)
from synthesis.figures.bubble.data import bubble_data, bubble_table
from synthesis.figures.bubble.draw import bubble_plot
from synthesis.figures.components import component_map, component_table
from synthesis.figures.coverage import coverage_map, coverage_table
from synthesis.figures.forest.data import counted, forest_table
from synthesis.figures.forest.draw import forest_plot
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.wording import lower_first


def show_forest(pooled: PooledEffect, *, sort_by: str | None = None) -> ShownFigure:
    """Show the forest plot of a pooled effect; `sort_by` as in `forest_plot`."""
    printed = ", as printed" if pooled.effects.as_printed else ""
    return show(
        forest_plot(pooled, sort_by=sort_by),
        alt=forest_alt_text(pooled),
        caption=f"{pooled.effects.outcome_label}: {counted(pooled)}{printed}",
        table=forest_table(pooled, sort_by=sort_by),
    )


def show_bubble(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> ShownFigure:
    """Show the bubble plot of a fidelity slope or of one moderator of a meta-regression."""
    data = bubble_data(result, moderator)
    what = data.axis_text.split("\n")[0]
    return show(
        bubble_plot(result, moderator),
        alt=bubble_alt_text(result, moderator),
        caption=f"{data.regression.effects.outcome_label}: benefit of each trial against {lower_first(what)}",
        table=bubble_table(result, moderator),
    )


def show_components(scores: FidelityScores, evidence: Evidence) -> ShownFigure:
    """Show the component map of the intervention arms."""
    ratings = scores.ratings[scores.ratings["role"].eq("intervention")]
    return show(
        component_map(ratings, evidence.codebook),
        alt=component_alt_text(ratings, evidence.codebook),
        caption="What the reports describe of each intervention arm, component by component of the change model",
        table=component_table(ratings, evidence.codebook),
    )


def show_coverage(coverage: Coverage) -> ShownFigure:
    """Show the coverage map of `synthesis.answers.coverage.map_coverage`."""
    return show(
        coverage_map(coverage),
        alt=coverage_alt_text(coverage),
        caption="Which trial measured which outcome, and what of it could be pooled",
        table=coverage_table(coverage),
    )


def show_agreement(agreement: AgreementTable, evidence: Evidence) -> ShownFigure:
    """Show the agreement figure."""
    return show(
        agreement_plot(agreement, evidence.codebook),
        alt=agreement_alt_text(agreement, evidence.codebook),
        caption="How far the coders agree, component by component",
        table=agreement_table(agreement, evidence.codebook),
    )
