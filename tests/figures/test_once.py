"""A shown figure makes its data once, and hands them to picture, words and table."""

import sys
from collections import Counter

import pytest

from builders.calibrated import TINY, ratings_of, rows_of
from builders.drawn_effects import drawable
from builders.figures import COVERAGE, scored, slope_of
from builders.roots import build_evidence
from synthesis.answers.agreement import coder_agreement
from synthesis.answers.calibration import calibrate
from synthesis.answers.cumulative import accumulate
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.influence import examine_influence
from synthesis.answers.overview import summarise
from synthesis.answers.pooling import pool
from synthesis.answers.small_study import examine_small_studies
from synthesis.effects import compute_effects
from synthesis.figures import (
    show_agreement,
    show_baujat,
    show_bubble,
    show_calibration,
    show_components,
    show_coverage,
    show_cumulative,
    show_directions,
    show_flow,
    show_forest,
    show_fragility,
    show_funnel,
    show_influence,
    show_overview,
    show_risk_of_bias,
)
from synthesis.figures.bubble.data import BubbleData
from synthesis.figures.parts.scale import EffectScale


@pytest.fixture
def calls(monkeypatch):
    """Counts the calls of a function under its name, wherever the figures imported it, or of a method of a class."""
    made = Counter()

    def count(function, owner=None):
        def counting(*args, **kwargs):
            made[function.__name__] += 1
            return function(*args, **kwargs)

        rooms = [module for name, module in sys.modules.items() if name.startswith("synthesis.figures")]
        for place in rooms if owner is None else [owner]:
            if getattr(place, function.__name__, None) is function:
                monkeypatch.setattr(place, function.__name__, counting)
        return made

    return count


def recovery(evidence):
    return compute_effects(evidence, "recovery")


def grown(k):
    return drawable(k, year=[2000.0 + i for i in range(k)])


def show_sheet(effects):
    return show_fragility(examine_influence(effects), accumulate(effects), examine_small_studies(effects))


def function(module, name):
    return getattr(sys.modules[f"synthesis.figures.{module}"], name)


@pytest.mark.parametrize(
    ("module", "name", "shown"),
    [
        ("forest.data", "forest_data", lambda evidence: show_forest(pool(drawable(4)), sort_by="yi")),
        ("bubble.data", "bubble_data", lambda evidence: show_bubble(slope_of(scored(5)))),
        ("agreement.data", "agreement_data", lambda evidence: show_agreement(coder_agreement(evidence))),
        ("components", "component_ratings", lambda evidence: show_components(score_fidelity(evidence), evidence)),
        ("coverage", "coverage_cells", lambda evidence: show_coverage(COVERAGE)),
        ("flow.data", "flow_data", show_flow),
        ("bias.data", "bias_data", lambda evidence: show_risk_of_bias(pool(recovery(evidence)), evidence)),
        ("directions.data", "direction_groups", lambda evidence: show_directions([recovery(evidence)])),
        ("influence.data", "influence_data", lambda evidence: show_influence(examine_influence(drawable(4)))),
        ("influence.data", "influence_data", lambda evidence: show_baujat(examine_influence(drawable(4)))),
        ("funnel", "funnel_data", lambda evidence: show_funnel(examine_small_studies(drawable(4)))),
        ("cumulative", "cumulative_data", lambda evidence: show_cumulative(accumulate(grown(4)))),
        ("influence.data", "influence_data", lambda evidence: show_sheet(grown(4))),
        ("funnel", "funnel_data", lambda evidence: show_sheet(grown(4))),
        ("cumulative", "cumulative_data", lambda evidence: show_sheet(grown(4))),
        ("overview", "overview_rows", lambda evidence: show_overview(summarise(evidence, permutations=20))),
    ],
)
def test_a_shown_figure_makes_its_data_once(evidence, calls, module, name, shown):
    made = calls(function(module, name))
    shown(evidence)._repr_html_()
    assert made == {name: 1}


def test_the_limits_of_a_forest_plot_are_reckoned_once(calls):
    made = calls(EffectScale.limits, EffectScale)
    show_forest(pool(drawable(4))).to_html()
    assert made == {"limits": 1}


def test_the_line_of_a_bubble_plot_is_reckoned_once_to_draw_and_once_a_form_to_place_names(calls):
    made = calls(BubbleData.line, BubbleData)
    show_bubble(slope_of(scored(5))).to_html()
    assert made == {"line": 3}


def test_the_picture_of_a_calibration_makes_its_data_once(calls, tmp_path):
    found = calibrate(build_evidence(tmp_path, rows_of(), ratings=ratings_of()), sizes=TINY, outcomes=["recovery"])
    made = calls(function("calibration", "calibration_data"))
    show_calibration(found).to_html()
    assert made == {"calibration_data": 1}
