"""Results laid out for a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.answers.fidelity import SCORES
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.fidelity_statement import describe_slope
from synthesis.answers.pooling import PooledEffect
from synthesis.answers.statements import describe_pool, rare_events
from synthesis.answers.verdicts import is_enough
from synthesis.choices import SCORE, is_of_events
from synthesis.statistics.measures import MEASURES
from synthesis.tables.agreement import agreement_table
from synthesis.tables.effects import SIZES, trials_table
from synthesis.wording import count, interval, is_number, lower_first, number, percent, share, upper_first

BY = {"kernel": "", "pymare": ", fitted by PyMARE"}
POOLED = "pooled   {effect}   {interval}   k = {k}, {people}, p {p:.3g}"
PREDICTION = "{level} prediction interval {interval}"
ONE_EFFECT = "One effect: heterogeneity and a prediction interval are not identified."
ONE_TRUE_EFFECT = "one true effect is assumed: no tau2 and no prediction interval; I2 {I2}, {test}"
HETEROGENEITY = "tau2 {tau2} ({tau2_interval}), I2 {I2} ({I2_interval}%), {test}"
HETEROGENEITY_ALONE = "tau2 {tau2}, I2 {I2}, {test}"
MODEL = "{method}, {ci} {level} interval; positive benefit favours {intervention}"
BENEFIT = "{outcome}: benefit ({measure}) on {score}"
SLOPE = (
    "slope per whole score {slope}   {interval}   k = {k}, p {p:.3g}, "
    "permutation p {permuted} ({permutations} permutations, {kind})"
)
SLOPE_WITHHELD = "k = {k}: with fewer than ten trials the slope is kept back here; --format json holds it"
RESIDUAL = "tau2 {tau2} (without fidelity {tau2_null}), R2 {R2}, residual {test}"
RESIDUAL_ALONE = "tau2 without fidelity {tau2_null}; R2 is kept back"
DETECTABLE = "smallest slope this design finds with 80% power: {detectable} ({low} to {high} over the interval of tau2)"
UNSCORED = "Not in the model: {effects} of arms whose reports describe no component."


def pooled_text(pooled: PooledEffect) -> str:
    """Lay a pooled effect out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import pooled_text
    >>> print(pooled_text(pool(compute_effects(evidence, "hope"))))
    Hope: Standardised mean difference (Hedges' g)
    REML, knapp-hartung-floor 95% interval, time point: longest
    <BLANKLINE>
    Trial                                 SMD  95% CI         Weight  Intervention n ...
    --------------------------------------------------------------------------------------------...
    Barbic et al. (2009)                 0.65  −0.05 to 1.35    5.0%              16 ...
    Cook et al. (2012a)                  0.07  −0.08 to 0.22   27.1%             212 ...
    ...
    """
    measure, effects, level = MEASURES[pooled.measure], pooled.effects, share(pooled.level)
    columns = ["Trial", pooled.measure, f"{level} CI", "Weight", *SIZES, "From"]
    trials = trials_table(pooled).loc[: pooled.k - 1, columns]  # what they come to is said below them
    said = describe_pool(pooled)
    total = POOLED.format(
        effect=measure.text(pooled.estimate),
        interval=measure.interval(pooled.ci_lb, pooled.ci_ub),
        k=pooled.k,
        people=pooled.people(),
        p=pooled.pval,
    )
    lines = [
        f"{effects.outcome_label}: {measure.label}",
        f"{pooled.method}, {pooled.ci} {level} interval, time point: {effects.timepoint}{BY[pooled.engine]}",
        *([pooled.model] if is_of_events(pooled.method) else []),
        "",
        text_table(trials),
        "",
    ]
    if is_enough(effects):
        lines.append(total)
        if np.isfinite(pooled.prediction[0]):
            printed = pooled.as_predicted(measure.interval(*pooled.prediction))
            lines.append(PREDICTION.format(level=level, interval=printed))
        lines += [_heterogeneity(pooled), ""]
    lines.append(said)
    if effects.why_left_out() not in said:
        lines.append(effects.why_left_out())
    lines += [hint] if (hint := rare_events(pooled)) else []
    lines += _notes("Assumptions:", effects.frame["label"], effects.frame["note"])
    lines += _notes("Decisions in force:", effects.frame["label"], effects.frame["decided"])
    return "\n".join(lines)


def _notes(heading: str, labels: pd.Series, notes: pd.Series) -> list[str]:
    """List the notes that are not empty under a heading; nothing where all are."""
    said = [f"  {label}: {note}" for label, note in zip(labels, notes, strict=True) if note]
    return [heading, *said] if said else []


def _heterogeneity(pooled: PooledEffect) -> str:
    if pooled.k == 1:
        return ONE_EFFECT
    test = f"Q {number(pooled.Q)} (df {pooled.Q_df}, p {pooled.Q_pval:.3g})"
    if pooled.one_true_effect:
        return ONE_TRUE_EFFECT.format(I2=percent(pooled.I2), test=test)
    if np.isnan(pooled.tau2_ci_lb):
        return HETEROGENEITY_ALONE.format(tau2=number(pooled.tau2, 4), I2=percent(pooled.I2), test=test)
    return HETEROGENEITY.format(
        tau2=number(pooled.tau2, 4),
        tau2_interval=interval(pooled.tau2_ci_lb, pooled.tau2_ci_ub, 4),
        I2=percent(pooled.I2),
        I2_interval=interval(pooled.I2_ci_lb, pooled.I2_ci_ub, 0),
        test=test,
    )


def slope_text(slope: FidelitySlope) -> str:
    """Lay a fidelity slope out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import slope_text
    >>> print(slope_text(slope))
    Personal recovery: benefit (SMD) on model fidelity of the described intervention
    REML, knapp-hartung-floor 95% interval; positive benefit favours peer support
    <BLANKLINE>
    Trial                    Fidelity  Bounds        Benefit    SE  Weight
    ----------------------------------------------------------------------
    Kaplan et al. (2011)         0.44  0.21 to 0.71     0.13  0.14    5.3%
    Rüsch et al. (2019)          0.65  0.40 to 0.81     0.49  0.36    1.0%
    ...
    """
    drawn = f"seed {slope.seed}, Monte-Carlo error {number(slope.pval_permutation_se, 4)}"
    found = SLOPE.format(
        slope=number(slope.slope, 3),
        interval=interval(slope.ci_lb, slope.ci_ub, 3),
        k=slope.k,
        p=slope.pval,
        permuted=number(slope.pval_permutation, 4),
        permutations=number(slope.permutations, 0),
        kind="all distinct arrangements" if slope.exact else drawn,
    )
    residual = (RESIDUAL_ALONE if np.isnan(slope.shown_R2) else RESIDUAL).format(
        tau2=number(slope.tau2, 4),
        tau2_null=number(slope.tau2_null, 4),
        R2=percent(slope.shown_R2),
        test=f"Q {number(slope.QE)} (df {slope.QE_df}, p {slope.QE_pval:.3g})",
    )
    detectable = DETECTABLE.format(
        detectable=number(slope.detectable_slope),
        low=number(slope.detectable_slope_lb),
        high=number(slope.detectable_slope_ub),
    )
    outcome, names = slope.regression.effects.outcome_label, slope.regression.effects.names
    lines = [
        BENEFIT.format(outcome=outcome, measure=slope.measure, score=lower_first(SCORES[slope.score].axis)),
        MODEL.format(method=slope.method, ci=slope.ci, level=share(slope.level), intervention=names.intervention),
        "",
        text_table(_scored_trials(slope)),
        "",
        *([SLOPE_WITHHELD.format(k=slope.k)] if slope.descriptive else [found, residual, detectable]),
        "",
        describe_slope(slope),
    ]
    if slope.effects_without_score:
        lines.append(UNSCORED.format(effects=count(slope.effects_without_score, "effect")))
    return "\n".join(lines)


def _scored_trials(slope: FidelitySlope) -> pd.DataFrame:
    trials = slope.trials().sort_values("fidelity", kind="stable")
    bounds = trials[["fidelity_lower", "fidelity_upper"]].to_numpy(float)
    return pd.DataFrame(
        {
            "Trial": trials["label"],
            ("Fidelity" if slope.score == SCORE else upper_first(slope.score.replace("_", " "))): trials[
                "fidelity"
            ].map(number),
            "Bounds": ["" if np.isnan(low) else interval(low, high) for low, high in bounds],
            "Benefit": trials["yi"].map(number),
            "SE": np.sqrt(trials["vi"]).map(number),
            "Weight": [percent(weight, 1) for weight in trials["weight"]],
        }
    )


def agreement_text(agreement: AgreementTable) -> str:
    """Lay the coders' agreement out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import agreement_text
    >>> print(agreement_text(coder_agreement(evidence)))
    Agreement of 2 coders, 95% intervals in brackets
    On ratings: where both gave one. On reporting: whether the report says anything to rate.
    <BLANKLINE>
    Component                  n  Percent  Kappa              Weighted kappa     AC1 ...
    --------------------------------------------------------------------------------------------...
    disclosed_experience     117      91%  0.84 [0.73, 0.91]  0.92 [0.86, 0.96]  0.87 [0.77, ...
    story_sharing             41      93%  0.88 [0.68, 0.96]  0.94 [0.81, 0.98]  0.89 [0.70, ...
    ...
    """
    frame = agreement.to_frame()
    lines = [
        f"Agreement of {len(agreement.coders)} coders, {share(agreement.level)} intervals in brackets",
        "On ratings: where both gave one. On reporting: whether the report says anything to rate.",
        "",
        text_table(_narrow_agreement(agreement, frame)),
    ]
    notes = [f"  {row.component}: {row.notes}" for row in frame.itertuples() if row.notes]
    return "\n".join(lines + (["", "Notes:", *notes] if notes else []))


def _narrow_agreement(agreement: AgreementTable, frame: pd.DataFrame) -> pd.DataFrame:
    """Return of the table of agreement what a terminal has room for, under the components' keys."""
    table = agreement_table(agreement)
    return pd.DataFrame(
        {
            "Component": frame["component"],
            "n": table["n"],
            "Percent": frame["percent"].map(percent),
            **{name: table[name] for name in ("Kappa", "Weighted kappa", "AC1", "AC2", "Alpha")},
            "Reporting: percent": frame["reporting_percent"].map(percent),
            "Reporting: AC1": table["AC1, whether reported"],
        }
    )


def text_table(frame: pd.DataFrame) -> str:
    """Align a display table for a terminal: text to the left, numbers to the right.

    Examples
    --------
    >>> import pandas as pd
    >>> print(text_table(pd.DataFrame({"Trial": ["Ash (2011)", "Birch (2012)"], "SMD": ["0.43", "−0.05"]})))
    Trial           SMD
    -------------------
    Ash (2011)     0.43
    Birch (2012)  −0.05
    """
    if frame.empty:
        return "(none)"
    cells = [[str(name) for name in frame.columns], *[[str(v) for v in row] for row in frame.itertuples(index=False)]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(frame.columns))]
    right = [all(is_number(row[i]) for row in cells[1:]) for i in range(len(frame.columns))]
    laid = [
        "  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([laid[0], "-" * len(laid[0]), *laid[1:]])
