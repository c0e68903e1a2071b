"""Columns that mean something under one design, for one role or beside one another only."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.keys import Frames
from synthesis.evidence.findings import report
from synthesis.evidence.vocabulary import INTEGRITY

# Figures that a printed analysis gave, and not the arms.
ANALYSED = ("estimate", "statistic_value", "p_value")


def check_designs(frames: Frames) -> list[Finding]:
    """Check what trials, arms and outcomes say of designs, peers and integrity."""
    return [*_check_arms(frames["arms"]), *_check_integrity(frames["trial"]), *_check_results(frames)]


def _check_arms(arms: pd.DataFrame) -> list[Finding]:
    return report(
        "status_of_comparator",
        arms[arms["role"].eq("comparator") & _given(arms, "peer_status")],
        table="arms",
        column="peer_status",
        message="The comparator arm {arm} has the peer status {peer_status}.",
        hint="Empty the cell; the status is that of the peers whose work is tried.",
    )


def _check_integrity(trials: pd.DataFrame) -> list[Finding]:
    said, placed = _given(trials, "integrity"), _given(trials, "integrity_source")
    findings = report(
        "integrity_without_source",
        trials[said & ~placed],
        table="trial",
        column="integrity_source",
        message="integrity is {integrity}, and nothing says where it was looked.",
        hint="Name the database or notice, its address and the day; or empty integrity: nobody has looked.",
    )
    findings += report(
        "integrity_without_source",
        trials[placed & ~said],
        table="trial",
        column="integrity",
        message="integrity_source is given and integrity is empty.",
        hint="Say what was found: none_known, concern or retracted.",
    )
    doubted = trials[trials["integrity"].isin(["concern", "retracted"])]
    return findings + report(
        "integrity_in_doubt",
        doubted.assign(found=doubted["integrity"].map(INTEGRITY)),
        table="trial",
        column="integrity",
        message="Of this trial, {found}.",
        hint="It stays in the tables; leave its results out of the pools by decisions, or say in them why not.",
    )


def _check_results(frames: Frames) -> list[Finding]:
    rows, trials = frames["outcomes"], frames["trial"]
    design = rows["trial"].map(trials.drop_duplicates("trial").set_index("trial")["design"])
    cluster, crossover = design.eq("cluster"), design.eq("crossover")
    known = design.notna() & design.ne("")
    findings = report(
        "period_of_parallel_trial",
        rows[known & ~crossover & _given(rows, "period")],
        table="outcomes",
        column="period",
        message="The period is {period}, and the trial is no crossover trial.",
        hint="Empty the cell, or correct design in trial.csv.",
    )
    findings += report(
        "clusters_of_parallel_trial",
        rows[known & ~cluster & _given(rows, "clusters_modelled")],
        table="outcomes",
        column="clusters_modelled",
        message="clusters_modelled is {clusters_modelled}, and the trial is no cluster trial.",
        hint="Empty the cell, or correct design in trial.csv.",
    )
    analysed = pd.concat([_given(rows, name) for name in ANALYSED], axis=1).any(axis=1)
    silent = cluster & analysed & ~_given(rows, "clusters_modelled")
    sized = rows["trial"].isin(rows.loc[_given(rows, "cluster_size"), "trial"])
    findings += report(
        "clusters_not_said",
        rows[silent & ~sized],
        table="outcomes",
        column="clusters_modelled",
        message="Nothing says whether the printed analysis allowed for the clusters, and no row of the trial gives a "
        "cluster_size, so the result cannot be pooled.",
        hint="Write yes where the report says that it did, or enter cluster_size on any row of the trial.",
    )
    findings += report(
        "clusters_not_said",
        rows[silent & sized],
        table="outcomes",
        column="clusters_modelled",
        message="Nothing says whether the printed analysis allowed for the clusters, so its variance is inflated.",
        hint="Write yes where the report says that it did; the inflation is the careful reading until then.",
    )
    return findings + report(
        "crossover_without_period",
        rows[crossover & ~_given(rows, "period")],
        table="outcomes",
        column="period",
        message="Figures of a crossover trial whose period is not named cannot be pooled.",
        hint="Enter figures of the first period alone (first), or the paired estimate and its uncertainty (paired).",
    )


def _given(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows[column].notna() & rows[column].ne("")
