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
    """Show what each effect does to the pool, in the order of the pool.

    Examples
    --------
    >>> from synthesis.tables import influence_table
    >>> print(text_table(influence_table(examine_influence(effects)).head(2)))
    Trial                  Studentised residual  Cook's distance  Leverage  DFBETAS  tau2 ...
    --------------------------------------------------------------------------------------------...
    Barbic et al. (2009)                   1.79             0.02      0.01     0.17 ...
    Chinman et al. (2015)                 −1.11             0.03      0.02    −0.18 ...
    """
    return found.shown().assign(Trial=told_apart(found.effects.frame).to_numpy())


def growth_table(found: Cumulative) -> pd.DataFrame:
    """Show the pool up to each year in which a trial was reported.

    Examples
    --------
    >>> from synthesis.tables import growth_table
    >>> grown = accumulate(effects.with_moderators(evidence.trials[["trial", "year"]]))
    >>> print(text_table(growth_table(grown).tail(2)))
    Up to  Added                   k  SMD (95% CI)          tau2  Not shown because
    -------------------------------------------------------------------------------
     2022  Tinland et al. (2022)  16  0.20 (0.12 to 0.28)  0.000
     2025  Poulsen et al. (2025)  17  0.21 (0.12 to 0.29)  0.004
    """
    return found.shown()


def what_ifs_table(found: SmallStudy) -> pd.DataFrame:
    """Show the pool and what it would be if results were missing; what words keep back, with the reason.

    Examples
    --------
    >>> from synthesis.tables import what_ifs_table
    >>> print(text_table(what_ifs_table(examine_small_studies(effects)).iloc[:3, :3]))
    If                                                     Benefit, SMD (95% CI)  Not shown because
    -----------------------------------------------------------------------------------------------
    the pool as it stands                                  0.21 (0.12 to 0.29)
    PET-PEESE: read off at a trial without sampling error  0.20 (0.07 to 0.33)
    trim and fill (L0)                                     0.21 (0.12 to 0.29)
    """
    return found.shown()


def influence_text(found: Influence, grown: Cumulative | None = None) -> str:
    """Lay out for a terminal what single trials do to a pool, and how it grew.

    Examples
    --------
    >>> from synthesis.tables import influence_text
    >>> print(influence_text(examine_influence(effects)))
    Personal recovery: what changes without each trial
    REML, knapp-hartung-floor 95% interval
    <BLANKLINE>
    Trial                    Studentised residual  Cook's distance  Leverage  DFBETAS  tau2 ...
    --------------------------------------------------------------------------------------------...
    Barbic et al. (2009)                     1.79             0.02      0.01     0.17 ...
    Chinman et al. (2015)                   −1.11             0.03      0.02    −0.18 ...
    ...
    """
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
    """Lay out for a terminal what each trial does to the pools of all subsets.

    Examples
    --------
    >>> from synthesis.tables import subsets_text
    >>> print(subsets_text(pool_subsets(compute_effects(evidence, "hope"))))
    Hope: every subset of the trials pooled by itself
    <BLANKLINE>
    Trial                                Middle with it  Without it  In common
    --------------------------------------------------------------------------
    van Gestel-Timmermans et al. (2012)            0.28        0.15        24%
    Cook et al. (2012a)                            0.20        0.28        56%
    Cook et al. (2012b)                            0.20        0.26        69%
    ...
    """
    heading = SUBSETS.format(outcome=found.effects.outcome_label)
    return "\n".join([heading, "", text_table(found.shown()), "", *found.sentences()])


def small_study_text(found: SmallStudy) -> str:
    """Lay out for a terminal whether small trials differ from large ones.

    Examples
    --------
    >>> from synthesis.tables import small_study_text
    >>> print(small_study_text(examine_small_studies(effects)))
    Personal recovery: small trials against large ones
    REML, knapp-hartung-floor 95% interval
    <BLANKLINE>
    If                                                     Benefit, SMD (95% CI)  Not shown because
    -----------------------------------------------------------------------------------------------
    the pool as it stands                                  0.21 (0.12 to 0.29)
    PET-PEESE: read off at a trial without sampling error  0.20 (0.07 to 0.33)
    ...
    """
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
