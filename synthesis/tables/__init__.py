"""Results as tables for people: labels, rounding and order; the machine's names and digits stay in the results.

The names load on first use: a command prints one table, and all of them take longer to import than to print.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthesis.answers.credibility import credibility_table
    from synthesis.markup import table_html
    from synthesis.tables.agreement import agreement_table
    from synthesis.tables.beside import bayes_text, directions_text
    from synthesis.tables.calibration import calibration_tables, calibration_text
    from synthesis.tables.certainty import (
        decision_table,
        differences_table,
        grade_text,
        profile_tables,
        rules_table,
        sof_notes_table,
        summary_table,
        thresholds_table,
        unpooled_table,
    )
    from synthesis.tables.characteristics import characteristics_table, describe_characteristics
    from synthesis.tables.checklists.prisma import prisma_checklist, prisma_table
    from synthesis.tables.checklists.prisma_s import prisma_s_checklist, prisma_s_table
    from synthesis.tables.difference import difference_markdown, difference_text
    from synthesis.tables.effects import choices_table, cross_checks_table, left_out_table, listing_text, trials_table
    from synthesis.tables.evidence import (
        codes_table,
        decisions_table,
        evidence_table,
        flow_table,
        harms_table,
        not_entered_table,
        references_table,
        suspicions_table,
    )
    from synthesis.tables.fidelity import (
        change_model_table,
        crosswalk_table,
        extremes_table,
        scores_table,
        slopes_table,
    )
    from synthesis.tables.fragility import (
        growth_table,
        influence_table,
        influence_text,
        small_study_text,
        subsets_text,
        what_ifs_table,
    )
    from synthesis.tables.hypotheses import declared_table, joint_rivals_table, specificity_table, verdicts_table
    from synthesis.tables.measurement import (
        measured_scores_table,
        measurement_text,
        show_measured_scores,
        show_measurement,
    )
    from synthesis.tables.multiverse import (
        declared_choices_table,
        levels_table,
        moves_table,
        multiverse_text,
        plan_text,
        universe_text,
    )
    from synthesis.tables.overview import overview_table, too_few_table
    from synthesis.tables.show import show_findings, show_list, show_section, show_table, show_tables, show_text
    from synthesis.tables.terminal import agreement_text, pooled_text, slope_text, text_table

_ROOMS = {
    "agreement": "agreement_table",
    "beside": "bayes_text directions_text",
    "calibration": "calibration_tables calibration_text",
    "certainty": (
        "decision_table "
        "differences_table "
        "grade_text "
        "profile_tables "
        "rules_table "
        "sof_notes_table "
        "summary_table "
        "thresholds_table "
        "unpooled_table "
    ),
    "characteristics": "characteristics_table describe_characteristics",
    "checklists.prisma": "prisma_checklist prisma_table",
    "checklists.prisma_s": "prisma_s_checklist prisma_s_table",
    "difference": "difference_markdown difference_text",
    "effects": "choices_table cross_checks_table left_out_table listing_text trials_table",
    "evidence": (
        "codes_table "
        "decisions_table "
        "evidence_table "
        "flow_table "
        "harms_table "
        "not_entered_table "
        "references_table "
        "suspicions_table "
    ),
    "fidelity": "change_model_table crosswalk_table extremes_table scores_table slopes_table",
    "fragility": "growth_table influence_table influence_text small_study_text subsets_text what_ifs_table",
    "hypotheses": "declared_table joint_rivals_table specificity_table verdicts_table",
    "measurement": "measured_scores_table measurement_text show_measured_scores show_measurement",
    "multiverse": "declared_choices_table levels_table moves_table multiverse_text plan_text universe_text",
    "overview": "overview_table too_few_table",
    "show": "show_findings show_list show_section show_table show_tables show_text",
    "terminal": "agreement_text pooled_text slope_text text_table",
    "synthesis.answers.credibility": "credibility_table",
    "synthesis.markup": "table_html",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}
# Its name before; figures.ratings_table is what arms are described as doing.
_FORMER = {"components_table": "change_model_table"}

__all__ = [
    "agreement_table",
    "agreement_text",
    "bayes_text",
    "calibration_tables",
    "calibration_text",
    "change_model_table",
    "characteristics_table",
    "choices_table",
    "codes_table",
    "components_table",
    "credibility_table",
    "cross_checks_table",
    "crosswalk_table",
    "decision_table",
    "decisions_table",
    "declared_choices_table",
    "declared_table",
    "describe_characteristics",
    "difference_markdown",
    "difference_text",
    "differences_table",
    "directions_text",
    "evidence_table",
    "extremes_table",
    "flow_table",
    "grade_text",
    "growth_table",
    "harms_table",
    "influence_table",
    "influence_text",
    "joint_rivals_table",
    "left_out_table",
    "levels_table",
    "listing_text",
    "measured_scores_table",
    "measurement_text",
    "moves_table",
    "multiverse_text",
    "not_entered_table",
    "overview_table",
    "plan_text",
    "pooled_text",
    "prisma_checklist",
    "prisma_s_checklist",
    "prisma_s_table",
    "prisma_table",
    "profile_tables",
    "references_table",
    "rules_table",
    "scores_table",
    "show_findings",
    "show_list",
    "show_measured_scores",
    "show_measurement",
    "show_section",
    "show_table",
    "show_tables",
    "show_text",
    "slope_text",
    "slopes_table",
    "small_study_text",
    "sof_notes_table",
    "specificity_table",
    "subsets_text",
    "summary_table",
    "suspicions_table",
    "table_html",
    "text_table",
    "thresholds_table",
    "too_few_table",
    "trials_table",
    "universe_text",
    "unpooled_table",
    "verdicts_table",
    "what_ifs_table",
]


def __getattr__(name: str) -> Any:
    name = _FORMER.get(name, name)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = _HOMES[name]
    home = import_module(room if room.startswith("synthesis.") else f"{__name__}.{room}")
    globals()[name] = getattr(home, name)
    return globals()[name]
