from .answers.agreement import coder_agreement as coder_agreement
from .answers.coverage import coverage_sentence as coverage_sentence
from .answers.coverage import map_coverage as map_coverage
from .answers.fidelity import crosswalk as crosswalk
from .answers.fidelity import score_fidelity as score_fidelity
from .answers.fidelity_slope import fidelity_slope as fidelity_slope
from .answers.overview import summarise as summarise
from .answers.pooling import pool as pool
from .answers.regression import meta_regression as meta_regression
from .answers.rivals import compare_rivals as compare_rivals
from .answers.rivals import compare_scores as compare_scores
from .answers.sensitivity import compare_choices as compare_choices
from .answers.sensitivity import leave_one_out as leave_one_out
from .answers.statements import describe_outcome as describe_outcome
from .answers.statements import describe_slope as describe_slope
from .effects.effects import compute_effects as compute_effects
from .effects.effects import effects_listing as effects_listing
from .evidence.evidence import load_evidence as load_evidence
from .figures import bubble_plot as bubble_plot
from .figures import forest_plot as forest_plot
from .reports.report import render_report as render_report
from .tables import trials_table as trials_table

__version__: str
