"""Figures a guideline panel can read: each with alt text made from its numbers and a table that holds the same."""

from synthesis.figures.agreement.draw import agreement_plot
from synthesis.figures.agreement.show import agreement_alt_text, show_agreement
from synthesis.figures.baujat import baujat_alt_text, baujat_plot, show_baujat
from synthesis.figures.bias.show import risk_of_bias_alt_text, show_risk_of_bias
from synthesis.figures.bubble.draw import bubble_plot
from synthesis.figures.bubble.show import bubble_alt_text, bubble_table, show_bubble
from synthesis.figures.calibration import show_calibration
from synthesis.figures.change_model import show_change_model
from synthesis.figures.components import component_alt_text, component_map, ratings_table, show_components
from synthesis.figures.coverage import coverage_alt_text, coverage_map, coverage_table, show_coverage
from synthesis.figures.cumulative import cumulative_alt_text, cumulative_plot, show_cumulative
from synthesis.figures.curve import curve_alt_text, show_curve
from synthesis.figures.difference import show_difference
from synthesis.figures.directions.show import directions_alt_text, show_directions
from synthesis.figures.flow.draw import flow_diagram
from synthesis.figures.flow.show import flow_alt_text, show_flow
from synthesis.figures.forest.draw import forest_plot
from synthesis.figures.forest.show import forest_alt_text, show_forest
from synthesis.figures.fragility import fragility_table, show_fragility
from synthesis.figures.funnel import funnel_alt_text, funnel_plot, funnel_table, show_funnel
from synthesis.figures.influence.draw import influence_plot
from synthesis.figures.influence.show import influence_alt_text, show_influence
from synthesis.figures.overview import overview_alt_text, overview_plot, show_overview
from synthesis.figures.parts.show import ShownFigure, ShownFigures, show
from synthesis.figures.silence import show_silence
from synthesis.figures.subgroups import show_subgroups
from synthesis.figures.subsets import show_subsets
from synthesis.tables.agreement import agreement_table
from synthesis.tables.effects import trials_table as forest_table

component_table = ratings_table  # its name before the change model had a table of nearly the same name

__all__ = [
    "ShownFigure",
    "ShownFigures",
    "agreement_alt_text",
    "agreement_plot",
    "agreement_table",
    "baujat_alt_text",
    "baujat_plot",
    "bubble_alt_text",
    "bubble_plot",
    "bubble_table",
    "component_alt_text",
    "component_map",
    "component_table",
    "coverage_alt_text",
    "coverage_map",
    "coverage_table",
    "cumulative_alt_text",
    "cumulative_plot",
    "curve_alt_text",
    "directions_alt_text",
    "flow_alt_text",
    "flow_diagram",
    "forest_alt_text",
    "forest_plot",
    "forest_table",
    "fragility_table",
    "funnel_alt_text",
    "funnel_plot",
    "funnel_table",
    "influence_alt_text",
    "influence_plot",
    "overview_alt_text",
    "overview_plot",
    "ratings_table",
    "risk_of_bias_alt_text",
    "show",
    "show_agreement",
    "show_baujat",
    "show_bubble",
    "show_calibration",
    "show_change_model",
    "show_components",
    "show_coverage",
    "show_cumulative",
    "show_curve",
    "show_difference",
    "show_directions",
    "show_flow",
    "show_forest",
    "show_fragility",
    "show_funnel",
    "show_influence",
    "show_overview",
    "show_risk_of_bias",
    "show_silence",
    "show_subgroups",
    "show_subsets",
]
