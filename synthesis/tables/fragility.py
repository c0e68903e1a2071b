"""How fragile a pool is: single trials, years and what-ifs, as tables and for a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.cumulative import Cumulative
from synthesis.answers.fragility_statement import (
    describe_growth,
    describe_influence,
    describe_small_studies,
    fragility_limits,
)
from synthesis.answers.influence import Influence
from synthesis.answers.small_study import SmallStudy
from synthesis.answers.subsets import Subsets
from synthesis.tables.effects import told_apart
from synthesis.tables.terminal import text_table
from synthesis.wording import number, p_value, share

MODEL = "{method}, {ci} {level} interval"
GROWN = "Year by year"
SUBSETS = "{outcome}: every subset of the trials pooled by itself"
TEST = "Egger's test: {statistic} on {df}, {p}, on {predictor}; k = {k}"
PREDICTORS = {
    "sei": "the standard error",
    "vi": "the sampling variance",
    "ninv": "1 / n1 + 1 / n2",
    "sqrtninv": "the root of 1 / n1 + 1 / n2",
}


def influence_table(found: Influence) -> pd.DataFrame:
    """Show what each effect does to the pool, in the order of the pool."""
    return found.shown().assign(Trial=told_apart(found.effects.frame).to_numpy())


def growth_table(found: Cumulative) -> pd.DataFrame:
    """Show the pool up to each year in which a trial was reported."""
    return found.shown()


def what_ifs_table(found: SmallStudy) -> pd.DataFrame:
    """Show the pool and what it would be if results were missing; what words keep back, with the reason."""
    return found.shown()


def influence_text(found: Influence, grown: Cumulative | None = None) -> str:
    """Lay out for a terminal what single trials do to a pool, and how it grew."""
    lines = [
        f"{found.effects.outcome_label}: what changes without each trial",
        MODEL.format(method=found.method, ci=found.ci, level=share(found.level)),
        "",
        text_table(influence_table(found)),
    ]
    if grown is not None:
        lines += ["", GROWN, "", text_table(growth_table(grown))]
    said = [*describe_influence(found), describe_growth(grown) if grown is not None else ""]
    return "\n".join([*lines, "", *filter(None, said)])


def subsets_text(found: Subsets) -> str:
    """Lay out for a terminal what each trial does to the pools of all subsets."""
    heading = SUBSETS.format(outcome=found.effects.outcome_label)
    return "\n".join([heading, "", text_table(found.shown()), "", *found.sentences()])


def small_study_text(found: SmallStudy) -> str:
    """Lay out for a terminal whether small trials differ from large ones."""
    lines = [
        f"{found.effects.outcome_label}: small trials against large ones",
        MODEL.format(method=found.method, ci=found.ci, level=share(found.level)),
        "",
        text_table(what_ifs_table(found)),
        "",
    ]
    test = found.egger
    if test is not None and "egger" not in found.withheld:
        df = "the normal" if np.isinf(test.df) else f"{test.df:g} degrees of freedom"
        statistic, predictor = number(test.statistic), PREDICTORS[test.predictor]
        lines += [TEST.format(statistic=statistic, df=df, p=p_value(test.pval), predictor=predictor, k=test.k), ""]
    return "\n".join([*lines, *describe_small_studies(found), *fragility_limits(found)])
