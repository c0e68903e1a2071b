"""Results laid out for a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.pooling import PooledEffect
from synthesis.answers.statements import describe_pool, describe_slope, interval, number
from synthesis.statistics.measures import MEASURES
from synthesis.tables.effects import trials_table
from synthesis.tables.fidelity import agreement_table
from synthesis.wording import percent


def pooled_text(pooled: PooledEffect) -> str:
    """Lay a pooled effect out for a terminal."""
    measure = pooled.measure
    table = trials_table(pooled)[["Trial", measure, "95% CI", "Weight", "Peer n", "Other n", "From"]]
    lines = [
        f"{pooled.effects.outcome_label}: {MEASURES[measure].label}",
        f"{pooled.method}, {pooled.ci} {pooled.level:.0%} interval, time point: {pooled.effects.timepoint}",
        "",
        text_table(table),
        "",
        (
            f"pooled   {number(pooled.estimate, measure)}   {interval(pooled.ci_lb, pooled.ci_ub, measure)}   "
            f"k = {pooled.k}, n = {pooled.n:,.0f}, p {pooled.pval:.3g}"
        ),
    ]
    if np.isfinite(pooled.pi_lb):
        lines.append(f"{pooled.level:.0%} prediction interval {interval(pooled.pi_lb, pooled.pi_ub, measure)}")
    lines.append(_heterogeneity(pooled))
    lines += ["", describe_pool(pooled)]
    if pooled.effects.why_left_out() not in lines[-1]:
        lines.append(pooled.effects.why_left_out())
    notes = [f"  {row.label}: {row.note}" for row in pooled.effects.frame.itertuples() if row.note]
    decided = [f"  {row.label}: {row.decided}" for row in pooled.effects.frame.itertuples() if row.decided]
    lines += (["Assumptions:", *notes] if notes else []) + (["Decisions in force:", *decided] if decided else [])
    return "\n".join(lines)


def _heterogeneity(pooled: PooledEffect) -> str:
    if np.isnan(pooled.tau2):
        return "One effect: heterogeneity and a prediction interval are not identified."
    test = f"Q {pooled.Q:.2f} (df {pooled.Q_df}, p {pooled.Q_pval:.3g})"
    if pooled.method == "EE":
        return f"one true effect is assumed: no tau2 and no prediction interval; I2 {pooled.I2:.0f}%, {test}"
    return (
        f"tau2 {pooled.tau2:.4f} ({pooled.tau2_ci_lb:.4f} to {pooled.tau2_ci_ub:.4f}), I2 {pooled.I2:.0f}% "
        f"({pooled.I2_ci_lb:.0f} to {pooled.I2_ci_ub:.0f}%), {test}"
    )


def slope_text(slope: FidelitySlope) -> str:
    """Lay a fidelity slope out for a terminal."""
    trials = slope.trials().sort_values("fidelity", kind="stable")
    table = pd.DataFrame(
        {
            "Trial": trials["label"],
            slope.score.replace("_", " ").capitalize(): trials["fidelity"].map("{:.2f}".format),
            "Bounds": [
                "" if np.isnan(low) else f"{low:.2f} to {high:.2f}"
                for low, high in zip(trials["fidelity_lower"], trials["fidelity_upper"], strict=True)
            ],
            "Benefit": trials["yi"].map("{:.2f}".format),
            "SE": np.sqrt(trials["vi"]).map("{:.2f}".format),
            "Weight": trials["weight"].map("{:.1f}%".format),
        }
    )
    kind = (
        "all distinct arrangements"
        if slope.exact
        else f"seed {slope.seed}, Monte-Carlo error {slope.pval_permutation_se:.4f}"
    )
    lines = [
        (
            f"{slope.regression.effects.outcome_label}: benefit ({slope.measure}) on {slope.score} of the described "
            "intervention"
        ),
        f"{slope.method}, {slope.ci} {slope.level:.0%} interval; positive benefit favours peer support",
        "",
        text_table(table),
        "",
        (
            f"slope {slope.slope:.3f}   {slope.ci_lb:.3f} to {slope.ci_ub:.3f}   k = {slope.k}, p {slope.pval:.3g}, "
            f"permutation p {slope.pval_permutation:.4f} ({slope.permutations:,} permutations, {kind})"
        ),
        (
            f"tau2 {slope.tau2:.4f} (without fidelity {slope.tau2_null:.4f}), R2 {percent(slope.R2)}, "
            f"residual Q {slope.QE:.2f} (df {slope.QE_df}, p {slope.QE_pval:.3g})"
        ),
        f"smallest slope this design finds with 80% power: {slope.detectable_slope:.2f}",
        "",
        describe_slope(slope),
    ]
    if slope.trials_without_score:
        lines.append(
            f"Not in the model: {slope.trials_without_score} effects of arms whose reports describe no component."
        )
    return "\n".join(lines)


def agreement_text(agreement: AgreementTable) -> str:
    """Lay the coders' agreement out for a terminal."""
    lines = [
        f"Agreement of {len(agreement.coders)} coders, {agreement.level:.0%} intervals in brackets",
        "On ratings: where both gave one. On reporting: whether the report says anything to rate.",
        "",
        text_table(agreement_table(agreement)),
    ]
    frame = agreement.to_frame()
    notes = [f"  {row.component}: {row.notes}" for row in frame.itertuples() if row.notes]
    return "\n".join(lines + (["", "Notes:", *notes] if notes else []))


def text_table(frame: pd.DataFrame) -> str:
    """Align a display table for a terminal: text to the left, numbers to the right."""
    if frame.empty:
        return "(none)"
    cells = [[str(name) for name in frame.columns], *[[str(v) for v in row] for row in frame.itertuples(index=False)]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(frame.columns))]
    right = [all(_numeric(row[i]) for row in cells[1:]) for i in range(len(frame.columns))]
    laid = [
        "  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([laid[0], "-" * len(laid[0]), *laid[1:]])


def _numeric(cell: str) -> bool:
    return cell == "" or cell.lstrip("-+").replace(",", "").replace("%", "").replace(".", "", 1).isdigit()
