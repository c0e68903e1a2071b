"""What explains the differences between trials, laid out for a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.dependent import DependentPool
from synthesis.answers.hypotheses import HypothesesTested
from synthesis.answers.identifiable import ComponentIdentity
from synthesis.answers.joint import Joint
from synthesis.answers.joint_statement import describe_joint
from synthesis.answers.silence import SilenceLadder
from synthesis.statistics.measures import MEASURES
from synthesis.tables.terminal import text_table
from synthesis.wording import count, number, p_value, percent, share, upper_first, with_interval

MODEL = "standardised mean differences turned to benefit; rho {rho}, CR2 by trial, {level} intervals"
DRAWN = "permutation of whole trials: {p} ({permutations:,} arrangements, {kind})"
SLOPE = "slope per unit {slope}   {interval}   CR2 {robust}, model {own}, df {df}"
HETEROGENEITY = "left between trials tau2 {tau2}, between the outcomes of a trial omega2 {omega2}"
DEPENDENT = "correlated and hierarchical effects, rho {rho}, CR2 by trial, {level} interval, time point: {timepoint}"
POOLED = "pooled   {effect}   {interval}   k = {k}, {trials}, df {df}{p}"
HETEROGENEITY_OF = "between trials tau2 {tau2}, between the effects of a trial omega2 {omega2}"
WITHHELD = "kept back here: too few trials or degrees of freedom; --format json holds the numbers"


def dependent_text(found: DependentPool) -> str:
    """Lay a pool of dependent effects out for a terminal."""
    measure, rows = MEASURES[found.measure], found.trials()
    months = ["" if np.isnan(value) else number(value, 0) for value in rows["timepoint_months"]]
    trials = pd.DataFrame(
        {
            "Trial": rows["label"],
            "Scale": rows["instrument"],
            "Months": months,
            found.measure: rows["yi"].map(measure.text),
            "Weight": [percent(weight, 1) for weight in rows["weight"]],
        }
    )
    kept = "pool_below_three_trials" not in found.withheld
    pooled = POOLED.format(
        effect=measure.text(found.estimate),
        interval=measure.interval(*found.wider),
        k=found.k,
        trials=count(found.trials_n, "trial"),
        df=number(found.df, 1),
        p="" if "df_below_four" in found.withheld else f", p {found.pval:.3g}",
    )
    left = HETEROGENEITY_OF.format(tau2=number(found.tau2, 4), omega2=number(found.omega2, 4))
    heading = f"{found.effects.outcome_label}: {measure.label}"
    model = DEPENDENT.format(rho=number(found.rho, 1), level=share(found.level), timepoint=found.effects.timepoint)
    lines = [heading, model, "", text_table(trials), "", *([pooled, left] if kept else []), "", *found.sentences()]
    return "\n".join(lines)


def joint_text(found: Joint, *, asked: float) -> str:
    """Lay a joint model out for a terminal."""
    outcomes = found.outcomes.assign(own=["yes" if own else "shared" for own in found.outcomes["own"]])
    shown = outcomes[["label", "trials", "own"]].set_axis(["Outcome", "Trials", "Own average"], axis=1)
    drawn = f"seed {found.seed}, Monte-Carlo error {number(found.pval_permutation_se, 4)}"
    numbers = [
        SLOPE.format(
            slope=number(found.slope, 3, signed=True),
            interval=with_interval(found.slope, *found.wider, 3).partition(" ")[2],
            robust=number(found.se, 3),
            own=number(found.se_model, 3),
            df=number(found.df, 1),
        ),
        DRAWN.format(
            p=p_value(found.pval_permutation),
            permutations=found.permutations,
            kind="all there are" if found.exact else drawn,
        ),
        HETEROGENEITY.format(tau2=number(found.tau2, 4), omega2=number(found.omega2, 4)),
    ]
    return "\n".join(
        [
            f"All outcomes on {found.label}",
            MODEL.format(rho=number(found.rho, 1), level=share(found.level)),
            "",
            text_table(shown),
            "",
            *(numbers if found.is_testable else [WITHHELD]),
            "",
            " ".join(describe_joint(found, asked=asked)),
        ]
    )


def hypotheses_text(found: HypothesesTested) -> str:
    """Lay the hypotheses out for a terminal: the table, then every verdict as a sentence, then the answer."""
    sentences = found.sentences()
    return "\n".join([text_table(found.shown()), "", *sentences, "", *found.answer()])


def components_text(found: ComponentIdentity) -> str:
    """Lay out what an outcome's trials could tell about components."""
    return "\n".join([text_table(found.shown()), "", str(found)])


def silence_text(found: SilenceLadder) -> str:
    """Lay the ladder of silence out for a terminal."""
    heading = f"{upper_first(found.outcome_label)}: fidelity and benefit ({found.measure})"
    return "\n".join([heading, "", text_table(found.shown()), "", " ".join(found.sentences())]).rstrip()
