"""What the explorer says, sentence by sentence, with named gaps: the browser fills them and writes none of its own.

Sentences that other pages say stand where those pages have them; here are those that only the explorer needs.
"""

from __future__ import annotations

from typing import get_args

from synthesis.answers import fidelity_statement, statements, verdicts
from synthesis.answers.fidelity import SCORES, score_column
from synthesis.answers.fidelity_slope import SOME_SCORED
from synthesis.answers.fidelity_slope import TOO_FEW as TOO_FEW_SCORED
from synthesis.answers.regression import CONSTANT, UNSETTLED
from synthesis.choices import CI, METHOD, CiMethod, Method
from synthesis.evidence.vocabulary import Names
from synthesis.figures.bubble.texts import READING, READING_ALONE
from synthesis.figures.forest.texts import CI_WORDS, NO_SIDE

METHOD_WORDS = {
    "REML": "REML: restricted maximum likelihood",
    "PM": "PM: Paule-Mandel",
    "DL": "DL: DerSimonian-Laird",
    "ML": "ML: maximum likelihood",
    "HE": "HE: Hedges",
    "EE": "EE: none, one true effect",
}

# --- Headings and labels ---------------------------------------------------------------------------------------------
LABELS = {
    "choices": "Your choices",
    "outcome": "Outcome",
    "method": "Estimator of heterogeneity",
    "ci": "Confidence interval",
    "score": "Score of fidelity",
    "subsets": "Only some of the trials",
    "threshold": "The smallest difference that would matter",
    "reset": "Back to the main analysis",
    "poolable": "Enough trials to pool",
    "too_few": "Fewer than three trials",
    "prespecified": "Main",
    "explored": "Exploratory",
    "results": "The average",
    "trials": "Trial by trial",
    "fidelity": "Fidelity and benefit",
    "reproduce": "How to reproduce it",
    "reproduce_average": "The average",
    "reproduce_slope": "The slope on fidelity, with its permutation test",
    "trial": "Trial",
    "weight": "Weight",
    "plot": "Effect and interval",
    "points": "The numbers of this picture",
    "bounds": "Bounds",
    "benefit": "Benefit",
    "axis_score": "Score",
}

# --- What was chosen -------------------------------------------------------------------------------------------------
PLANNED = "Every trial; τ² by {method}; interval by {ci}."
CHOSEN = {
    "unchanged": "Nothing is changed: this is the main analysis.",
    "changed": "Exploratory, chosen after the results were known: {changes}.",
    "changed_method": "τ² by {method}",
    "changed_ci": "interval by {ci}",
    "changed_subset": "{label}: {option}",
    "changed_trials": "without {trials}",
    "few_named": "{trials} left out by hand",
    "ee_and_knapp_hartung": (
        "The equal-effects model is usually given Wald's interval: Knapp-Hartung estimates a spread that this model "
        "takes not to exist."
    ),
}

# --- Results ---------------------------------------------------------------------------------------------------------
KIND = {"prespecified": "Main analysis", "explored": "Exploratory"}
RESULTS = {
    "status": "{kind}: {outcome}, {trials}, {effect}, {verdict}.",
    "status_too_few": "{kind}: {outcome}, {trials}, too few for a pooled statement.",
    "not_pooled": "not pooled",
    "no_trial": "No trial is left: take back one of your choices.",
    "favours_side": "favours {side}",
    "left_out": "left out",
    "outside": "not in this subset",
    "forest": (
        "Squares: effects of trials, area in proportion to weight; lines: their {level} intervals. Diamonds: averages "
        "with theirs; the thin line through one: its {level} prediction interval. Hollow squares: not in the "
        "exploratory average. An arrow: the interval runs on beyond the axis."
    ),
    "untick": "Untick a trial to leave it out. ",
}

# --- The threshold ---------------------------------------------------------------------------------------------------
THRESHOLD = {
    "threshold_none": "No difference. Move the slider to say what difference would matter to you.",
    "threshold_preset": "{shown}. It starts where GRADE's target is set in this report: {source}.",
    "threshold_own": "{shown}. This report sets it at {preset}.",
    "threshold_on": "{threshold} {unit}",
    "threshold_ratio": "{unit} of {threshold}",
    "threshold_unsettled": "Not offered here: which direction is better is not settled.",
    "beyond": "The whole interval ({interval}) lies beyond the threshold, in favour of {side}.",
    "within": "The whole interval ({interval}) lies within the threshold on either side.",
    "one_side": (
        "The interval ({interval}) holds differences within the threshold, and some beyond it in favour of {side}."
    ),
    "both_sides": "The interval ({interval}) holds differences beyond the threshold on either side.",
    "target_beyond": "GRADE would rate how certain a difference beyond the threshold is, in favour of {side}.",
    "target_within": "GRADE would rate how certain a difference smaller than the threshold is.",
}

# --- Fidelity --------------------------------------------------------------------------------------------------------
SCORE_WORDS = {
    "calibrated": "calibrated for what reports leave out (amendment)",
    "described": "as described (first plan)",
}
FIDELITY = {
    "no_codes": "No fidelity picture: nobody has coded these trials' interventions.",
    "bounds_reading": "Thin lines: a trial's score if all that its report leaves out were absent, or present.",
    "no_test": (
        "This is the slope and its interval alone. Whether it counts as detected also hangs on a permutation test, "
        "which the command below runs."
    ),
    "axis_benefit": "Benefit, {measure}",
    "axis_benefit_ratio": "{measure} (logarithmic axis), the better upwards",
    "slope_prespecified": "With every trial and the main model the change is {slope}.",
    "fidelity_alt": "{outcome}: benefit of {trials} against their fidelity. {slope}",
}

# --- The page --------------------------------------------------------------------------------------------------------
TITLE = "Explore the results"
LEAD = (
    "Change the model or the trials and see at once what becomes of the average. What was planned stays beside it. "
    "Choices made after results are known can be made to say almost anything: read them as questions, not as findings."
)
NEEDS_SCRIPT = (
    "This page computes in your browser, which does not let it. The main results below can be read all the same."
)
STATIC = "The main results of all outcomes"
STATIC_CAPTION = "Prespecified results: τ² by {method}, interval by {ci}"
STATIC_NONE = "too few trials to pool"
MADE = (
    "Made by synthesis {version} from the data with the fingerprint {sha256}. Everything it needs is in this one file: "
    "it asks the network for nothing and sends nothing."
)

# Of `answers.statements`, by their names there.
OF_STATEMENTS = (
    "HEADLINE", "FAVOURS", "LEANS", "LEANS_HARDLY", "LEANS_NOWHERE", "TOO_FEW", "PREDICTION_WITHHELD",
    "ELSEWHERE_ONE_SIDE", "ELSEWHERE_BOTH_SIDES", "ELSEWHERE_UNSETTLED", "ELSEWHERE_AS_ESTIMATED", "EVEN_THEN",
    "NO_HETEROGENEITY_FOUND", "HETEROGENEITY", "ONE_TRUE_EFFECT",
)  # fmt: skip


def words(names: Names) -> dict[str, object]:
    """Return every sentence the browser needs, by name, with the review's own names of the two sides.

    Parameters
    ----------
    names : Names
    """
    own = CHOSEN | RESULTS | THRESHOLD | FIDELITY
    said = {name.lower(): getattr(statements, name) for name in OF_STATEMENTS}
    about_slope = {
        "slope": fidelity_statement.SLOPE,
        "descriptive": fidelity_statement.DESCRIPTIVE,
        "too_few_scored": TOO_FEW_SCORED,
        "some_scored": SOME_SCORED,
        "constant": CONSTANT,
        "no_benefit": UNSETTLED,
        "reading": READING,
        "reading_alone": READING_ALONE,
    }
    return (
        own
        | said
        | about_slope
        | {
            "planned": PLANNED.format(method=METHOD, ci=CI_WORDS[CI]),
            "score_axes": {score: SCORES[score].axis for score in SCORE_WORDS},
            "labels": LABELS,
            "kinds": KIND,
            "no_side": NO_SIDE,
            "verdicts": {str(side): text.format(**names._asdict()) for side, text in verdicts.VERDICTS.items()},
            "sides": {str(side): verdicts.side_in_words(side, names) for side in verdicts.Side},
            "methods": {code: METHOD_WORDS[code] for code in get_args(Method)},
            "intervals": {code: CI_WORDS[code] for code in get_args(CiMethod)},
            "scores": SCORE_WORDS,
            "score_columns": {score: score_column(score).replace("_", " ") for score in SCORE_WORDS},
            "score_names": {score: fidelity_statement.score_in_words(score) for score in SCORE_WORDS},
        }
    )
